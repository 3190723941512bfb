"""Optimality criteria for one constraint (Bendsøe and Sigmund, Topology Optimization, 2003, section 1.2.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from metac.runtime.optimise.evaluation import Evaluator, LossEvaluation, Tree
from metac.runtime.optimise.methods.bound_transform import Bounds
from metac.runtime.optimise.methods.method import ProposedStep

MULTIPLIERS = (1e-40, 1e40)
"""Between which the multiplier is sought, over the ratio of the mean gradients."""


@dataclass(frozen=True)
class OptimalityCriteria:
    """x ← x (−∂f/∂x / λ ∂g/∂x)^η within a move limit, λ so that the linearised constraint g ≤ 0 holds with equality.

    Where −∂f/∂x is negative it counts as zero: the method is for objectives that fall with every parameter.

    Args:
        bounds: of all parameters; the lower one is not negative.
        move: most that a parameter moves in a step, over the range.
        damping: η.
    """

    bounds: Bounds
    move: float = 0.2
    damping: float = 0.5
    constrained = True
    searches = False

    def init(self, theta: Tree) -> Any:
        """The method has no state."""
        return ()

    def step(self, evaluation: LossEvaluation, state: Any, evaluate: Evaluator, scale: float) -> ProposedStep:
        """The design that the criteria ask for."""
        assert evaluation.parts is not None
        x, unravel = ravel_pytree(evaluation.theta)
        at, gain = np.asarray(x, float), np.maximum(0.0, -np.asarray(ravel_pytree(evaluation.gradient)[0], float))
        cost = np.asarray(ravel_pytree(jax.tree.map(lambda leaf: leaf[0], evaluation.parts.jacobian))[0], float)
        excess = float(evaluation.parts.constraints[0])
        limit = self.move * scale * (self.bounds[1] - self.bounds[0])
        lower, upper = np.maximum(self.bounds[0], at - limit), np.minimum(self.bounds[1], at + limit)
        costs = cost > 0
        ratio = np.divide(gain, cost, out=np.zeros_like(gain), where=costs)

        def proposed(multiplier: float) -> Any:
            return np.where(costs, np.clip(at * (ratio / multiplier) ** self.damping, lower, upper), upper)

        measure = gain.sum() / max(float(np.abs(cost).sum()), 1e-300) or 1.0
        low, high = (np.log(measure * end) for end in MULTIPLIERS)
        # Until no number lies between: some fifty bisections of the multiplier's logarithm. A sum, as the last bits of a
        # product of vectors depend on how many cores share it.
        while low < (middle := (low + high) / 2) < high:
            if excess + float((cost * (proposed(np.exp(middle)) - at)).sum()) > 0:
                low = middle
            else:
                high = middle
        theta = unravel(jnp.asarray(proposed(np.exp(high)), x.dtype))
        return ProposedStep(evaluate(theta, evaluation.warm_start), state)
