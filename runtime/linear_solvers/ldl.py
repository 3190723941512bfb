"""LDLᵀ without pivoting, by QDLDL: the default; indefinite matrices pass as long as no pivot vanishes."""

from __future__ import annotations

import qdldl
import scipy.sparse

from metac.runtime.linear_solvers.interface import (
    Analysis,
    Factor,
    FactorisationFailed,
    Inertia,
    SymmetricSparsity,
    Vector,
    require_finite,
)

BYTES_PER_ENTRY = 16
"""An index and a value of L."""


class _Factor:
    def __init__(self, solver: qdldl.Solver, size: int) -> None:
        self.solver, self._size = solver, size
        self._inertia: Inertia | None = None

    @property
    def bytes(self) -> int:
        return self._size

    def solve(self, right_side: Vector) -> Vector:
        return self.solver.solve(right_side)

    def inertia(self) -> Inertia | None:
        if self._inertia is None:
            pivots = self.solver.factors()[1]
            self._inertia = Inertia(int((pivots > 0).sum()), int((pivots < 0).sum()), int((pivots == 0).sum()))
        return self._inertia

    def update(self, upper: scipy.sparse.csc_matrix) -> None:
        """Become the factor of another matrix."""
        self._inertia = None
        self.solver.update(upper, upper=True)


class _Analysis:
    """QDLDL's ordering lives in its solver object and cannot be shared: each simultaneous factor makes its own once."""

    def __init__(self, sparsity: SymmetricSparsity) -> None:
        self._sparsity = sparsity
        self._bytes: int | None = None

    def factor(self, values: Vector, recycle: Factor | None = None) -> Factor:
        require_finite(values)
        upper = self._sparsity.upper(values)
        try:
            if isinstance(recycle, _Factor):
                # `update` does not report a zero pivot: callers recompute residuals (`verified.py`).
                recycle.update(upper)
                return recycle
            solver = qdldl.Solver(upper, upper=True)
        except RuntimeError as error:
            raise FactorisationFailed(str(error)) from error
        size = self._bytes if self._bytes is not None else BYTES_PER_ENTRY * solver.factors()[0].nnz
        self._bytes = size
        return _Factor(solver, size)


class Ldl:
    """QDLDL (Stellato et al., OSQP, Math. Prog. Comp. 2020), with approximate minimum degree ordering."""

    name = "qdldl"
    packages = ("qdldl",)

    def analyse(self, sparsity: SymmetricSparsity) -> Analysis:
        """Keep the sparsity pattern; the ordering is found with the first values."""
        return _Analysis(sparsity)
