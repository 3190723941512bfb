"""Curves are only asked for where their load goes.

A measure's curve covers the member `range` of the object that its first field names, `range = 0 .. strain` of a load.
It may be taken over from an object that a field names, `range = control`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from metac.compiler import graph
from metac.compiler.checks.known_values import known_fields, parameter_values, shown
from metac.compiler.constant_values import value_or_none
from metac.compiler.diagnostics_sink import Findings
from metac.compiler.elaborate.elaborate import Elaboration
from metac.compiler.graph_walk import children, free_names
from metac.compiler.types.types import CurveType, NumberType
from metac.compiler.types.units import show
from metac.dsl.diagnostics.diagnostic import Label

_SLACK = 1e-9


def check_domains(elaboration: Elaboration, findings: Findings) -> None:
    """M0510 where a goal's range, or a point at which a curve is read, leaves the loaded range; M0511 for empty ranges."""
    design = elaboration.design
    parameters = parameter_values(design)
    for goal in design.goals:
        if goal.domain is not None and isinstance(goal.measure.type, CurveType):
            _check_domain(goal, design, parameters, findings)
    for expression in _all_expressions(design):
        for curve, point in _readings(expression):
            value = value_or_none(point, parameters)
            if isinstance(value, int | float):
                for node in _drivers(curve, design):
                    _check_point(node, value, point, parameters, findings)


def loaded_range(
    measure: graph.Expression, design: graph.Design, parameters: Mapping[str, Any]
) -> tuple[float, float] | None:
    """Where the load of a curve begins and ends; of several, the first whose range is known."""
    limits = (_limits(node, parameters) for node in _drivers(measure, design))
    return next((each for each in limits if each is not None), None)


def _check_domain(goal: graph.Goal, design: graph.Design, parameters: Mapping[str, Any], findings: Findings) -> None:
    assert goal.domain is not None
    start, stop = (value_or_none(end, parameters) for end in (goal.domain.start, goal.domain.stop))
    if start is None or stop is None:
        return
    if start >= stop:
        findings.error(
            "M0511",
            "the goal's range is empty: it ends where it starts or before",
            goal.domain.span,
            help="write the smaller bound first, `0 .. 10 %`",
        )
        return
    for node in _drivers(goal.measure, design):
        limits = _limits(node, parameters)
        if limits is None:
            continue
        low, high = limits
        for value, end, verb in ((stop, goal.domain.stop, "goes to"), (start, goal.domain.start, "starts at")):
            if not low - _SLACK <= value <= high + _SLACK:
                _report(node, value, end, (low, high), f"the target {verb}", "the target curve", findings)
                break


def _check_point(
    node: graph.Node, value: float, point: graph.Expression, parameters: Mapping[str, Any], findings: Findings
) -> None:
    limits = _limits(node, parameters)
    if limits is not None and not limits[0] - _SLACK <= value <= limits[1] + _SLACK:
        _report(node, value, point, limits, "the curve is read at", "this point of the curve", findings)


def _report(
    node: graph.Node,
    value: float,
    place: graph.Expression,
    limits: tuple[float, float],
    what: str,
    subject: str,
    findings: Findings,
) -> None:
    low, high = limits
    beyond = value > high
    end, expression = _end(node, beyond)
    bound = shown(expression, high if beyond else low, place.type) if expression else _plain(high if beyond else low, place)
    asked = shown(place, value, place.type)
    percentage = _in_per_cent(place, value, low, high)
    name = f"`{node.name}`" if not node.name.startswith("_") else f"the {node.kind}"
    findings.error(
        "M0510",
        f"{subject} leaves the loaded range",
        place.span,
        f"{what} {asked}",
        others=(Label(expression.span, f"{name} {'stops' if beyond else 'starts'} at {bound}"),) if expression else (),
        notes=(f"{name} {'stops' if beyond else 'starts'} at {bound}, {what} {asked}",),
        help=percentage
        or (f"set `{end} = {asked}` in {name}, or stay within {bound}" if end and beyond else f"stay within {bound}"),
    )


def _in_per_cent(place: graph.Expression, value: float, low: float, high: float) -> str | None:
    """The way out for a bare 10 where 10 % is loaded."""
    text = place.span.text.strip()
    bare = isinstance(place, graph.Constant) and text.replace(".", "", 1).isdigit()
    return f"write `{text} %`" if bare and low - _SLACK <= value / 100 <= high + _SLACK else None


def _plain(value: float, place: graph.Expression) -> str:
    return show(value, place.type.dimension) if isinstance(place.type, NumberType) else str(value)


def _end(node: graph.Node, upper: bool) -> tuple[str | None, graph.Expression | None]:
    """The field that sets an end of a node's range, and its value, where it is a field by itself."""
    interval = node.members["range"]
    assert isinstance(interval, graph.Interval)
    end = interval.stop if upper else interval.start
    if isinstance(end, graph.Variable) and end.name in node.fields:
        return end.name, node.fields[end.name]
    return None, None


def _limits(node: graph.Node, parameters: Mapping[str, Any]) -> tuple[float, float] | None:
    value = value_or_none(node.members["range"], known_fields(node, parameters))
    if not isinstance(value, tuple) or not all(isinstance(end, int | float) for end in value[:2]):
        return None
    return min(value[0], value[1]), max(value[0], value[1])


def _drivers(measure: graph.Expression, design: graph.Design) -> Iterator[graph.Node]:
    """The objects with a range that the curves in an expression come from: the first that each measure names."""
    for name, reference in free_names(measure).references.items():
        node = design.nodes.get(name)
        if node is None or not isinstance(reference.type, CurveType):
            continue
        for value in node.fields.values():
            driver = design.nodes.get(value.node) if isinstance(value, graph.Reference) else None
            ranged = None if driver is None else _ranged(driver, design)
            if ranged is not None:
                yield ranged
                break


def _ranged(node: graph.Node, design: graph.Design) -> graph.Node | None:
    """The node that states a range: this one, or the object of a field whose range is taken over, `range = control`."""
    match node.members.get("range"):
        case graph.Interval():
            return node
        case graph.Variable(name=field) if isinstance(value := node.fields.get(field), graph.Reference):
            other = design.nodes.get(value.node)
            return None if other is None else _ranged(other, design)
    return None


def _readings(expression: graph.Expression) -> Iterator[tuple[graph.Expression, graph.Expression]]:
    """Every curve that is read at a point, with the point."""
    open_parts, seen = [expression], set()
    while open_parts:
        part = open_parts.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, graph.Apply) and part.operator == "at":
            yield part.arguments[0], part.arguments[1]
        open_parts.extend(children(part))


def _all_expressions(design: graph.Design) -> Iterator[graph.Expression]:
    for goal in design.goals:
        yield from (
            each for each in (goal.measure, goal.target, goal.scale, goal.weight, goal.tolerance) if each is not None
        )
    for requirement in design.requirements:
        yield requirement.measure
