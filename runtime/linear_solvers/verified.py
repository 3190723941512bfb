"""Solve and say how well: residuals recomputed, refined where needed, with a second solver where the first one fails.

A soft part beside a stiff one makes x large where b is small: then b − Kx is lost in the rounding of Kx long before x is
accurate, and refinement goes on in twice the precision (Demmel et al., ACM Trans. Math. Softw. 32, 2006, 325–351).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metac.runtime.linear_solvers.backend import chosen_solver
from metac.runtime.linear_solvers.interface import Analysis, Factor, FactorisationFailed, Solver, SymmetricSparsity, Vector
from metac.runtime.linear_solvers.lu import Lu
from metac.runtime.linear_solvers.no_unknowns import NoUnknowns
from metac.runtime.linear_solvers.twice_precision import TwicePrecision, exact_residual

REFINED = 1e-10
"""Relative residual that refinement aims at."""
ACCURATE = 1e-8
"""Relative residual that is still accepted."""
MAXIMUM_REFINEMENTS = 12
SLOWEST_REFINEMENT = 0.5
"""A refinement that reduces the residual by less than this factor is the last."""
ROUNDING = 4 * np.finfo(float).eps
"""Residual over |K| |x|, by norms, that may be nothing but rounding in Kx."""


@dataclass(frozen=True)
class Solution:
    """`residual` is ‖b − Kx‖ / ‖b‖ for the matrix K that was asked for; 1 or more where nothing was found.

    Where that took twice the precision it is the residual of x before x was rounded.
    """

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
        found = self._passes(factor, values, right_side, norm, slowest)
        if found.residual <= REFINED or not self._is_rounding(values, found, norm):
            return found
        return self._in_twice_the_precision(found, values, right_side, norm)

    def _passes(self, factor: Factor, values: Vector, right_side: Vector, norm: float, slowest: float) -> Solution:
        """Refinement in working precision, for a right side of this norm."""
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

    def _is_rounding(self, values: Vector, found: Solution, norm: float) -> bool:
        """Whether what is left of a right side of this norm is no more than multiplying by x leaves."""
        return found.residual * norm <= ROUNDING * _norm(self.sparsity.multiply(np.abs(values), np.abs(found.x)))

    def _in_twice_the_precision(self, found: Solution, values: Vector, right_side: Vector, norm: float) -> Solution:
        """Refinement of a solution that working precision cannot tell from a better one."""
        best, x = found, TwicePrecision(found.x, np.zeros_like(found.x))
        for _ in range(MAXIMUM_REFINEMENTS):
            remainder = exact_residual(self.sparsity, values, x, right_side)
            residual = _norm(remainder) / norm
            is_better = best is found or residual <= SLOWEST_REFINEMENT * best.residual
            if not (np.isfinite(residual) and is_better):
                break
            best = Solution(x.high, residual, found.factor)
            if residual <= REFINED or found.factor is None:
                break
            x = x.plus(found.factor.solve(remainder))
        return best


def _norm(vector: Vector) -> float:
    """Euclidean; not by BLAS, whose threads would keep a core spinning long after so short a job."""
    return float(np.sqrt(np.sum(vector * vector)))
