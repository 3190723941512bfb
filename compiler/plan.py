"""The plan: a design for one set of parameter values, split into what is built once and what is traced.

Its canonical text says what will be computed and nothing else: neither the order of declarations nor comments, layout or
made-up names of anonymous objects are in it. Its hash is the key under which results are stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType

from metac.compiler import graph
from metac.compiler.cache_key import canonical, canonical_text, digest
from metac.compiler.constant_values import Environment, Unknown, evaluate, settled
from metac.compiler.file_contents import file_contents
from metac.compiler.graph_walk import free_names
from metac.compiler.interfaces.values import Known
from metac.dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError, Label

FORMAT = 1
"""Version of the canonical form; a change of meaning gives old results new keys."""


@dataclass(frozen=True)
class Plan:
    """What is computed, and in which order: that of `design.nodes`."""

    design: graph.DesignGraph
    parameters: Environment
    """A value for every parameter, stage and sweep, internal units."""
    contents: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By node and field: the hash of the file that the field names."""

    @cached_property
    def traced(self) -> frozenset[str]:
        """Nodes that depend on a generator's free parameters, generators among them; all others are built once.

        A parameter that varies has a generator of its own.
        """
        found: set[str] = set()
        for name, node in self.design.nodes.items():
            needs = references(node) | parameters_of(node) & self.design.varied
            if node.definition.kind.free or (not node.definition.kind.final and needs & found):
                found.add(name)
        return frozenset(found)

    def canonical(self) -> str:
        """The canonical form as JSON text."""
        return canonical_text(self._form)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the canonical form, hexadecimal."""
        return digest(self._form)

    @cached_property
    def _form(self) -> dict[str, object]:
        names: Environment = {}
        nodes: dict[str, object] = {}
        for name, node in self.design.nodes.items():
            form = {
                "kind": node.kind,
                "definition": [node.definition.name, node.definition.content_hash],
                "fields": canonical(node.fields, names),
                "members": canonical(node.members, names),
                "when": "traced" if name in self.traced else "once",
            }
            if name in self.contents:
                form["contents"] = dict(self.contents[name])
            if name.startswith("_"):
                names[name] = key = f"#{digest(form)}"
                nodes[key] = form
            else:
                nodes[name] = form
        design = self.design
        # Plans without reports, or what is verified, keep the hashes that they had before there were any.
        more: dict[str, object] = {
            "reports": _unordered(canonical(each.measure, names) for each in design.reports),
            "verified": _unordered(canonical(_bounds(each), names) for each in design.requirements if not each.pursued),
        }
        return {
            "format": FORMAT,
            "parameters": canonical(self.parameters),
            "nodes": nodes,
            "goals": _unordered(canonical(_goal_parts(goal), names) for goal in design.goals),
            "requirements": _unordered(canonical(_bounds(each), names) for each in design.requirements if each.pursued),
            "studies": list(design.studies),
            "stages": [[stage.name, canonical(stage.values, names)] for stage in design.stages],
        } | {name: forms for name, forms in more.items() if forms}

    def describe(self) -> str:
        """The plan for people: one line a node, first what is built once, then what is traced."""
        lines = [f"plan {self.hash}"]
        if self.parameters:
            lines += ["", "parameters"] + [f"  {name} = {value}" for name, value in sorted(self.parameters.items())]
        for title, traced in (("built once", False), ("traced", True)):
            names = [name for name in self.design.nodes if (name in self.traced) is traced]
            if names:
                lines += ["", title] + [f"  {self._line(name)}" for name in names]
        if len(self.design.studies) > 1:
            lines += ["", "studies, in order", *(f"  {name}" for name in self.design.studies)]
        goals = [f"  {goal.sense} {goal.name}" for goal in self.design.goals]
        goals += [f"  {each.sense} {each.name}" for each in self.design.requirements]
        goals += [f"  report {each.name}" for each in self.design.reports]
        return "\n".join(lines + (["", "goals", *goals] if goals else []))

    def _line(self, name: str) -> str:
        node = self.design.nodes[name]
        uses = sorted(references(node))
        return f"{node.kind} {name} = {node.definition.name}" + (f"  from {', '.join(uses)}" if uses else "")


def references(node: graph.Node) -> set[str]:
    """The nodes that a node's fields refer to directly."""
    return {name for value in node.fields.values() for name in free_names(value).references}


def parameters_of(node: graph.Node) -> set[str]:
    """The parameters that a node's fields use directly."""
    return {name for value in node.fields.values() for name in free_names(value).parameters}


def goal_references(design: graph.DesignGraph) -> set[str]:
    """The nodes that goals and requirements refer to directly, those that are only verified included."""
    return set().union(*(direct_references(each) for each in (*design.goals, *design.requirements)))


