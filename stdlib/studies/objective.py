"""The loss of a program as an objective of optimisers, each sample starting from its neighbour's equilibria."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from metac.compiler.interfaces.program import Program
from metac.runtime.errors import RuntimeFailure
from metac.runtime.optimise.evaluation import Objective


def objective_of(
    program: Program,
    judge: Callable[[Any], RuntimeFailure | None],
    *,
    apart: bool = False,
    steered: Collection[str] = (),
) -> Objective:
    """Compiled once for samples from rest and from neighbours.

    Args:
        program: what is evaluated.
        judge: reads an evaluation.
        apart: whether samples have goals and requirements apart, `Sample.parts`.
        steered: the names of generators that have something else to show than the gradient (`Steered`).
    """

    def loss_and_evaluation(theta: Any, inputs: Any, starts: Mapping[str, Any]) -> tuple[Any, Any]:
        return program.loss_and_evaluation(theta, inputs, starts=starts)

    def steer(theta: Any, inputs: Any, gradient: Any) -> Any:
        objects = program.objects(theta, inputs)
        return {**gradient, **{name: objects[name].steer(theta[name], gradient[name]) for name in steered}}

    return Objective(
        loss_and_evaluation,
        judge,
        rest=program.rest,
        following=lambda evaluation: evaluation.starts,
        parts=(lambda evaluation: (evaluation.objective, evaluation.excess)) if apart else None,
        steer=steer if steered else None,
    )
