"""The stiffness matrix of a period: which entries it has and how elements' stiffnesses sum up to them, once per lattice."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import scipy.sparse
from jaxtyping import Float, Int, Int32
from numpy.typing import NDArray

from metac.runtime.dimensions import PLANE
from metac.runtime.fem.numbering import element_degrees
from metac.runtime.grid.element import STRAINS, StrainOperator, strain_operator
from metac.runtime.grid.lattice import PeriodicLattice
from metac.runtime.linear_solvers.interface import SymmetricSparsity, Vector
from metac.runtime.linear_solvers.verified import VerifiedAnalysis

HELD = 2
"""Degrees of freedom that are held, those of node 0: translations move nothing."""
PACKED = tuple((i, j) for i in range(STRAINS) for j in range(i, STRAINS))
"""The six independent entries of a plane stiffness in Voigt form: 11, 12, 13, 22, 23, 33 of the 3×3 matrix."""
MAXIMUM_CACHED = 32
"""Assemblies that are cached."""


@dataclass(frozen=True, eq=False)
class GridAssembly:
    """How the stiffness matrix is summed up from those of the elements."""

    operator: StrainOperator
    degrees: Int32[np.ndarray, "cell degree"]
    """`[cell, 2 node + component]`: degrees of freedom of each element."""
    matrix: SymmetricSparsity
    sums: scipy.sparse.csr_matrix
    """`[entry, 6 cell + packed]`: the matrix's values for packed stiffnesses of the elements."""

    @classmethod
    def of(cls, operator: StrainOperator, degrees: NDArray[np.int32], numbers: Int[np.ndarray, " degree"]) -> GridAssembly:
        """`numbers[degree]`: which unknown each degree of freedom is; negative where it is held."""
        matrix, sums = _summed(operator, numbers[degrees], int(numbers.max(initial=-1)) + 1)
        return cls(operator, degrees, matrix, sums)

    @property
    def unknowns(self) -> int:
        """Free degrees of freedom."""
        return self.matrix.size

    @cached_property
    def analysis(self) -> VerifiedAnalysis:
        """Solves with matrices of this sparsity pattern."""
        return VerifiedAnalysis(self.matrix)

    def values(self, packed: Float[np.ndarray, "cell 6"]) -> Vector:
        """The matrix for stiffnesses `[cell, 6]` (MPa, Voigt, `PACKED`), per thickness."""
        return self.sums @ packed.ravel()


def degrees_of(cells: Int32[np.ndarray, "cell node"]) -> Int32[np.ndarray, "cell degree"]:
    """`[cell, 2 node + component]`: degrees of freedom `2 node + component` of the nodes `cells[cell, node]`."""
    return element_degrees(cells, PLANE).astype(np.int32)


@lru_cache(maxsize=MAXIMUM_CACHED)
def cell_assembly(lattice: PeriodicLattice) -> GridAssembly:
    """The assembly of a lattice, the same object for equal ones: all degrees of freedom but the first two are unknowns."""
    operator = strain_operator(*lattice.element_size, lattice.order)
    return GridAssembly.of(operator, degrees_of(lattice.cells), np.arange(PLANE * lattice.node_count) - HELD)


def _summed(
    operator: StrainOperator, numbers: Int[np.ndarray, "cell degree"], size: int
) -> tuple[SymmetricSparsity, scipy.sparse.csr_matrix]:
    """`numbers[cell, degree]` of the unknowns, negative where there is none."""
    # An element's matrix is a sum over the six entries of its stiffness: basis[packed, i, j].
    weighted = np.einsum("q,qsi,qtj->stij", operator.weights, operator.matrix, operator.matrix)
    basis = np.stack([weighted[s, t] + (weighted[t, s] if s != t else 0) for s, t in PACKED])

    # All pairs of local degrees of freedom, so that elements that meet themselves across the period count as they should.
    row, column = np.broadcast_arrays(numbers[:, :, None], numbers[:, None, :])
    upper = (row >= 0) & (row <= column)
    keys, entry = np.unique(column[upper] * size + row[upper], return_inverse=True)
    cell, i, j = np.nonzero(upper)
    coefficients = basis[:, i, j]
    packed, pair = np.nonzero(coefficients)
    sums = scipy.sparse.csr_matrix(
        (coefficients[packed, pair], (entry[pair], len(PACKED) * cell[pair] + packed)),
        shape=(len(keys), len(PACKED) * len(numbers)),
    )
    indptr = np.searchsorted(keys, np.arange(size + 1) * size).astype(np.int32)
    return SymmetricSparsity(size, indptr, (keys % size).astype(np.int32)), sums
