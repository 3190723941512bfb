"""The second part of a run: its result is evaluated again on freshly made, finer meshes, and judged on both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from metac.api.contact_check import (
    Contacts,
    contact_warnings,
    may_touch_itself,
    self_contacts,
    simulated_contacts,
    spoilt,
    spoilt_reports,
)
from metac.api.drawing_check import Differences, drawing_differences, drawing_warnings
from metac.api.failures import diagnostic_of, failure_of
from metac.api.grey_check import grey_warnings
from metac.api.last_evaluation import with_states_and_verified
from metac.api.loaded_states import LoadedStates, loads_on_bodies, read_responses
from metac.api.remarks import remarks
from metac.api.reports import abscissa_of, failed_reports, report_warnings, reported
from metac.api.study import StudyResult, evaluate_and_read
from metac.api.varied_values import varied_values, varied_warnings
from metac.compiler.interfaces.body import Enrichable, MadeOfMaterial, Refinable
from metac.dsl.diagnostics.diagnostic import Diagnostic, Label
from metac.runtime.errors import RuntimeFailure, first_failure
from metac.runtime.fem.locking import linear_elements_may_lock
from metac.runtime.report.verdicts import Verdict, verdicts

LOCKED = 0.02
"""Share of a value from which on a difference between elements of first and second order is told."""

if TYPE_CHECKING:
    from metac.api.compilation import Compilation
    from metac.api.conditions import Conditions
    from metac.compiler.graph import Design as Graph
    from metac.runtime.mesh.closed_gaps import ClosedGaps
    from metac.runtime.report.reported import Reported


@dataclass(frozen=True)
class FreshCheck:
    """The evaluation on fresh meshes, or why there is none."""

    evaluation: Any = None
    bodies: tuple[str, ...] = ()
    """Those that were meshed again; empty where the design has none that could be."""
    failure: RuntimeFailure | None = None
    remade: Mapping[str, Any] = field(default_factory=dict)
    """The bodies of `bodies`, by name."""
    contacts: Contacts = field(default_factory=dict)
    """Self-contact on the fresh meshes, by load; of the loads that goals and requirements need."""

    @property
    def judged(self) -> Any:
        """The evaluation, if all of it could be simulated."""
        return self.evaluation if self.failure is None else None


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
    evaluation_failed = found.failure is not None and not found.studies
    fresh = second_order = FreshCheck()
    if (graph.goals or graph.requirements or graph.reports) and not evaluation_failed:
        conditions.progress.phase("checking the result on a fresh, finer mesh")
        fresh = check_on_fresh_mesh(found.program, graph, found.theta, found.inputs, states.objects, conditions.refinement)
        second_order = check_with_second_order(found.program, graph, found.theta, found.inputs, states.objects)
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
        over=abscissas(graph, states),
    )
    judged = in_order(graph, judged)
    failure = None if found.failure is None else diagnostic_of(found.failure, graph)
    reports = reported(found, graph, (fresh.remade, second_order.remade), states.applied)
    contacts = {**fresh.contacts, **{name: each for name, each in own_contacts.items() if each}}
    reports = spoilt_reports(graph, reports, contacts)
    varied = varied_values(graph, found)
    return Verification(
        verdicts=judged,
        fresh=fresh,
        second_order=second_order,
        warnings=[
            *conditions.warnings,
            *_abandoned_restarts(found),
            *_failed_check(graph, fresh, "on a fresh mesh"),
            *_failed_check(graph, second_order, "with second-order elements"),
            *locking_warnings(graph, judged, second_order),
            *remarks(graph, states.objects),
            *varied_warnings(graph, varied),
            *unstable_loads(graph, found.evaluation),
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


def abscissas(graph: Graph, states: LoadedStates) -> dict[str, str]:
    """By goal: what its curve runs over, in words; not of goals that read several loads."""
    named = {goal.name: abscissa_of(graph, goal, states.applied) for goal in graph.goals}
    return {name: words for name, words in named.items() if words is not None}


def in_order(graph: Graph, judged: Sequence[Verdict]) -> list[Verdict]:
    """The verdicts in the order of the spec; RuntimeError, an internal error, unless exactly what it asks for is judged."""
    found = {verdict.name: verdict for verdict in judged}
    asked = [each.name for each in (*graph.goals, *graph.requirements)]
    if found.keys() != set(asked) or len(judged) != len(asked):
        raise RuntimeError(f"the spec asks for {asked}, but judged were {list(found)}")
    return [found[name] for name in asked]


def check_on_fresh_mesh(
    program: Any, graph: Graph, theta: Any, inputs: Any, objects: Mapping[str, Any], refinement: float
) -> FreshCheck:
    """Evaluate on fresh, finer meshes: see `_check`."""

    def fresh(body: Any) -> Any:
        return body.fresh(refinement) if isinstance(body, Refinable) else None

    return _check(program, graph, theta, inputs, objects, fresh)


def check_with_second_order(program: Any, graph: Graph, theta: Any, inputs: Any, objects: Mapping[str, Any]) -> FreshCheck:
    """Evaluate with second-order elements where linear ones may be too stiff on every mesh: see `_check`."""

    def second_order(body: Any) -> Any:
        if not isinstance(body, Enrichable) or not isinstance(body, MadeOfMaterial):
            return None
        if not linear_elements_may_lock(body.material):
            return None
        return body.second_order()

    return _check(program, graph, theta, inputs, objects, second_order)


def _check(
    program: Any, graph: Graph, theta: Any, inputs: Any, objects: Mapping[str, Any], remake: Callable[[Any], Any]
) -> FreshCheck:
    """Evaluate with those bodies, of the concrete `objects` of the result, that `remake` makes something else of.

    Where it gives None, a body stays as it is.

    Whatever goes wrong is reported, not raised, so that no result is lost to its check.
    """
    from metac.compiler.plan import goal_references, reached

    names: tuple[str, ...] = ()
    fresh: Mapping[str, Any] = {}
    try:
        names = tuple(used_bodies(graph))
        remade = {name: remake(objects[name]) for name in names}
        fresh = {name: body for name, body in remade.items() if body is not None}
        names = tuple(fresh)
        if not names:
            return FreshCheck()
        made, needed = {**objects, **fresh}, reached(graph, goal_references(graph))
        loads = {
            load: body
            for load, body in loads_on_bodies(graph, made).items()
            if load in needed and body in fresh and may_touch_itself(made[body])
        }
        evaluation, responses = evaluate_and_read(
            program, theta, inputs, fresh, lambda objects: read_responses(objects, loads)
        )
        contacts = self_contacts(LoadedStates(made, loads, responses), on_fresh_mesh=True)
        return FreshCheck(evaluation, names, first_failure(evaluation.status), fresh, contacts)
    except Exception as error:
        failure = failure_of(error)
        if failure is None:
            raise
        return FreshCheck(None, names, failure, fresh)


def used_bodies(graph: Graph) -> list[str]:
    """Bodies that a load or a measure uses, or that nothing uses; not those that only stand behind another body."""
    from metac.compiler.plan import references

    users: dict[str, set[str]] = {name: set() for name, node in graph.nodes.items() if node.definition.kind.discretised}
    for user, node in graph.nodes.items():
        for name in references(node) & users.keys():
            users[name].add(user)
    return [name for name, by in users.items() if not by or by - users.keys()]


def missing_values(graph: Graph, judged: Sequence[Verdict]) -> Diagnostic | None:
    """The failure of a run whose evaluation gave values that are infinite or not a number; None where all are finite."""
    missing = [verdict.name for verdict in judged if not verdict.complete]
    if not missing:
        return None
    labels = tuple(
        Label(each.span, "has no finite value") for each in (*graph.goals, *graph.requirements) if each.name in missing
    )
    message = f"{', '.join(f'`{name}`' for name in missing)}: the value is infinite or not a number"
    return Diagnostic(
        "M0614", message, labels, help="look for a division by zero, or a range in which the load has no values"
    )


def unstable_loads(graph: Graph, evaluation: Any) -> list[Diagnostic]:
    """A warning for each load whose path ends on an unstable branch."""
    found = []
    for name, status in evaluation.status.items():
        message = status.instability(name)
        if message is not None:
            node = graph.nodes.get(name)
            labels = () if node is None else (Label(node.span, "this load"),)
            remedy = "take more, smaller increments; a design that is not quite symmetric finds its branch by itself"
            found.append(Diagnostic("M0615", message, labels, help=remedy, severity="warning"))
    return found


def goal_units(design: Compilation) -> dict[str, str]:
    """By goal or requirement: the text of the internal unit of its measure."""
    from metac.compiler.types.wording import unit_of

    return {goal.name: unit_of(goal.measure.type) for goal in (*design.graph.goals, *design.graph.requirements)}


def _abandoned_restarts(found: StudyResult) -> list[Diagnostic]:
    if found.failure is not None:
        return []
    return [
        Diagnostic(
            "M0610",
            f"restart {failed.restart + 1}{f' of `{study.name}`' if len(found.studies) > 1 else ''} was given up "
            f"{failed.message}",
            help=failed.remedy,
            severity="warning",
        )
        for study in found.studies
        for failed in study.failures
    ]


def locking_warnings(graph: Graph, judged: Sequence[Verdict], second_order: FreshCheck) -> list[Diagnostic]:
    """A warning where second-order elements give another value than those of the run."""
    off = [(each, share) for each in judged if (share := _off(each)) is not None and share > LOCKED]
    if not off:
        return []
    spans = {each.name: each.span for each in (*graph.goals, *graph.requirements)}
    named = ", ".join(f"`{each.name}` by {100 * share:.2g} %" for each, share in off)
    return [
        Diagnostic(
            "M0618",
            f"second-order elements give other values: {named}",
            tuple(Label(spans[each.name], "off") for each, _ in off),
            notes=(
                f"the material hardly changes its volume, or flows without changing it: linear elements of "
                f"{listed(second_order.bodies)} lock",
            ),
            help="set `order = 2` in the body",
            severity="warning",
        )
    ]


def listed(names: Sequence[str]) -> str:
    """Names for people."""
    return ", ".join(f"`{name}`" for name in names)


def _off(verdict: Verdict) -> float | None:
    """The largest difference that second-order elements make, over the largest value; None where that is not known."""
    if not verdict.second_order_checked or verdict.second_order_value is None:
        return None
    own, other = (np.array(value, dtype=float) for value in (verdict.value, verdict.second_order_value))
    if not (np.isfinite(own).all() and np.isfinite(other).all()):
        return None
    largest = np.abs(other).max()
    return float(np.abs(own - other).max() / largest) if largest else None


def _failed_check(graph: Graph, fresh: FreshCheck, where: str) -> list[Diagnostic]:
    if fresh.failure is None:
        return []
    cause = diagnostic_of(fresh.failure, graph, severity="warning")
    message = f"the final check {where} failed, so no goal counts as met"
    return [Diagnostic("M0631", message, cause.labels, notes=(cause.message,), help=cause.help, severity="warning")]
