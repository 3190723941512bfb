"""The convex subproblems of moving asymptotes, by their duals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

GAP = 1e-10
"""Last weight of the barrier: about the error of each constraint, in its own measure."""
SHRINK = 0.1
"""From one weight of the barrier to the next."""
STEPS = 60
"""Most Newton steps for one weight; a dozen is what it takes."""


@dataclass(frozen=True)
class SeparableApproximation:
    """f₀ → min, fᵢ ≤ 0 with fᵢ(x) = Σⱼ pᵢⱼ / (Uⱼ − xⱼ) + qᵢⱼ / (xⱼ − Lⱼ) + rᵢ, p, q > 0, between `lower` and `upper`."""

    low: Vector
    """`[parameter]`: L."""
    high: Vector
    """`[parameter]`: U."""
    lower: Vector
    upper: Vector
    rising: Vector
    """`[1 + constraint, parameter]`: p; the objective comes first."""
    falling: Vector
    """`[1 + constraint, parameter]`: q."""
    rest: Vector
    """`[1 + constraint]`: r."""

    def minimiser(self, weights: Vector) -> Vector:
        """The least sum of all functions times `weights[1 + constraint]`, in closed form."""
        p, q = np.sqrt(weights @ self.rising), np.sqrt(weights @ self.falling)
        return np.clip(np.asarray((p * self.low + q * self.high) / (p + q), np.float64), self.lower, self.upper)

    def values(self, x: Vector) -> Vector:
        """`[1 + constraint]`."""
        return self.rest + (self.rising / (self.high - x) + self.falling / (x - self.low)).sum(axis=1)

    def slopes(self, x: Vector) -> Vector:
        """`[1 + constraint, parameter]`."""
        return self.rising / (self.high - x) ** 2 - self.falling / (x - self.low) ** 2

    def curvature(self, weights: Vector, x: Vector) -> Vector:
        """`[parameter]`: second derivatives of the weighted sum."""
        return 2 * (weights @ self.rising) / (self.high - x) ** 3 + 2 * (weights @ self.falling) / (x - self.low) ** 3


def minimise(problem: SeparableApproximation, price: float) -> Vector:
    """The minimum `[parameter]`, where constraint i may be exceeded by y at a cost of `price` (y + y²/2).

    The dual function W(λ) is concave, its maximum over λ > 0 is followed by Newton's method as the weight of a logarithmic
    barrier falls; λ stays below about the price, since violations then cost less.
    """
    constraints = len(problem.rest) - 1
    multipliers = np.ones(constraints)
    if not constraints:
        return problem.minimiser(np.ones(1))
    weight = 1.0
    while weight >= GAP:
        for _ in range(STEPS):
            direction, size = _newton(problem, multipliers, price, weight)
            multipliers = _stepped(problem, multipliers, direction, price, weight)
            if size <= 1e-12:
                break
        weight *= SHRINK
    return problem.minimiser(np.concatenate([[1.0], multipliers]))


def _newton(problem: SeparableApproximation, multipliers: Vector, price: float, weight: float) -> tuple[Vector, float]:
    """Newton's direction towards the maximum, and half the square of its length in the Hessian's norm."""
    weights = np.concatenate([[1.0], multipliers])
    x = problem.minimiser(weights)
    exceeded = np.maximum(0.0, multipliers / price - 1)
    slope = problem.values(x)[1:] - exceeded + weight / multipliers
    free = (x > problem.lower) & (x < problem.upper)
    rows = problem.slopes(x)[1:] * free
    hessian = (rows / problem.curvature(weights, x)) @ rows.T
    hessian += np.diag((multipliers > price) / price + weight / multipliers**2)
    direction = np.asarray(np.linalg.solve(hessian, slope), np.float64)
    return direction, float(slope @ direction) / 2


def _stepped(problem: SeparableApproximation, multipliers: Vector, direction: Vector, price: float, weight: float) -> Vector:
    """As far along the direction as the dual with its barrier rises."""
    falls = direction < 0
    length = min(1.0, 0.95 * float(np.min(-multipliers[falls] / direction[falls], initial=np.inf)))
    before = _dual(problem, multipliers, price, weight)
    for _ in range(40):
        trial = multipliers + length * direction
        if _dual(problem, trial, price, weight) >= before - 1e-13 * abs(before):
            return trial
        length /= 2
    return multipliers


def _dual(problem: SeparableApproximation, multipliers: Vector, price: float, weight: float) -> float:
    weights = np.concatenate([[1.0], multipliers])
    value = weights @ problem.values(problem.minimiser(weights))
    exceeded = np.maximum(0.0, multipliers / price - 1)
    return float(value - price * np.sum(exceeded**2) / 2 + weight * np.log(multipliers).sum())
