"""A curve that is known where its load begins is not matched to something else there without a word.

A measure's member `at_rest` is the value of its curve where nothing is loaded yet: `at_rest = 0` of a stress.
"""

from __future__ import annotations

from dataclasses import replace
from math import isfinite

from metac.compiler import graph
from metac.compiler.checks.domains import loaded_range
from metac.compiler.checks.known_values import parameter_values, target_at
from metac.compiler.constant_values import Environment, number_or_none, value_or_none
from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.elaborate.elaborate import Elaboration
from metac.compiler.operators.table import OPERATORS
from metac.compiler.types.types import CurveType, NumberType
from metac.compiler.types.units import show


def check_curve_starts(elaboration: Elaboration, findings: DiagnosticsSink) -> None:
    """M0524, a warning: the target differs from the curve where both begin, by more than the goal's tolerance."""
    if findings.failed:
        return
    design = elaboration.design
    parameters = parameter_values(design)
    for goal in design.goals:
        kind = goal.measure.type
        if not isinstance(kind, CurveType) or not _begins_at_rest(goal, design, parameters):
            continue
        own, wanted = _measured_at_rest(goal.measure, design, parameters), target_at(goal.target, 0.0, parameters)
        tolerance = number_or_none(goal.tolerance, parameters) or 0.0
        if own is None or wanted is None or abs(own - wanted) <= tolerance:
            continue
        assert goal.target is not None
        has, asked = (show(value, NumberType(kind.ordinate).dimension) for value in (own, wanted))
        findings.warning(
            "M0524",
            f"the curve is {has} where its load begins, the target {asked}",
            goal.target.span,
            "no design meets it there",
            help="say from where on it should hold, `for 2 % .. 5 %`, or write a target that begins as the curve does",
        )


def _measured_at_rest(measure: graph.Expression, design: graph.DesignGraph, parameters: Environment) -> float | None:
    """What is measured, a curve or one calculated of curves point by point, where nothing is loaded; None if not known."""

    def visit(part: graph.Expression) -> graph.Expression | None:
        match part:
            case graph.Reference(node=name):
                value = value_or_none(design.nodes[name].members.get("at_rest")) if name in design.nodes else None
                if not isinstance(part.type, CurveType) or not isinstance(value, int | float):
                    return None
                return graph.Constant(value, NumberType(part.type.ordinate), part.span)
            case graph.Apply(operator=operator, arguments=arguments):
                if operator not in OPERATORS or "curve" in OPERATORS[operator].reduces:
                    return None
                visited = [found for each in arguments if (found := visit(each)) is not None]
                return replace(part, arguments=tuple(visited)) if len(visited) == len(arguments) else None
            case graph.Constant() | graph.Parameter():
                return part
        return None

    at_rest = visit(measure)
    value = None if at_rest is None else value_or_none(at_rest, parameters)
    return value if isinstance(value, int | float) and isfinite(value) else None


def _begins_at_rest(goal: graph.Goal, design: graph.DesignGraph, parameters: Environment) -> bool:
    """Whether the goal's range holds the beginning of a load, which is at 0."""
    if goal.domain is not None:
        start = value_or_none(goal.domain.start, parameters)
        return isinstance(start, int | float) and start <= 0
    limits = loaded_range(goal.measure, design, parameters)
    return limits is not None and limits[0] <= 0 <= limits[1]
