"""Parameters that a study varies: their ranges are known, and nothing that is made once uses them."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping

from metac.compiler import graph
from metac.compiler.checks.known_values import parameter_values
from metac.compiler.constant_values import Environment, number_or_none
from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.elaborate.elaborate import Elaboration
from metac.compiler.graph_walk import free_names
from metac.compiler.library.conformance import built_from
from metac.compiler.plan import references
from metac.compiler.varied_parameters import asked_at, made_once
from metac.dsl.source import Span


def check_varied(elaboration: Elaboration, findings: DiagnosticsSink) -> None:
    """M0517 for parameters that cannot vary as they are declared, M0518 for what is made once and uses one that varies."""
    design = elaboration.design
    known = parameter_values(design)
    for name in sorted(design.varied):
        _check_range(design, name, known, findings)
    for name, declaration in design.parameters.items():
        for part, what in ((declaration.default, "default"), (declaration.range, "range")):
            _check_unused(part, f"the {what} of `{name}`", design, findings)
    for each in (*design.stages, *design.sweeps):
        if each.name in design.varied:
            _cannot(design, each.name, each.span, "goes through values of its own", "leave out one of the two", findings)
        for value in each.values:
            _check_unused(value, f"what `{each.name}` goes through", design, findings)
    for goal in design.goals:
        for part, what in ((goal.scale, "scale"), (goal.weight, "weight"), (goal.tolerance, "tolerance")):
            _check_constant(part, what, design, findings)
    if design.varied:
        for node, field in _taken_once(design):
            for diagnostic in made_once(design, node, field):
                findings.add(diagnostic)


def _taken_once(design: graph.DesignGraph) -> Iterator[tuple[graph.Node, str]]:
    """Fields of objects that are made once, and of others those that their classes build something from."""
    built = {name: built_from(node.definition) & node.fields.keys() for name, node in design.nodes.items()}
    hosted = _made_once(design, built)
    for name, node in design.nodes.items():
        if name not in design.varied:
            yield from ((node, field) for field in node.fields if name in hosted or field in built[name])


def _made_once(design: graph.DesignGraph, built: Mapping[str, Collection[str]]) -> set[str]:
    """Objects that are made once: those of kinds that say so, what others build from, and what these are made of."""
    nodes = design.nodes
    start = [name for name, node in nodes.items() if node.definition.made_once]
    for name, fields in built.items():
        for field in fields:
            start.extend(free_names(nodes[name].fields[field]).references)
    found: set[str] = set()
    while start:
        name = start.pop()
        if name in nodes and name not in found and not nodes[name].definition.kind.free:
            found.add(name)
            start.extend(references(nodes[name]))
    return found


def _check_range(design: graph.DesignGraph, name: str, known: Environment, findings: DiagnosticsSink) -> None:
    """Both ends are finite numbers, and not the same."""
    node = design.nodes[name]
    if not {"lower", "upper"} <= node.fields.keys():
        return  # What is wrong with its range is reported.
    ends = [number_or_none(node.fields[end], known) for end in ("lower", "upper")]
    for field, value in zip(("lower", "upper"), ends, strict=True):
        if value is None:
            _cannot(design, name, node.field_spans[field], "this is not known", "write a number", findings)
        elif not math.isfinite(value):
            _cannot(design, name, node.field_spans[field], "its range has no end", "write a finite range", findings)
    if None not in ends and ends[0] == ends[1]:
        _cannot(design, name, node.field_spans["upper"], "its range holds one value", "write a wider range", findings)


def _check_unused(
    expression: graph.Expression | None, what: str, design: graph.DesignGraph, findings: DiagnosticsSink
) -> None:
    """Values that are worked out once, before anything varies, do not follow."""
    for name, place in () if expression is None else free_names(expression).parameters.items():
        if name in design.varied:
            help = f"for a value that follows `{name}` write a `let`"
            _cannot(design, name, place.span, f"{what} is worked out once, and would not follow", help, findings)


def _check_constant(
    expression: graph.Expression | None, what: str, design: graph.DesignGraph, findings: DiagnosticsSink
) -> None:
    """A goal could be met by changing what it is measured by."""
    for name, place in () if expression is None else free_names(expression).parameters.items():
        if name in design.varied:
            label, help = f"this {what} would be varied to meet the goal", f"take a {what} that stays"
            _cannot(design, name, place.span, label, help, findings)


def _cannot(design: graph.DesignGraph, name: str, span: Span, label: str, help: str, findings: DiagnosticsSink) -> None:
    findings.error("M0517", f"`{name}` cannot vary", span, label, others=tuple(asked_at(design, name)), help=help)
