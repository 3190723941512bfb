"""The design that a study ended with, evaluated once more where something of it is only verified."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from metac.api.loaded_states import loaded_states
from metac.api.study import StudyResult, evaluate_with_states
from metac.runtime.errors import first_failure

if TYPE_CHECKING:
    from metac.compiler.graph import DesignGraph


def with_states_and_verified(found: StudyResult, graph: DesignGraph) -> StudyResult:
    """The result with its loaded states, and with what is only verified in its evaluation; each load is solved once.

    Goals and requirements keep the values that the study found. Where a load fails that only what is verified needs, that is
    the failure of the run, unless it has another.
    """
    if found.states is not None:
        return found
    verified = [each.name for each in graph.requirements if not each.pursued]
    if not verified:
        return replace(found, states=loaded_states(found.program, graph, found.theta, found.inputs))
    last, states = evaluate_with_states(found.program, graph, found.theta, found.inputs)
    more = {name: last.requirements[name] for name in verified}
    unsolved = {name: status for name, status in last.status.items() if name not in found.evaluation.status}
    evaluation = replace(
        found.evaluation,
        requirements={**found.evaluation.requirements, **more},
        status={**found.evaluation.status, **unsolved},
    )
    failure = found.failure or first_failure(unsolved)
    return replace(found, evaluation=evaluation, states=states, failure=failure)
