"""Homogenisation of cells with two mirror lines, on a quarter of them.

A cell that both mid-lines mirror answers stretches along the axes symmetrically and shear antisymmetrically. So it is known
what the fluctuation does on the sides of a quarter: for stretches its component normal to a side vanishes there, for shear
the one along it (Hassani and Hinton, Comput. Struct. 69, 1998, part II). Two matrices with a quarter of the unknowns each,
and narrow bands, take the place of one large one; the result is that of the whole cell.

Voigt form as in `homogenise.py`. Nothing here needs JAX, so that processes start quickly.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from scipy.linalg import get_lapack_funcs

from metac.runtime.dimensions import PLANE
from metac.runtime.fem.numbering import element_degrees
from metac.runtime.grid.element import STRAINS, strain_operator

Array = NDArray[np.float64]

CASES = ((0, 1), (2,))
"""Strain cases by how they answer mirrors: stretches, shear."""
_SOLVE, _SOLVE_AGAIN = get_lapack_funcs(("pbsv", "pbtrs"), dtype=np.float64)
REFINED = 1e-11
"""Relative residual from which on a solution is not refined any more."""


class QuarterHomogenisation(NamedTuple):
    """Of several cells."""

    stiffness: Array
    """`[cell, 3, 3]`, in units of the moduli; the entries 13 and 23 vanish."""
    slopes: Array
    """`[cell, row, column, 3, 3]`: by the modulus of an element of the quarter, which stands for its four images."""
    residual: Array
    """`[cell]`: the largest of ‖b − Kx‖ / ‖b‖ of the three solves, recomputed; infinite where there is no solution."""


@dataclass(frozen=True)
class QuarterCell:
    """The upper left quarter of a period of `2 rows` by `2 columns` square pixels, bilinear elements.

    `unit`: stiffness `((C11, C12, 0), (C12, C22, 0), (0, 0, C66))` for the modulus 1, in Voigt form, positive definite.
    """

    rows: int
    columns: int
    unit: tuple[tuple[float, float, float], ...]

    def homogenise(self, moduli: Array) -> QuarterHomogenisation:
        """Of quarters with `moduli[cell, row, column]`, positive, row 0 at the top.

        The derivative needs no solve, dC_ij = ⟨ε_i : dC : ε_j⟩. Never raises for what the numbers do.
        """
        count = len(moduli)
        flat = np.ascontiguousarray(moduli.reshape(count, self.rows * self.columns))
        energies = np.zeros((count, flat.shape[1], STRAINS, STRAINS))
        residual = np.zeros(count)
        for system, cases in zip(self._systems, CASES, strict=True):
            total, worst = system.solve(flat)
            energies[:, :, cases[0] : cases[-1] + 1, cases[0] : cases[-1] + 1] = np.einsum(
                "beki,kl,belj->beij", total, self._element, total, optimize=True
            )
            residual = np.maximum(residual, worst)
        slopes = energies / self._area
        stiffness = np.einsum("be,beij->bij", flat, slopes)
        return QuarterHomogenisation(stiffness, slopes.reshape(count, self.rows, self.columns, STRAINS, STRAINS), residual)

    @property
    def _area(self) -> float:
        return float(self.rows * self.columns)

    @cached_property
    def _element(self) -> Array:
        """`[8, 8]`: matrix of a square element of side 1 with the modulus 1."""
        operator = strain_operator(1.0, 1.0, 1)
        return np.einsum("q,qsk,st,qtl->kl", operator.weights, operator.matrix, np.array(self.unit), operator.matrix)

    @cached_property
    def _systems(self) -> tuple[_System, ...]:
        return tuple(_System(self.rows, self.columns, cases, self._element) for cases in CASES)


class _System:
    """Equilibrium of the quarter under the strain cases of one symmetry: banded, by LAPACK's Cholesky factorisation."""

    def __init__(self, rows: int, columns: int, cases: tuple[int, ...], element: Array) -> None:
        self._element = element
        degrees, places, across, along = _numbering(rows, columns)
        free = ~(across if cases == CASES[0] else along)
        self.unknowns = int(free.sum())
        numbers = np.where(free, np.cumsum(free) - 1, -1)[degrees]
        # [element, local degree of freedom, case]: displacements of the mean strains.
        self._affine = _affine(places)[degrees][:, :, list(cases)]
        self._loads = np.einsum("kl,elc->ekc", element, self._affine)

        row, column = np.broadcast_arrays(numbers[:, :, None], numbers[:, None, :])
        lower = (column >= 0) & (row >= column)
        which, i, j = np.nonzero(lower)
        row, column = row[lower], column[lower]
        self._band = int((row - column).max(initial=0)) + 1
        # LAPACK's columns lie one after the other: entry (i, j) of the lower triangle stands at [j, i − j].
        entries, entry = np.unique(column * self._band + row - column, return_inverse=True)
        self._entries = entries
        self._sums = scipy.sparse.csr_matrix(
            (element[i, j], (entry, which)), shape=(len(entries), len(degrees)), dtype=np.float64
        )
        self._numbers = numbers
        cell, local = np.nonzero(numbers >= 0)
        self._scatter = scipy.sparse.csr_matrix(
            (np.ones(len(cell)), (numbers[cell, local], cell * degrees.shape[1] + local)),
            shape=(self.unknowns, numbers.size),
        )

    def solve(self, moduli: Array) -> tuple[Array, Array]:
        """Displacements `[cell, element, 8, case]` with those of the mean strain, and the largest residuals `[cell]`."""
        count, cases = len(moduli), self._affine.shape[-1]
        total = np.empty((count, *self._affine.shape))
        residual = np.zeros(count)
        if not self.unknowns:
            total[:] = self._affine
            return total, residual
        values = (self._sums @ moduli.T).T
        for index in range(count):
            loads = self._scatter @ (self._loads * -moduli[index, :, None, None]).reshape(-1, cases)
            found, residual[index] = self._one(values[index], moduli[index], loads)
            total[index] = self._affine + np.vstack([found, np.zeros((1, cases))])[self._numbers]
        return total, residual

    def _one(self, values: Array, moduli: Array, loads: Array) -> tuple[Array, float]:
        """Unknowns `[unknown, case]` of one cell and their residual."""
        matrix = np.zeros((self.unknowns, self._band))
        matrix.ravel()[self._entries] = values
        factor, found, info = _SOLVE(matrix.T, np.asfortranarray(loads), lower=1, overwrite_ab=1)
        if info or not np.isfinite(found).all():
            return np.zeros_like(loads), np.inf
        remainder, residual = self._remainder(found, moduli, loads)
        if residual > REFINED:
            better = found + _SOLVE_AGAIN(factor, np.asfortranarray(remainder), lower=1)[0]
            after = self._remainder(better, moduli, loads)[1]
            found, residual = (better, after) if after < residual else (found, residual)
        return found, residual

    def _remainder(self, found: Array, moduli: Array, loads: Array) -> tuple[Array, float]:
        """b − Kx, element by element, and its largest share of b among the cases."""
        cases = loads.shape[1]
        local = np.vstack([found, np.zeros((1, cases))])[self._numbers]
        forces = self._element @ local * moduli[:, None, None]
        remainder = loads - self._scatter @ forces.reshape(-1, cases)
        # A cell of one phase needs no fluctuation: its loads are rounding errors of what its elements bear.
        scale = np.sqrt(np.sum(loads**2, axis=0)) + 1e-14 * np.sqrt(
            np.sum((self._loads * moduli[:, None, None]) ** 2, axis=(0, 1))
        )
        return remainder, float(np.max(np.sqrt(np.sum(remainder**2, axis=0)) / scale))


