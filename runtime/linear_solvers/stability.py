"""Is a stiffness matrix positive definite, along which mode is it least so, and which way is downhill where it is not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metac.runtime.linear_solvers.interface import Factor, FactorisationFailed, Vector
from metac.runtime.linear_solvers.verified import VerifiedAnalysis

UNKNOWN = -1
"""A number of negative eigenvalues that the solver does not report."""
SAME_INERTIA = 0.5
"""Contraction of I − M⁻¹K up to which the factor of a neighbouring matrix M shows the inertia of K."""
CONTRACTIONS = 3
"""How often it is applied: what contracts well dies away and leaves what does not, above all a mode that changed sign."""
EXACT = 1e-6
"""Contraction of a matrix's own factor."""
ADMIXTURE = 0.1
"""Part of a fixed random vector in each probe, so that a mode of another symmetry that turns soft is not missed."""
FIRST_ITERATIONS = 6
"""Of inverse iteration, where there is no probe yet."""
SMALLEST_SHIFT = 1e-10
"""Of the largest diagonal entry; the first shift that is tried."""
SHIFT_GROWTH = 4.0
MAXIMUM_SHIFTS = 30
SHIFT_BISECTIONS = 4
MODE_ITERATIONS = 30


@dataclass(frozen=True)
class Examination:
    """Stability of a matrix."""

    negative: int
    """How many eigenvalues are negative (Sylvester's law of inertia); `UNKNOWN` where that is not certain."""
    lowest: float
    """An estimate, from above, of the lowest eigenvalue of a matrix that has no negative one; NaN where unknown."""
    mode: Vector
    """Of unit length, rich in the softest modes: the probe for the next matrix of the path."""


@dataclass
class Workspace:
    """One factor's memory, used again and again."""

    analysis: VerifiedAnalysis
    last: Factor | None

    def factor(self, values: Vector) -> Factor:
        """Factorise; the factor before is gone. Raises FactorisationFailed."""
        recycle, self.last = self.last, None
        self.last = self.analysis.factor(values, recycle)
        return self.last


def examined(analysis: VerifiedAnalysis, factor: Factor, values: Vector, probe: Vector) -> Examination:
    """Count the negative eigenvalues of the matrix K of these values with the factor of M, which is K or near it.

    Where M is positive definite, so is K if no eigenvalue of M⁻¹K reaches zero, that is if I − M⁻¹K contracts: in the norm
    of M, in which it is symmetric, so that no contraction seen exceeds the one that it tends to. A few applications measure
    that on a probe in which the softest modes of the last matrix prevail, those that change sign first. The factor of a
    neighbour that is not positive definite is not trusted.
    """
    if not len(probe):
        return Examination(0, np.nan, probe)
    start = _unit(_unit(probe) + ADMIXTURE * _noise(len(probe)))
    if not probe.any():
        for _ in range(FIRST_ITERATIONS):
            start = _unit(factor.solve(start))
    inertia = factor.inertia()
    x = factor.solve(start)
    product = analysis.sparsity.multiply(values, x)
    error = start - product
    if not np.isfinite(_norm(error)):
        return Examination(UNKNOWN, np.nan, start)
    negative = UNKNOWN
    if inertia is not None and inertia.zero == 0:
        is_own = _norm(error) <= EXACT
        if is_own or (inertia.negative == 0 and _contracts(analysis, factor, values, error, float(np.sum(start * x)))):
            negative = inertia.negative
    return Examination(negative, float(np.sum(x * product) / np.sum(x * x)), _unit(x))


def _contracts(analysis: VerifiedAnalysis, factor: Factor, values: Vector, error: Vector, before: float) -> bool:
    """Whether I − M⁻¹K, applied again and again, continues to contract; `before` is rᵀM⁻¹r of what `error` was made from."""
    for application in range(CONTRACTIONS):
        x = factor.solve(error)
        now = float(np.sum(error * x))
        if not 0 <= now <= SAME_INERTIA**2 * before:
            return False
        if application + 1 < CONTRACTIONS:
            error, before = error - analysis.sparsity.multiply(values, x), now
    return True


def lowest_mode(workspace: Workspace, values: Vector) -> Vector:
    """The eigenvector of the lowest, negative eigenvalue, of unit length, by inverse iteration with a shifted factor.

    Where neighbouring eigenvalues are close, a mixture of theirs; its curvature is negative all the same. NaN where no
    shift gives a positive definite matrix.
    """
    sparsity = workspace.analysis.sparsity
    try:
        factor = _positive_definite(workspace, values, SHIFT_BISECTIONS)[0]
    except FactorisationFailed:
        return np.full(sparsity.size, np.nan)
    mode = _noise(sparsity.size)
    for _ in range(MODE_ITERATIONS):
        mode = _unit(factor.solve(mode))
    return mode


def curvature(analysis: VerifiedAnalysis, values: Vector, direction: Vector) -> float:
    """dᵀKd."""
    return float(np.sum(direction * analysis.sparsity.multiply(values, direction)))


def descend(workspace: Workspace, values: Vector, right_side: Vector) -> tuple[Vector, float]:
    """Newton's direction where K is positive definite, else that of K + σI: downhill always (Nocedal and Wright, ch. 3.4).

    Returns the direction and the relative residual of its linear solve, infinity where there is none.
    """
    try:
        factor, shifted = _positive_definite(workspace, values)
    except FactorisationFailed:
        return np.full_like(right_side, np.nan), np.inf
    solution = workspace.analysis.refine(factor, shifted, right_side)
    return solution.x, solution.residual


def _positive_definite(workspace: Workspace, values: Vector, bisections: int = 0) -> tuple[Factor, Vector]:
    """The factor and the values of K + σI, σ >= 0 as small as a few trials give it."""
    diagonal = workspace.analysis.sparsity.diagonal

    def shifted(shift: float) -> Vector:
        result = values.copy()
        result[diagonal] += shift
        return result

    def is_positive(factor: Factor) -> bool:
        inertia = factor.inertia()
        if inertia is None:
            raise FactorisationFailed("the solver does not report the inertia")
        return inertia.negative == inertia.zero == 0

    factor = workspace.factor(values)
    if is_positive(factor):
        return factor, values
    # An estimate of the eigenvalue next to zero saves trials: mostly it is the negative one.
    mode = _noise(len(diagonal))
    for _ in range(4):
        mode = _unit(factor.solve(mode))
    least = SMALLEST_SHIFT * float(np.abs(values[diagonal]).max())
    low, high = 0.0, max(least, 2 * abs(curvature(workspace.analysis, values, mode)))
    if not np.isfinite(high):
        raise FactorisationFailed("the matrix is singular")
    for _ in range(MAXIMUM_SHIFTS):
        factor = workspace.factor(shifted(high))
        if is_positive(factor):
            break
        low, high = high, SHIFT_GROWTH * high
    else:
        raise FactorisationFailed("no shift makes the matrix positive definite")
    for _ in range(bisections):
        middle = (low + high) / 2
        if is_positive(workspace.factor(shifted(middle))):
            high = middle
        else:
            low = middle
    return (workspace.factor(shifted(high)) if bisections else factor), shifted(high)


def _noise(size: int) -> Vector:
    return _unit(np.random.default_rng(0).standard_normal(size))


def _unit(vector: Vector) -> Vector:
    norm = _norm(vector)
    return vector / norm if norm > 0 else vector


def _norm(vector: Vector) -> float:
    # Not by BLAS, whose threads would keep a core spinning long after so short a job.
    return float(np.sqrt(np.sum(vector * vector)))
