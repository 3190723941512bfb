"""`analyse(sparsity) → factor(values) → solve(right_side)`: what every sparse solver offers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

Vector = NDArray[np.float64]


class FactorisationFailed(Exception):
    """The matrix has no factorisation of the kind that this solver makes (a zero pivot, a value that is not finite)."""


@dataclass(frozen=True)
class Inertia:
    """How many eigenvalues of a symmetric matrix have which sign (Sylvester)."""

    positive: int
    negative: int
    zero: int


@dataclass(frozen=True, eq=False)
class SymmetricSparsity:
    """Where a symmetric matrix may be non-zero: its upper triangle in compressed columns, every diagonal entry included.

    `indices[indptr[j]:indptr[j + 1]]` are the rows of column j, ascending, so the diagonal entry is the last of each.
    """

    size: int
    indptr: NDArray[np.int32]
    indices: NDArray[np.int32]

    def __post_init__(self) -> None:
        ends = self.indices[self.indptr[1:] - 1] if self.size else self.indices
        if len(self.indptr) != self.size + 1 or not np.array_equal(ends, np.arange(self.size)):
            raise ValueError("a symmetric sparsity pattern needs every diagonal entry, last in its column")

    @cached_property
    def diagonal(self) -> NDArray[np.int32]:
        """Where the diagonal entries stand among the values, `[size]`."""
        return self.indptr[1:] - 1

    @cached_property
    def key(self) -> str:
        """A digest of the content."""
        return hashlib.sha256(self.indptr.astype(np.int32).tobytes() + self.indices.astype(np.int32).tobytes()).hexdigest()

    def upper(self, values: Vector) -> scipy.sparse.csc_matrix:
        """The upper triangle that these values make."""
        return scipy.sparse.csc_matrix((values, self.indices, self.indptr), shape=(self.size, self.size))

    def multiply(self, values: Vector, vector: Vector) -> Vector:
        """The whole symmetric matrix times a vector."""
        upper = self.upper(values)
        return upper @ vector + upper.T @ vector - values[self.diagonal] * vector

    def full(self, values: Vector) -> scipy.sparse.csc_matrix:
        """Both triangles."""
        upper = self.upper(values)
        lower = scipy.sparse.tril(upper.T, k=-1)
        return scipy.sparse.csc_matrix(upper + lower)


def require_finite(values: Vector) -> None:
    """Raise FactorisationFailed where a matrix holds values that are not finite: solvers may hang or crash on them."""
    if not np.isfinite(values).all():
        raise FactorisationFailed("the matrix holds values that are not finite")


class Factor(Protocol):
    """A factorised matrix."""

    @property
    def bytes(self) -> int:
        """Memory that it holds, roughly."""
        ...

    def solve(self, right_side: Vector) -> Vector:
        """The solution for one right side; not checked."""
        ...

    def inertia(self) -> Inertia | None:
        """Signs of the eigenvalues, where the factorisation reports them."""
        ...


class Analysis(Protocol):
    """What a solver learnt from the sparsity pattern alone, for all matrices that have it."""

    def factor(self, values: Vector, recycle: Factor | None = None) -> Factor:
        """Factorise the matrix with these upper-triangle values.

        `recycle` is a factor of the same analysis that is no longer needed: its memory and its ordering are taken over, and
        it must not be used any more, even where this raises. Raises `FactorisationFailed`.
        """
        ...


class Solver(Protocol):
    """A sparse solver."""

    @property
    def name(self) -> str:
        """As in messages and tables."""
        ...

    @property
    def packages(self) -> tuple[str, ...]:
        """The packages whose versions its results depend on."""
        ...

    def analyse(self, sparsity: SymmetricSparsity) -> Analysis:
        """Prepare for a sparsity pattern."""
        ...
