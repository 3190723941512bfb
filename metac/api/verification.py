"""The second part of a run: its result is evaluated again on freshly made, finer meshes, and judged on both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metac.api.contact_check import (
    Contacts,
    contact_warnings,
    self_contacts,
    simulated_contacts,
    spoilt,
    spoilt_reports,
)
from metac.api.drawing_check import Differences, drawing_differences, drawing_warnings
from metac.api.failures import diagnostic_of
from metac.api.fresh_mesh_check import FreshCheck, check_on_fresh_mesh, check_with_second_order
from metac.api.grey_check import grey_warnings
from metac.api.last_evaluation import with_states_and_verified
from metac.api.loaded_states import LoadedStates
from metac.api.remarks import remarks
from metac.api.reports import abscissa_of, failed_reports, report_warnings, reported
from metac.api.study import StudyResult
from metac.api.used_bodies import used_bodies
from metac.api.varied_values import varied_values, varied_warnings
from metac.api.verification_warnings import (
    abandoned_restarts,
    failed_check,
    locking_warnings,
    missing_values,
    unstable_loads,
)
from metac.dsl.diagnostics.diagnostic import Diagnostic
from metac.runtime.report.verdicts import Verdict, verdicts

if TYPE_CHECKING:
    from metac.api.compilation import Compilation
    from metac.api.conditions import Conditions
    from metac.compiler.graph import DesignGraph
    from metac.runtime.mesh.closed_gaps import ClosedGaps
    from metac.runtime.report.reported import Reported


@dataclass(frozen=True)
class Verification:
    """What the result of a run is worth."""

    verdicts: Sequence[Verdict]
    """One for each goal and requirement, in the order of the spec."""
    fresh: FreshCheck
    second_order: FreshCheck
    """The same with second-order elements, of bodies that linear ones may be too stiff for."""
    warnings: Sequence[Diagnostic]
    failure: Diagnostic | None
    """Why the run ended early, or why values of its result are missing."""
    states: LoadedStates
    """On the run's meshes."""
    own_contacts: Contacts
    """Self-contact on the run's meshes, by load."""
    simulated_contacts: Mapping[str, ClosedGaps | None]
    """Contact that was simulated on the run's meshes, by load on a body that does so; None where nothing touches."""
    drawn: Differences
    """By how much drawings differ from what is simulated, by body."""
    reports: Sequence[Reported]
    """What the spec reports, in its order."""
    varied: Mapping[str, Mapping[str, Any]]
    """Parameters of the spec that a study varied, by name: as `result.json` says it."""


def verify(design: Compilation, found: StudyResult, conditions: Conditions) -> Verification:
    """Judge the result of a study on the run's meshes and on fresh ones.

    Where the run's own evaluation failed there is nothing to confirm: no fresh mesh is made.
    """
    graph = design.graph
    if found.states is None:
        conditions.progress.phase("solving the loads of the result")
    found = with_states_and_verified(found, graph)
    states = found.states
    assert states is not None
    own_contacts = self_contacts(states)
    drawn = drawing_differences(states.objects, used_bodies(graph))
    fresh, second_order = _checked_again(graph, found, states, conditions)
    judged = _judged(design, found, (fresh, second_order), own_contacts)
    reports = reported(found, graph, (fresh.remade, second_order.remade), states.applied)
    contacts = {**fresh.contacts, **{name: each for name, each in own_contacts.items() if each}}
    reports = spoilt_reports(graph, reports, contacts)
    varied = varied_values(graph, found)
    failure = None if found.failure is None else diagnostic_of(found.failure, graph)
    return Verification(
        verdicts=judged,
        fresh=fresh,
        second_order=second_order,
        warnings=[
            *conditions.warnings,
            *abandoned_restarts(found),
            *failed_check(graph, fresh, "on a fresh mesh"),
            *failed_check(graph, second_order, "with second-order elements"),
            *locking_warnings(graph, judged, second_order),
            *remarks(graph, states.objects),
            *varied_warnings(graph, varied),
            *unstable_loads(graph, found.evaluation, reports),
            *contact_warnings(graph, own_contacts, fresh.contacts),
            *grey_warnings(graph, states.objects, used_bodies(graph)),
            *drawing_warnings(graph, drawn),
            *report_warnings(graph, reports),
        ],
        failure=failure or missing_values(graph, judged) or failed_reports(graph, reports),
        states=states,
        own_contacts=own_contacts,
        simulated_contacts=simulated_contacts(states),
        drawn=drawn,
        reports=reports,
        varied=varied,
    )


def _checked_again(
    graph: DesignGraph, found: StudyResult, states: LoadedStates, conditions: Conditions
) -> tuple[FreshCheck, FreshCheck]:
    """The evaluations on fresh meshes and with second-order elements; empty where there is nothing to confirm."""
    evaluation_failed = found.failure is not None and not found.studies
    if evaluation_failed or not (graph.goals or graph.requirements or graph.reports):
        return FreshCheck(), FreshCheck()
    conditions.progress.phase("checking the result on a fresh, finer mesh")
    given = (found.program, graph, found.theta, found.inputs, states.objects)
    return check_on_fresh_mesh(*given, conditions.refinement), check_with_second_order(*given)


def _judged(
    design: Compilation, found: StudyResult, checks: tuple[FreshCheck, FreshCheck], own_contacts: Contacts
) -> list[Verdict]:
    """One verdict for each goal and requirement, in the order of the spec; `found` has the loads' states."""
    graph, (fresh, second_order) = design.graph, checks
    assert found.states is not None
    reasons = spoilt(graph, found.evaluation, own_contacts)
    if fresh.evaluation is not None:
        reasons = spoilt(graph, fresh.evaluation, fresh.contacts) | reasons
    judged = verdicts(
        found.evaluation,
        fresh.judged,
        check_failed=fresh.failure is not None,
        second_order=second_order.judged,
        second_order_failed=second_order.failure is not None,
        units=goal_units(design),
        senses={each.name: each.sense for each in (*graph.goals, *graph.requirements)},
        reasons=reasons,
        over=abscissas(graph, found.states),
    )
    return in_order(graph, judged)


def abscissas(graph: DesignGraph, states: LoadedStates) -> dict[str, str]:
    """By goal: what its curve runs over, in words; not of goals that read several loads."""
    named = {goal.name: abscissa_of(graph, goal, states.applied) for goal in graph.goals}
    return {name: words for name, words in named.items() if words is not None}


def in_order(graph: DesignGraph, judged: Sequence[Verdict]) -> list[Verdict]:
    """The verdicts in the order of the spec; RuntimeError, an internal error, unless exactly what it asks for is judged."""
    found = {verdict.name: verdict for verdict in judged}
    asked = [each.name for each in (*graph.goals, *graph.requirements)]
    if found.keys() != set(asked) or len(judged) != len(asked):
        raise RuntimeError(f"the spec asks for {asked}, but judged were {list(found)}")
    return [found[name] for name in asked]


def goal_units(design: Compilation) -> dict[str, str]:
    """By goal or requirement: the text of the internal unit of its measure."""
    from metac.compiler.types.wording import unit_of

    return {goal.name: unit_of(goal.measure.type) for goal in (*design.graph.goals, *design.graph.requirements)}
