"""Systems without unknowns: where everything is prescribed there is nothing to factorise, which solvers refuse."""

from __future__ import annotations

from metac.runtime.linear_solvers.interface import Analysis, Factor, Inertia, SymmetricSparsity, Vector


class _Factor:
    bytes = 0

    def solve(self, right_side: Vector) -> Vector:
        return right_side

    def inertia(self) -> Inertia:
        return Inertia(0, 0, 0)


class _Analysis:
    def factor(self, values: Vector, recycle: Factor | None = None) -> Factor:
        del values, recycle
        return _Factor()


class NoUnknowns:
    """Stands in for every solver there."""

    name = "no unknowns"
    packages = ()

    def analyse(self, sparsity: SymmetricSparsity) -> Analysis:
        """Of the empty pattern."""
        assert not sparsity.size
        return _Analysis()
