"""Curves are only asked for where their load goes.

A measure's curve covers the member `range` of the object that its first field names, `range = 0 .. strain` of a load.
It may be taken over from an object that a field names, `range = control`, times the range of another one, `range = [control,
path]`, or be given by a function of the known fields, `range = "module:function"`, which gives the ends, or None.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import NamedTuple

from metac.compiler import graph
from metac.compiler.checks.known_values import known_fields, parameter_values, shown
from metac.compiler.constant_values import Environment, number_or_none, value_or_none
from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.elaborate.elaborate import Elaboration
from metac.compiler.graph_walk import free_names, readings
from metac.compiler.interfaces.given_curve import GivenCurve
from metac.compiler.interfaces.values import Known
from metac.compiler.library.class_loading import load_target
from metac.compiler.types.types import CurveType, NumberType
from metac.compiler.types.units import show
from metac.dsl.diagnostics.diagnostic import Label

_SLACK = 1e-9


def check_domains(elaboration: Elaboration, findings: DiagnosticsSink) -> None:
    """M0510 where a goal's range, or a point at which a curve is read, leaves the loaded range; M0511 for empty ranges."""
    design = elaboration.design
    parameters = parameter_values(design)
    for goal in design.goals:
        if goal.domain is not None and isinstance(goal.measure.type, CurveType):
            _check_domain(goal, design, _Ranges(design, parameters), findings)
            _check_within_target(goal, parameters, findings)
    for expression in _all_expressions(design):
        for curve, point in readings(expression):
            value = number_or_none(point, parameters)
            if value is not None:
                for node in _drivers(curve, design):
                    _check_point(node, value, point, _Ranges(design, parameters), findings)
                _check_given(value_or_none(curve, parameters), value, point, findings)


def loaded_range(
    measure: graph.Expression, design: graph.DesignGraph, parameters: Environment
) -> tuple[float, float] | None:
    """Where the load of a curve begins and ends; of several, the first whose range is known."""
    ranges = _Ranges(design, parameters)
    known = (ranges.of(node) for node in _drivers(measure, design))
    return next(((each.low, each.high) for each in known if each is not None), None)


def _check_domain(goal: graph.Goal, design: graph.DesignGraph, ranges: _Ranges, findings: DiagnosticsSink) -> None:
    assert goal.domain is not None
    start, stop = (number_or_none(end, ranges.parameters) for end in (goal.domain.start, goal.domain.stop))
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
        known = ranges.of(node)
        if known is None:
            continue
        owner, low, high = known
        for value, end, verb in ((stop, goal.domain.stop, "goes to"), (start, goal.domain.start, "starts at")):
            if not low - _SLACK <= value <= high + _SLACK:
                known_on = goal.target.domain if isinstance(goal.target, graph.Function) else None
                own = known_on is not None and known_on.span == goal.domain.span
                ends = " .. ".join(_plain(bound, end) for bound in (max(low, start), min(high, stop)))
                help = f"say where it counts, `for {ends}`, or load further" if own else None
                _report(owner, value, end, (low, high), f"the target {verb}", "the target curve", findings, help)
                break


def _check_within_target(goal: graph.Goal, parameters: Environment, findings: DiagnosticsSink) -> None:
    """A target that is known on a range of its own is not asked for beyond."""
    own = goal.target.domain if isinstance(goal.target, graph.Function) else None
    if own is None or goal.domain is None or goal.domain.span == own.span:
        return
    low, high = (number_or_none(end, parameters) for end in (own.start, own.stop))
    for asked in (goal.domain.start, goal.domain.stop):
        value = number_or_none(asked, parameters)
        if low is None or high is None or value is None or low - _SLACK <= value <= high + _SLACK:
            continue
        ends = " .. ".join(_plain(end, asked) for end in (low, high))
        findings.error(
            "M0510",
            "the goal's range leaves that of its target",
            asked.span,
            f"the target is known on {ends}",
            others=(Label(own.span, "its range"),),
            help=f"stay within {ends}",
        )


def _check_given(curve: Known, value: float, point: graph.Expression, findings: DiagnosticsSink) -> None:
    """A curve that is given as points is read between them."""
    if not isinstance(curve, GivenCurve):
        return
    low, high = float(curve.abscissa[0]), float(curve.abscissa[-1])
    if not low - _SLACK <= value <= high + _SLACK:
        ends = " .. ".join(_plain(end, point) for end in (low, high))
        findings.error(
            "M0510", "this curve has no points there", point.span, f"it goes from {ends}", help=f"stay within {ends}"
        )


