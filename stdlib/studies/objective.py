"""The loss of a program as an objective of optimisers, each evaluation warm-started from its neighbour's equilibria."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from metac.compiler.interfaces.program import StudyProgram
from metac.runtime.errors import RuntimeFailure
from metac.runtime.optimise.evaluation import Objective


def objective_of(
    program: StudyProgram,
    failure_of: Callable[[Any], RuntimeFailure | None],
    *,
    separate_constraints: bool = False,
    steered: Collection[str] = (),
) -> Objective:
    """Compiled once, for cold and warm starts.

    Args:
        program: what is evaluated.
        failure_of: the failure that the program's evaluation shows, or None.
        separate_constraints: whether evaluations have goals and requirements apart, `LossEvaluation.parts`.
        steered: the names of generators that have something else to show than the gradient (`Steered`).
    """

    def loss_and_evaluation(theta: Any, inputs: Any, starts: Mapping[str, Any]) -> tuple[Any, Any]:
        return program.loss_and_evaluation(theta, inputs, starts=starts)

    def steer(theta: Any, inputs: Any, gradient: Any) -> Any:
        objects = program.objects(theta, inputs)
        return {**gradient, **{name: objects[name].steer(theta[name], gradient[name]) for name in steered}}

    return Objective(
        loss_and_evaluation,
        failure_of,
        cold_start=program.rest,
        warm_start_of=lambda evaluation: evaluation.starts,
        parts=(lambda evaluation: (evaluation.objective, evaluation.excess)) if separate_constraints else None,
        steer=steer if steered else None,
    )
