"""Targets that no design can reach: what a measure's definition knows of its own bounds is asked before anything runs."""

from __future__ import annotations

from math import inf, nan

from metac.compiler import graph
from metac.compiler.checks.domains import loaded_range
from metac.compiler.checks.facts import facts_of, judge_of
from metac.compiler.checks.known_values import parameter_values, shown, target_at
from metac.compiler.constant_values import Environment, number_or_none, value_or_none
from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.elaborate.elaborate import Elaboration
from metac.compiler.interfaces.attainability import Facts
from metac.compiler.interfaces.values import Known
from metac.compiler.library.class_loading import load_target
from metac.compiler.types import types


def check_attainable(elaboration: Elaboration, findings: DiagnosticsSink) -> None:
    """M0520: the target lies outside the `range` of its measure, or the judge that its definition names says no.

    A warning where nothing pursues the goals: a design is only evaluated, and its distance to the target is reported.
    """
    if findings.failed:
        return
    design = elaboration.design
    severity = "error" if design.studies else "warning"
    parameters = parameter_values(design)
    facts = facts_of(design)
    for goal in design.goals:
        node = design.nodes.get(goal.measure.node) if isinstance(goal.measure, graph.Reference) else None
        target = _target(goal, design, parameters)
        if node is None or target is None:
            continue
        assert goal.target is not None
        tolerance = number_or_none(goal.tolerance, parameters) or 0.0
        if _outside(target, tolerance, node):
            notes, help = (f"its values {_range(node)}",), "write a target in this range"
            message = f"`{goal.measure.span.text}` never has such a value"
            findings.error("M0520", message, goal.target.span, notes=notes, help=help, severity=severity)
            continue
        judge = judge_of(node, "attainable")
        if judge is None:
            continue
        with findings.keeping():
            unreachable = load_target(node.definition, judge)(facts.of(node), target, tolerance, facts.required())
            if unreachable is not None:
                message, notes, help = unreachable.message, unreachable.notes, unreachable.help
                findings.error("M0520", message, goal.target.span, notes=notes, help=help, severity=severity)


def check_contradictions(elaboration: Elaboration, findings: DiagnosticsSink) -> None:
    """M0511: requirements on one measure that leave it no value, or none that it can have (`range`)."""
    if findings.failed:
        return
    design = elaboration.design
    parameters = parameter_values(design)
    facts = facts_of(design)
    known: list[tuple[Facts, float, graph.Requirement | None, float, graph.Requirement | None]] = []
    """Measures with the bounds so far, and where they come from."""
    for each in design.requirements:
        node = design.nodes.get(each.measure.node) if isinstance(each.measure, graph.Reference) else None
        if node is None:
            continue
        own = facts.of(node)._replace(name="")
        entry = next((old for old in known if old[0] == own), None)
        if entry is None:
            entry = (own, *_ends(node.members.get("range")))
        else:
            known.remove(entry)
        _, lower, lowered, upper, raised = entry
        low, high = (number_or_none(bound, parameters) for bound in (each.lower, each.upper))
        lower, lowered = (low, each) if low is not None and low > lower else (lower, lowered)
        upper, raised = (high, each) if high is not None and high < upper else (upper, raised)
        if lower > upper:
            _contradiction(findings, each, lowered if raised is each else raised)
        known.append((own, lower, lowered, upper, raised))


def _target(goal: graph.Goal, design: graph.DesignGraph, parameters: Environment) -> Known:
    """The target; of a curve that at the end of the goal's range."""
    if not isinstance(goal.measure.type, types.CurveType):
        target = value_or_none(goal.target, parameters)
        return target if goal.asked is None or target is None else _of_asked(target, goal.asked)
    if goal.domain is not None:
        end = number_or_none(goal.domain.stop, parameters)
    else:
        limits = loaded_range(goal.measure, design, parameters)
        end = None if limits is None else limits[1]
    return target_at(goal.target, end, parameters) if end is not None else None


def _of_asked(target: Known, asked: bool | graph.Asked) -> Known:
    """A tensor, not a number where nothing is asked."""
    if isinstance(asked, bool):
        return target if asked else nan
    assert isinstance(target, tuple)
    return tuple(_of_asked(part, each) for part, each in zip(target, asked, strict=True))


def _outside(target: Known, tolerance: float, measure: graph.Node) -> bool:
    """Whether a number lies outside what a measure can be by its definition, by more than the tolerance."""
    least, _, greatest, _ = _ends(measure.members.get("range"))
    return isinstance(target, int | float) and not least - tolerance <= target <= greatest + tolerance


def _range(measure: graph.Node) -> str:
    """What a measure can be, for people."""
    (least, _, greatest, _), bounds = _ends(measure.members["range"]), measure.members["range"]
    assert isinstance(bounds, graph.Interval)
    if least == -inf:
        return f"are {_shown(bounds.stop)} at most"
    return (
        f"are {_shown(bounds.start)} or more"
        if greatest == inf
        else f"lie in {_shown(bounds.start)} .. {_shown(bounds.stop)}"
    )


def _shown(bound: graph.Expression) -> str:
    value = number_or_none(bound)
    assert value is not None
    return shown(bound, value, bound.type)


def _ends(range: graph.Expression | None) -> tuple[float, None, float, None]:
    """What a measure can be at least and at most, by its definition."""
    if not isinstance(range, graph.Interval):
        return -inf, None, inf, None
    least, greatest = (number_or_none(end) for end in (range.start, range.stop))
    return -inf if least is None else least, None, inf if greatest is None else greatest, None


def _contradiction(findings: DiagnosticsSink, here: graph.Requirement, other: graph.Requirement | None) -> None:
    if other is here:
        # A range that ends before it starts is reported elsewhere.
        return
    if other is None:
        findings.error("M0511", f"`{here.measure.span.text}` never has such a value", here.span)
        return
    findings.error(
        "M0511",
        "these requirements contradict each other",
        here.span,
        notes=(f"line {other.span.source.position(other.span.start)[0]} says `{' '.join(other.span.text.split())}`",),
        help="leave one of them out",
    )