def _check_point(
    node: graph.Node, value: float, point: graph.Expression, ranges: _Ranges, findings: DiagnosticsSink
) -> None:
    known = ranges.of(node)
    if known is not None and not known.low - _SLACK <= value <= known.high + _SLACK:
        _report(
            known.owner, value, point, (known.low, known.high), "the curve is read at", "this point of the curve", findings
        )


def _report(
    node: graph.Node,
    value: float,
    place: graph.Expression,
    limits: tuple[float, float],
    what: str,
    subject: str,
    findings: DiagnosticsSink,
    help: str | None = None,
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
        others=(Label((expression or node).span, f"{name} {'stops' if beyond else 'starts'} at {bound}"),),
        notes=(f"{name} {'stops' if beyond else 'starts'} at {bound}, {what} {asked}",),
        help=percentage
        or help
        or (f"set `{end} = {asked}` in {name}, or stay within {bound}" if end and beyond else f"stay within {bound}"),
    )


def _in_per_cent(place: graph.Expression, value: float, low: float, high: float) -> str | None:
    """The way out for a bare 10 where 10 % is loaded."""
    text = place.span.text.strip()
    bare = isinstance(place, graph.Constant) and text.replace(".", "", 1).isdigit()
    return f"write `{text} %`" if bare and high < 1 and low - _SLACK <= value / 100 <= high + _SLACK else None


def _plain(value: float, place: graph.Expression) -> str:
    if place.span.text.endswith("%"):
        return f"{100 * value:.6g} %"
    return show(value, place.type.dimension) if isinstance(place.type, NumberType) else str(value)


def _end(node: graph.Node, upper: bool) -> tuple[str | None, graph.Expression | None]:
    """The field that sets an end of a node's range, and its value, where it is a field by itself."""
    interval = node.members["range"]
    end = (interval.stop if upper else interval.start) if isinstance(interval, graph.Interval) else None
    if isinstance(end, graph.Variable) and end.name in node.fields:
        return end.name, node.fields[end.name]
    return None, None


class _Known(NamedTuple):
    """A range, and the object that states it."""

    owner: graph.Node
    low: float
    high: float


@dataclass(frozen=True)
class _Ranges:
    """How far objects go, as far as it is known."""

    design: graph.DesignGraph
    parameters: Environment

    def of(self, node: graph.Node) -> _Known | None:
        """The range of a node; of one that takes several times each other the owner is the first, if the others are 1."""
        match node.members.get("range"):
            case graph.Variable(name=field):
                return self._of_field(node, field)
            case graph.Sequence(items=items):
                parts = [self._of_field(node, item.name) for item in items if isinstance(item, graph.Variable)]
                known = [part for part in parts if part is not None]
                if not known or len(known) < len(items):
                    return None
                ends = [(part.low, part.high) for part in known[1:]]
                owner = known[0].owner if all(high == 1.0 for _, high in ends) else node
                return _Known(owner, *(prod(each) for each in zip(known[0][1:], *ends, strict=True)))
            case None:
                return None
            case range:
                value = value_or_none(range, known_fields(node, self.parameters))
                if isinstance(value, str):
                    value = load_target(node.definition, value)(known_fields(node, self.parameters))
                ends = [end for end in value[:2] if isinstance(end, int | float)] if isinstance(value, tuple) else []
                return _Known(node, min(ends), max(ends)) if len(ends) == 2 else None

    def _of_field(self, node: graph.Node, field: str) -> _Known | None:
        value = node.fields.get(field)
        other = self.design.nodes.get(value.node) if isinstance(value, graph.Reference) else None
        return None if other is None else self.of(other)


def _drivers(measure: graph.Expression, design: graph.DesignGraph) -> Iterator[graph.Node]:
    """The objects with a range that the curves in an expression come from: the first that each measure names."""
    for name, reference in free_names(measure).references.items():
        node = design.nodes.get(name)
        # What runs over a length is a curve of one state, along a line.
        if node is None or not isinstance(reference.type, CurveType) or not reference.type.abscissa.dimensionless:
            continue
        for value in node.fields.values():
            driver = design.nodes.get(value.node) if isinstance(value, graph.Reference) else None
            if driver is not None and "range" in driver.members:
                yield driver
                break


def _all_expressions(design: graph.DesignGraph) -> Iterator[graph.Expression]:
    for goal in design.goals:
        yield from (
            each for each in (goal.measure, goal.target, goal.scale, goal.weight, goal.tolerance) if each is not None
        )
    for requirement in design.requirements:
        yield requirement.measure
    for report in design.reports:
        yield report.measure