def _numbering(rows: int, columns: int) -> tuple[NDArray[np.int64], Array, NDArray[np.bool_], NDArray[np.bool_]]:
    """Degrees of freedom `[element, 8]`, and for each of them: place and component, whether it is normal to a side that its
    node lies on, whether it is along one. Nodes run along the shorter side first, so that the band is narrow."""
    a, b = np.meshgrid(np.arange(rows + 1), np.arange(columns + 1), indexing="ij")
    node = b * (rows + 1) + a if rows <= columns else a * (columns + 1) + b
    corners = (node[1:, :-1], node[1:, 1:], node[:-1, :-1], node[:-1, 1:])  # from the lower left one, row by row
    cells = np.stack([corner.ravel() for corner in corners], axis=-1)
    degrees = element_degrees(cells, PLANE)
    x, y, vertical, horizontal = (np.empty(node.size) for _ in range(4))
    x[node], y[node] = b, rows - a
    vertical[node], horizontal[node] = (b == 0) | (b == columns), (a == 0) | (a == rows)
    component = np.tile(np.arange(PLANE, dtype=float), node.size)
    places = np.column_stack([np.repeat(x, PLANE), np.repeat(y, PLANE), component])
    across = np.stack([vertical, horizontal], axis=-1).ravel().astype(bool)
    along = np.stack([horizontal, vertical], axis=-1).ravel().astype(bool)
    return degrees, places, across, along


def _affine(places: Array) -> Array:
    """`[degree of freedom, case]`: displacements of the unit strains; shear is halved between both components."""
    x, y, component = places.T
    first = component == 0
    return np.column_stack([np.where(first, x, 0), np.where(first, 0, y), np.where(first, y, x) / 2])
