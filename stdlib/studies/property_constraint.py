"""The first stage of an assembly as its source states it: one constraint for all elements, by moving asymptotes.

Wang et al., eqs. 11 and 12. What is varied are shares of the way from the least to the largest logarithm in the data, not of
the entries themselves: with these an optimiser leaves positive definite stiffnesses on its way, and nothing can be solved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from metac.runtime.errors import RuntimeFailure
from metac.runtime.multiscale.macro import variables_of
from metac.runtime.optimise.evaluation import Objective
from metac.runtime.optimise.methods.mma import MovingAsymptotes

BETA = 60.0
"""Of eq. 12, over the solid's stiffness: steep over the distances by which elements miss the data."""
MOVE = 0.1
"""Most that a share changes in a step."""
LEAST_CHANGE = 1e-3
"""The largest change of a share, at which the source ends."""
Aimed = tuple[Callable[[Array, Any], tuple[Array, Any]], Callable[[Array], Array]]
"""Variables `[row, column, 4]` and the shift to what is minimised and the evaluation; variables to signed distances."""


class InfeasibleProperties(RuntimeFailure):
    """The one constraint of all elements is not met."""

    code = "M0671"

    def __init__(self, total: float, outside: int, elements: int, steps: int) -> None:
        super().__init__(
            f"after {steps} steps of MMA the sum of S(−φ) over all elements is {total:.3g}, "
            f"and equation 11 asks for 1 at most; {outside} of {elements} elements want what no cell has",
            remedy="take `using = lbfgs`, whose penalty counts each element by itself, or another `margin`",
        )


def minimised_with_one_constraint(
    variables: NDArray[np.float64],
    shift: NDArray[np.float64],
    steps: int,
    stock_stiffness: NDArray[np.float64],
    aimed: Aimed,
    failure_of: Callable[[Any], RuntimeFailure | None],
    told: Callable[[NDArray[np.float64], float, Mapping[str, Any]], None],
) -> NDArray[np.float64]:
    """Variables at which at most `steps` steps end; raises InfeasibleProperties, and what an evaluation shows."""
    known = np.asarray(variables_of(jnp.asarray(stock_stiffness)))
    least, width = known.min(axis=0), np.maximum(np.ptp(known, axis=0), 1e-9)

    def loss_and_report(theta: Any, given: Any) -> tuple[Array, Any]:
        now = least + width * theta["share"]
        (value, evaluation), distance = aimed[0](now, given), aimed[1](now)
        outside = 0.5 * (jnp.tanh(-BETA * distance) + 1)
        return value, (value, (outside.sum() - 1)[None], distance, evaluation)

    objective = Objective(loss_and_report, lambda report: failure_of(report[3]), parts=lambda report: report[:2])
    evaluate = objective.at({}, shift)
    method = MovingAsymptotes((0.0, 1.0), MOVE)
    share = np.clip((variables - least) / width, 0.0, 1.0)
    found, state, taken, change = evaluate({"share": jnp.asarray(share)}), None, 0, np.inf
    while taken < steps and change >= LEAST_CHANGE and found.failure is None:
        state = method.init(found.theta) if state is None else state
        proposed = method.step(found, state, evaluate, 1.0)
        assert proposed.evaluation is not None
        change = float(jnp.abs(proposed.evaluation.theta["share"] - found.theta["share"]).max())
        found, state, taken = proposed.evaluation, proposed.state, taken + 1
        told(least + width * np.asarray(found.theta["share"]), found.loss, {"infeasible": _total(found)})
    if found.failure is not None:
        raise found.failure
    if steps and found.violation:
        distance = np.asarray(found.report[2])
        raise InfeasibleProperties(_total(found), int((distance < 0).sum()), distance.size, taken)
    return least + width * np.asarray(found.theta["share"])


def _total(found: Any) -> float:
    """The sum of S(−φ)."""
    return float(np.asarray(found.parts.constraints)[0]) + 1