def pursued_references(design: graph.DesignGraph) -> set[str]:
    """The nodes that the loss refers to directly."""
    pursued = [each for each in design.requirements if each.pursued]
    return set().union(*(direct_references(each) for each in (*design.goals, *pursued)))


def report_references(design: graph.DesignGraph) -> set[str]:
    """The nodes that reports refer to directly."""
    return set().union(*(direct_references(each) for each in design.reports))


def direct_references(each: graph.Goal | graph.Requirement | graph.Report) -> set[str]:
    """The nodes that a goal, requirement or report refers to directly."""
    found: set[str] = set()
    for part in vars(each).values():
        if isinstance(part, graph.Expression):
            found |= free_names(part).references.keys()
    return found


def unused(design: graph.DesignGraph) -> set[str]:
    """Nodes that nothing refers to."""
    asked = goal_references(design) | report_references(design)
    return set(design.nodes) - asked.union(*(references(node) for node in design.nodes.values()))


def reached(design: graph.DesignGraph, start: Iterable[str]) -> set[str]:
    """These nodes and all that they depend on."""
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(references(design.nodes[name]))
    return found


def _unordered(forms: Iterable[object]) -> list[object]:
    return sorted(forms, key=canonical_text)


def make_plan(design: graph.DesignGraph, parameters: Environment | None = None) -> Plan:
    """The plan of a design for these values of its parameters, stages and sweeps, in internal units.

    Defaults stand for what is not given, and the first of their values for stages and sweeps. Raises DiagnosticError M0575
    where a parameter has neither; ValueError for names that the design does not have.
    """
    given = dict(parameters or {})
    continuations = {each.name: each for each in (*design.stages, *design.sweeps) if not each.of_objects}
    unknown = given.keys() - design.parameters.keys() - continuations.keys()
    if unknown:
        raise ValueError(f"the design has no parameter {', '.join(sorted(unknown))}")
    names = dict.fromkeys([*continuations, *design.parameters])
    values = {name: given[name] for name in names if name in given}
    waiting = {name: _first_value(name, continuations, design) for name in names if name not in given}
    # Each may need others: sweeps go through values that parameters decide, defaults follow from what is swept.
    values = settled(waiting, values, _known)
    waiting = {name: value for name, value in waiting.items() if name not in values}
    if waiting:
        roots = [name for name, value in waiting.items() if value is None] or list(waiting)
        raise DiagnosticError(tuple(_missing(design.parameters.get(name) or continuations[name]) for name in roots))
    values = {name: values[name] for name in names}
    used = _without_orphans(design)
    return Plan(used, MappingProxyType(values), MappingProxyType(file_contents(used, values)))


def _first_value(
    name: str, continuations: Mapping[str, graph.Continuation], design: graph.DesignGraph
) -> graph.Expression | None:
    return continuations[name].values[0] if name in continuations else design.parameters[name].default


def _known(expression: graph.Expression | None, values: Environment) -> Known | type[Unknown]:
    """The value of an expression; Unknown itself where there is none yet."""
    try:
        return Unknown if expression is None else evaluate(expression, values)
    except Unknown:
        return Unknown


def _without_orphans(design: graph.DesignGraph) -> graph.DesignGraph:
    """The design without anonymous objects that nothing uses, such as those in defaults that a value replaces."""
    named = {name for name in design.nodes if not name.startswith("_")}
    kept = reached(design, named | goal_references(design) | report_references(design))
    return replace(design, nodes=MappingProxyType({name: node for name, node in design.nodes.items() if name in kept}))


def _goal_parts(goal: graph.Goal) -> list[object]:
    parts = [goal.sense, goal.measure, goal.target, goal.domain, goal.scale, goal.weight, goal.tolerance]
    # Goals that ask for everything keep the keys that they had before there were others.
    return parts if goal.asked is None else [*parts, goal.asked]


def _bounds(requirement: graph.Requirement) -> list[object]:
    return [requirement.measure, requirement.lower, requirement.upper]


def _named(parameter: str) -> str:
    return f"{parameter}=…" if parameter.isidentifier() else f'{{"{parameter}": …}}'


def _missing(declaration: graph.ParameterDeclaration | graph.Continuation) -> Diagnostic:
    name = declaration.name
    if isinstance(declaration, graph.Continuation):
        label = Label(declaration.span, "its values need others")
        return Diagnostic(
            "M0575", f"the values of `{name}` are not known", (label,), help="give the parameters in them a value"
        )
    return Diagnostic(
        "M0575",
        f"the parameter `{name}` has no value",
        (Label(declaration.span, "no default" if declaration.default is None else "its default needs others"),),
        help=f"give one: `--set {name}=…`, or `.set({_named(name)})` in Python",
    )
