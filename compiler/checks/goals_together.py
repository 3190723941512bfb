"""Goals and requirements beside each other: those that fight, that say the same, and that bound nothing."""

from __future__ import annotations

from math import inf

from metac.compiler import graph
from metac.compiler.checks.facts import FactReader, facts_of
from metac.compiler.checks.known_values import parameter_values
from metac.compiler.constant_values import Environment, number_or_none
from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.elaborate.elaborate import Elaboration
from metac.compiler.interfaces.attainability import Facts
from metac.compiler.types import types
from metac.dsl.diagnostics.diagnostic import Label
from metac.dsl.source import Span

_BEYOND = 1e-12
"""Relative rounding of a bound at the end of what a measure can be."""


def check_goals_together(elaboration: Elaboration, findings: DiagnosticsSink) -> None:
    """M0646, M0648: warnings on goals and requirements of single numbers, as far as these are known."""
    design = elaboration.design
    if findings.failed or not design.studies:
        return
    parameters = parameter_values(design)
    facts = facts_of(design)
    goals = [_Goal(each, design, facts, parameters) for each in design.goals]
    measured = [each for each in goals if each.measure is not None]
    for number, second in enumerate(measured):
        for first in measured[:number]:
            if first.measure == second.measure and (why := _conflict(first, second)) is not None:
                _tell(findings, second.goal, first.goal.span, why)
                break
    for each in design.requirements:
        measure = _measure(each.measure, design)
        if measure is None:
            continue
        known = (number_or_none(each.lower, parameters), number_or_none(each.upper, parameters))
        low, high = -inf if known[0] is None else known[0], inf if known[1] is None else known[1]
        _check_bounds(findings, each, measure, (low, high))
        own = facts.of(measure)._replace(name="")
        for goal in goals if each.pursued else ():
            near = goal.tolerance
            if goal.measure == own and goal.value is not None and not low - near <= goal.value <= high + near:
                _tell(findings, goal.goal, each.span, "a requirement forbids what this goal wants")


class _Goal:
    """A goal with what is known of it."""

    def __init__(self, goal: graph.Goal, design: graph.DesignGraph, facts: FactReader, parameters: Environment) -> None:
        node = _measure(goal.measure, design)
        self.goal = goal
        self.measure: Facts | None = None if node is None else facts.of(node)._replace(name="")
        self.value = number_or_none(goal.target, parameters)
        self.tolerance = number_or_none(goal.tolerance, parameters) or 0.0


def _measure(expression: graph.Expression, design: graph.DesignGraph) -> graph.Node | None:
    """The node of a measure that is asked for by itself, and does not give a curve or a tensor."""
    if not isinstance(expression, graph.Reference) or not isinstance(expression.type, types.NumberType):
        return None
    node = design.nodes.get(expression.node)
    return node if node is not None and node.definition.kind.called else None


def _conflict(first: _Goal, second: _Goal) -> str | None:
    """What is wrong with two goals on one measure, in words."""
    senses = {first.goal.sense, second.goal.sense}
    if senses == {"minimize", "maximize"}:
        return "one goal wants least what another wants most"
    if len(senses) == 1 and "match" not in senses:
        return "this goal stands twice, and counts twice"
    if first.value is None or second.value is None:
        return None
    if first.value == second.value:
        return "this goal stands twice, and counts twice"
    apart = abs(first.value - second.value) > first.tolerance + second.tolerance
    return "these goals want different values of one measure" if apart else None


def _tell(findings: DiagnosticsSink, goal: graph.Goal, other: Span, message: str) -> None:
    help = "say it once; `weight` says how much it counts" if "twice" in message else "leave one of them out"
    findings.error("M0648", message, goal.span, others=(Label(other, "and here"),), help=help, severity="warning")


def _check_bounds(
    findings: DiagnosticsSink, requirement: graph.Requirement, measure: graph.Node, bounds: tuple[float, float]
) -> None:
    """M0646 where a measure's `range` lies within the bounds, and one of them is beyond its end."""
    known = measure.members.get("range")
    if not isinstance(known, graph.Interval):
        return
    ends = [number_or_none(end) for end in (known.start, known.stop)]
    least, greatest = (-inf if ends[0] is None else ends[0], inf if ends[1] is None else ends[1])
    low, high = bounds
    if low > least or high < greatest:
        return
    beyond = (low < least - _BEYOND, high > greatest + _BEYOND)
    stated = (requirement.lower is not None and beyond[0], requirement.upper is not None and beyond[1])
    if not any(stated):
        return
    bound = requirement.upper if stated[1] else requirement.lower
    assert bound is not None
    end = f"{greatest:g} at most" if stated[1] else f"{least:g} at least"
    help = f"write `{high:g} %`" if stated[1] and greatest == 1 and high <= 100 else "write a bound that it can reach"
    message = f"this always holds: `{' '.join(requirement.measure.span.text.split())}` is {end}"
    findings.error("M0646", message, bound.span, help=help, severity="warning")
