"""LU with partial pivoting, by SuperLU: slower, orders again each time, and copes with what LDLᵀ cannot."""

from __future__ import annotations

import scipy.sparse.linalg

from metac.runtime.linear_solvers.interface import (
    Analysis,
    Factor,
    FactorisationFailed,
    Inertia,
    SymmetricSparsity,
    Vector,
    require_finite,
)

BYTES_PER_ENTRY = 12
"""An index and a value of L or U."""


class _Factor:
    def __init__(self, factors: scipy.sparse.linalg.SuperLU) -> None:
        self._factors = factors

    @property
    def bytes(self) -> int:
        return BYTES_PER_ENTRY * self._factors.nnz

    def solve(self, right_side: Vector) -> Vector:
        return self._factors.solve(right_side)

    def inertia(self) -> Inertia | None:
        return None


class _Analysis:
    def __init__(self, sparsity: SymmetricSparsity) -> None:
        self._sparsity = sparsity

    def factor(self, values: Vector, recycle: Factor | None = None) -> Factor:
        del recycle  # SuperLU takes nothing over.
        require_finite(values)
        try:
            return _Factor(scipy.sparse.linalg.splu(self._sparsity.full(values), permc_spec="MMD_AT_PLUS_A"))
        except (RuntimeError, MemoryError) as error:
            raise FactorisationFailed(str(error)) from error


class Lu:
    """SuperLU (Li, ACM Trans. Math. Softw. 2005), as scipy brings it."""

    name = "superlu"
    packages = ("scipy",)

    def analyse(self, sparsity: SymmetricSparsity) -> Analysis:
        """Keep the sparsity pattern: nothing is prepared."""
        return _Analysis(sparsity)
