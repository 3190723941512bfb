"""The method of moving asymptotes (Svanberg, Int. J. Numer. Methods Eng. 24, 1987; MMA and GCMMA, 2007)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from numpy.typing import NDArray

from metac.runtime.optimise.evaluation import Evaluator, LossEvaluation, Tree
from metac.runtime.optimise.methods.bound_transform import Bounds
from metac.runtime.optimise.methods.method import ProposedStep
from metac.runtime.optimise.methods.mma_subproblem import SeparableApproximation, minimise

Vector = NDArray[np.float64]

FIRST, WIDER, NARROWER = 0.5, 1.2, 0.7
"""Distance of the first asymptotes over the range, and its factors where a parameter keeps its direction, or turns back."""
CLOSEST, FARTHEST = 0.01, 10.0
"""Least and largest distance of asymptotes over the range."""
GAP = 0.1
"""Parameters stay this part of the distance away from their asymptotes."""
SLOPE, CURVATURE = 1e-3, 1e-5
"""What makes approximations strictly convex: a part of the slopes, and of the mean slope over the range."""
PRICE = 1e3
"""Of violating a constraint, over the multiplier that evens out the slopes: finite: each subproblem has a solution."""


@dataclass(frozen=True)
class MovingAsymptotes:
    """Each step minimises a convex, separable approximation within a move limit; constraints are approximated alike.

    Objective and constraints are measured by their mean slopes, so that the scale of neither matters.

    Args:
        bounds: of all parameters.
        move: most that a parameter moves in a step, over the range.
    """

    bounds: Bounds
    move: float = 0.5
    constrained = True
    searches = False

    def init(self, theta: Tree) -> Any:
        """No steps seen yet."""
        flat = _flat(theta)
        return {"low": flat, "high": flat, "last": flat, "before": flat, "seen": np.zeros((), int)}

    def step(self, evaluation: LossEvaluation, state: Any, evaluate: Evaluator, scale: float) -> ProposedStep:
        """The minimum of the approximation at the evaluation."""
        x, unravel = ravel_pytree(evaluation.theta)
        at = np.asarray(x, float)
        low, high = self._asymptotes(at, state)
        (least, most), width = self.bounds, self.bounds[1] - self.bounds[0]
        limit = self.move * scale * width
        lower = np.maximum.reduce([np.full_like(at, least), low + GAP * (at - low), at - limit])
        upper = np.minimum.reduce([np.full_like(at, most), high - GAP * (high - at), at + limit])

        values, slopes = _rows(evaluation)
        steep = np.abs(slopes).mean(axis=1)
        # A constraint without slope cannot be fulfilled by moving; an objective without one leaves all to the constraints.
        used = np.concatenate([[True], steep[1:] > 1e-14 * steep.max(initial=0.0)])
        measured = np.where(steep > 0, steep, 1.0)[used]
        values, slopes = values[used] / measured, slopes[used] / measured[:, None]
        rising = (high - at) ** 2 * _convex(np.maximum(slopes, 0), np.maximum(-slopes, 0), width)
        falling = (at - low) ** 2 * _convex(np.maximum(-slopes, 0), np.maximum(slopes, 0), width)
        rest = values - (rising / (high - at) + falling / (at - low)).sum(axis=1)
        problem = SeparableApproximation(low, high, lower, upper, rising, falling, rest)
        found = minimise(problem, PRICE)
        seen = np.asarray(state["seen"]) + 1
        state = {"low": low, "high": high, "last": at, "before": np.asarray(state["last"]), "seen": seen}
        theta = unravel(jnp.asarray(found, x.dtype))
        return ProposedStep(evaluate(theta, evaluation.warm_start), state)

    def _asymptotes(self, at: Vector, state: Any) -> tuple[Vector, Vector]:
        width = self.bounds[1] - self.bounds[0]
        if int(state["seen"]) < 2:
            return at - FIRST * width, at + FIRST * width
        last, before = np.asarray(state["last"]), np.asarray(state["before"])
        turn = (at - last) * (last - before)
        factor = np.where(turn > 0, WIDER, np.where(turn < 0, NARROWER, 1.0))
        below = np.clip(factor * (last - np.asarray(state["low"])), CLOSEST * width, FARTHEST * width)
        above = np.clip(factor * (np.asarray(state["high"]) - last), CLOSEST * width, FARTHEST * width)
        return at - below, at + above


def _convex(with_it: Vector, against: Vector, width: float) -> Vector:
    return (1 + SLOPE) * with_it + SLOPE * against + CURVATURE / width


def _flat(theta: Tree) -> Vector:
    return np.asarray(ravel_pytree(theta)[0], float)


def _rows(evaluation: LossEvaluation) -> tuple[Vector, Vector]:
    """Objective and constraints `[1 + constraint]`, and their slopes `[1 + constraint, parameter]`."""
    assert evaluation.parts is not None
    constraints = np.asarray(evaluation.parts.constraints, float)
    rows = [_flat(evaluation.gradient)]
    rows += [_flat(jax.tree.map(lambda leaf, n=n: leaf[n], evaluation.parts.jacobian)) for n in range(len(constraints))]
    return np.array([float(evaluation.parts.objective), *constraints]), np.stack(rows)
