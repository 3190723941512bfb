"""Indices into lists whose length only a spec decides: `cell[2]` in a definition, of an object with one value in `cell`."""

from __future__ import annotations

from collections.abc import Iterator

from metac.compiler import graph
from metac.compiler.checks.known_values import known_fields, parameter_values
from metac.compiler.constant_values import Environment, Unknown, evaluate, value_or_none
from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.elaborate.elaborate import Elaboration
from metac.compiler.graph_walk import children
from metac.compiler.operators.implementations import NoComponent
from metac.dsl.diagnostics.diagnostic import Label


def check_components(elaboration: Elaboration, findings: DiagnosticsSink) -> None:
    """M0408 where a component is asked for that a list does not have."""
    design = elaboration.design
    parameters = parameter_values(design)
    goals = [(goal.measure, goal.target, goal.scale, goal.weight, goal.tolerance) for goal in design.goals]
    bounds = [(requirement.measure, requirement.lower, requirement.upper) for requirement in design.requirements]
    reported = [(report.measure,) for report in design.reports]
    values = [declaration.default for declaration in design.parameters.values()]
    values += [value for node in design.nodes.values() for value in node.fields.values()]
    for value in (*values, *(part for parts in (*goals, *bounds, *reported) for part in parts)):
        for index, problem in _missing(value, parameters, set()) if value is not None else ():
            findings.error("M0408", problem.message, index.span, _there(problem))
    for node in design.nodes.values():
        if not elaboration.objects.definition_body(node.definition).broken:
            _check_members(node, known_fields(node, parameters), findings)


def _check_members(node: graph.Node, fields: Environment, findings: DiagnosticsSink) -> None:
    """What the definition asks of the fields, shown at the field; once a field, for the last component that is missing."""
    worst: dict[str | None, tuple[graph.Apply, NoComponent]] = {}
    for member in node.members.values():
        for index, problem in _missing(member, fields, set()):
            asked = index.arguments[0]
            field = asked.name if isinstance(asked, graph.Variable) else None
            if field not in worst or worst[field][1].position < problem.position:
                worst[field] = (index, problem)
    for field, (index, problem) in worst.items():
        of = f" of `{field}`" if field else ""
        findings.error(
            "M0408",
            problem.message + of,
            node.field_spans.get(field, node.span) if field else node.span,
            _there(problem),
            others=(Label(index.span, f"`{node.definition.name}` asks for it here"),),
            help=f"give `{field}` {problem.position} components" if field else None,
        )


def _there(problem: NoComponent) -> str:
    if problem.extent > 1:
        return f"from 1 to {problem.extent}"
    return "only one is given" if problem.extent else "none is given"


def _missing(expression: graph.Expression, names: Environment, seen: set[int]) -> Iterator[tuple[graph.Apply, NoComponent]]:
    """Every index that is known to lie outside, but for those in branches that are not taken, or may not be."""
    if id(expression) in seen:
        return
    seen.add(id(expression))
    match expression:
        case graph.Apply(operator="if", arguments=(condition, then, otherwise)):
            known = value_or_none(condition, names)
            parts = (condition,) if known is None else (condition, then if known else otherwise)
        case graph.Apply(operator="and" | "or", arguments=(first, *_)):
            parts = (first,)
        case graph.Function(parameters=bound):
            free = {name: value for name, value in names.items() if name not in {each.name for each in bound}}
            yield from _missing(expression.body, free, seen)
            return
        case _:
            parts = children(expression)
    found = False
    for part in parts:
        for each in _missing(part, names, seen):
            found = True
            yield each
    if isinstance(expression, graph.Apply) and expression.operator == "index" and not found:
        try:
            evaluate(expression, names)
        except NoComponent as problem:
            yield expression, problem
        except (Unknown, ArithmeticError, ValueError, TypeError):
            return
