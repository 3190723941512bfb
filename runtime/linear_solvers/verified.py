"""Solve and say how well: residuals recomputed, refined where needed, with a second solver where the first one fails."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metac.runtime.linear_solvers.backend import chosen_solver
from metac.runtime.linear_solvers.interface import Analysis, Factor, FactorisationFailed, Solver, SymmetricSparsity, Vector
from metac.runtime.linear_solvers.lu import Lu
from metac.runtime.linear_solvers.no_unknowns import NoUnknowns

REFINED = 1e-10
"""Relative residual that refinement aims at."""
ACCURATE = 1e-8
"""Relative residual that is still accepted."""
MAXIMUM_REFINEMENTS = 12
SLOWEST_REFINEMENT = 0.5
"""A refinement that reduces the residual by less than this factor is the last."""


@dataclass(frozen=True)
class Solution:
    """`residual` is ‖b − Kx‖ / ‖b‖ for the matrix K that was asked for; 1 or more where nothing was found."""

    x: Vector
    residual: float
    factor: Factor | None


class VerifiedAnalysis:
    """Solves with the matrices of one sparsity pattern, with the backend chosen for the process unless one is given."""

    def __init__(self, sparsity: SymmetricSparsity, first: Solver | None = None, second: Solver | None = None) -> None:
        self.sparsity = sparsity
        first, second = first or chosen_solver(), second or Lu()
        if not sparsity.size:
            first = second = NoUnknowns()
        self._first: Analysis = first.analyse(sparsity)
        self._second: Analysis = second.analyse(sparsity)
        self.key = f"{first.name}, {second.name}, {sparsity.key}"
        """The solvers and the content of the sparsity pattern: equal keys give equal solutions, in any process."""

    def solve(self, values: Vector, right_side: Vector, recycle: Factor | None = None) -> Solution:
        """Factorise and solve; never raises for what the numbers do."""
        best = Solution(np.full_like(right_side, np.nan), np.inf, None)
        for analysis, old in ((self._first, recycle), (self._second, None)):
            try:
                factor = analysis.factor(values, old)
            except FactorisationFailed:
                continue
            found = self.refine(factor, values, right_side)
            if found.residual <= best.residual:
                best = found
            if best.residual <= ACCURATE:
                break
        return best

    def factor(self, values: Vector, recycle: Factor | None = None) -> Factor:
        """The first solver's factor, not checked; raises FactorisationFailed."""
        return self._first.factor(values, recycle)

    def refine(self, factor: Factor, values: Vector, right_side: Vector, slowest: float = SLOWEST_REFINEMENT) -> Solution:
        """Iterative refinement with the factors of this matrix, or of one close to it (Higham 2002, ch. 12).

        Given up when a pass reduces the residual by a factor of less than `1 / slowest`.
        """
        norm = _norm(right_side)
        if not np.isfinite(norm):
            return Solution(np.full_like(right_side, np.nan), np.inf, factor)
        x, remainder, residual = np.zeros_like(right_side), right_side, 1.0 if norm else 0.0
        for _ in range(MAXIMUM_REFINEMENTS):
            if residual <= REFINED:
                break
            trial = x + factor.solve(remainder)
            trial_remainder = right_side - self.sparsity.multiply(values, trial)
            trial_residual = _norm(trial_remainder) / norm
            if not trial_residual < residual:
                break
            contraction = trial_residual / residual
            x, remainder, residual = trial, trial_remainder, trial_residual
            if contraction > slowest:
                break
        return Solution(x, residual, factor)


def _norm(vector: Vector) -> float:
    """Euclidean; not by BLAS, whose threads would keep a core spinning long after so short a job."""
    return float(np.sqrt(np.sum(vector * vector)))
