"""A rectangle of pixels, some of its degrees of freedom kept and the rest condensed (static condensation, Guyan 1965).

Interior unknowns run along the shorter side first, so that their matrix has a narrow band. S = K_kk − WᵀW with W = L⁻¹ K_ik
is what a Cholesky factorisation of the whole leaves of the kept ones, and as accurate as that. Nothing here needs JAX.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse
from jaxtyping import Float, Int, Int8
from numpy.typing import NDArray
from scipy.linalg import get_lapack_funcs

from metac.runtime.dimensions import PLANE
from metac.runtime.fem.numbering import element_degrees

KEPT, INTERIOR, FIXED = 1, 0, -1
"""What becomes of a degree of freedom: an argument of the condensed matrix, condensed, or zero."""
_FACTOR, _SOLVE, _HALF = get_lapack_funcs(("pbtrf", "pbtrs", "tbtrs"), dtype=np.float64)

Array = NDArray[np.float64]


class SingularBlock(Exception):
    """The interior of a block has no Cholesky factor: a modulus is zero, negative or not finite."""


class PixelBlock:
    """`rows` by `columns` square pixels of one element matrix, times a modulus each.

    Degrees of freedom are `2 · (row · (columns + 1) + column) + component` of nodes counted from the top left.
    """

    def __init__(
        self, rows: int, columns: int, element: Float[np.ndarray, "8 8"], roles: Int8[np.ndarray, " degree"]
    ) -> None:
        """`element`: matrix for the modulus 1, nodes row by row from the lower left; `roles[degree]`: `KEPT` and others."""
        degrees = element_degrees(pixel_corners(rows, columns), PLANE)
        self.kept = np.flatnonzero(roles == KEPT)
        self.interior = _narrow(rows, columns)
        self.interior = self.interior[roles[self.interior] == INTERIOR]
        inner, outer = (np.full(len(roles), -1) for _ in range(2))
        inner[self.interior] = np.arange(len(self.interior))
        outer[self.kept] = np.arange(len(self.kept))
        self._inner = _Sums.of(element, inner[degrees], inner[degrees])
        self._between = _Sums.of(element, inner[degrees], outer[degrees])
        self._outer = _Sums.of(element, outer[degrees], outer[degrees])
        lower = self._inner.rows >= self._inner.columns
        self._band = int((self._inner.rows - self._inner.columns).max(initial=0)) + 1
        self._lower = np.flatnonzero(lower)
        # LAPACK's columns lie one after the other: entry (i, j) of the lower triangle stands at [j, i − j].
        self._places = (self._inner.columns * self._band + self._inner.rows - self._inner.columns)[lower]

    @property
    def factor_bytes(self) -> int:
        """Of one `BlockFactor`."""
        between = self._between.rows.size
        return 8 * (self._band * len(self.interior) + len(self.kept) ** 2) + 12 * between + 4 * (len(self.interior) + 1)

    def factor(self, moduli: Float[np.ndarray, "row column"]) -> BlockFactor:
        """For positive moduli; raises SingularBlock."""
        flat = np.ascontiguousarray(moduli, float).ravel()
        count, outer = len(self.interior), len(self.kept)
        band = np.zeros((count, self._band))
        band.ravel()[self._places] = self._inner.values(flat)[self._lower]
        lower = band.T
        if count:
            lower, info = _FACTOR(band.T, lower=1, overwrite_ab=1)
            if info or not np.isfinite(lower).all():
                raise SingularBlock
        between = scipy.sparse.csr_matrix(
            (self._between.values(flat), (self._between.rows, self._between.columns)), shape=(count, outer)
        )
        own = np.zeros((outer, outer))
        own[self._outer.rows, self._outer.columns] = self._outer.values(flat)
        return BlockFactor(lower, between, own)


@dataclass(frozen=True, eq=False)
class BlockFactor:
    """Of one block: `lower` (LAPACK's band, lower Cholesky factor of the interior), K_ik and K_kk."""

    lower: Array
    between: scipy.sparse.csr_matrix
    own: Array

    @property
    def bytes(self) -> int:
        """Memory that it holds."""
        between = self.between
        return self.lower.nbytes + self.own.nbytes + between.data.nbytes + between.indices.nbytes + between.indptr.nbytes

    def condensed(self) -> Float[np.ndarray, "kept kept"]:
        """`[kept, kept]`: forces of displacements of the kept degrees of freedom, nothing acting inside."""
        if not self.lower.size:
            return self.own
        half, info = _HALF(self.lower, np.asfortranarray(self.between.toarray()), uplo="L")
        if info:
            raise SingularBlock
        return self.own - half.T @ half

    def inside(self, kept: Float[np.ndarray, "kept case"], forces: Float[np.ndarray, "interior case"]) -> Array:
        """`[interior, case]`: displacements for those of the kept degrees of freedom and forces inside."""
        return self._solved(forces - self.between @ kept)

    def passed_on(self, forces: Float[np.ndarray, "interior case"]) -> Array:
        """`[kept, case]`: what forces inside do to the kept degrees of freedom, K_ki K_ii⁻¹ f."""
        return self.between.T @ self._solved(forces)

    def _solved(self, right_sides: Array) -> Array:
        if not right_sides.size:
            return np.zeros(right_sides.shape)
        return _SOLVE(self.lower, np.asfortranarray(right_sides), lower=1)[0]


@dataclass(frozen=True, eq=False)
class _Sums:
    """Entries of a matrix that pixels sum up to, the same for all moduli."""

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    sums: scipy.sparse.csr_matrix

    @classmethod
    def of(cls, element: Array, rows: Int[np.ndarray, "pixel 8"], columns: Int[np.ndarray, "pixel 8"]) -> _Sums:
        """Numbers of each pixel's degrees of freedom, negative where they have none."""
        row, column = np.broadcast_arrays(rows[:, :, None], columns[:, None, :])
        pixel, i, j = np.nonzero((row >= 0) & (column >= 0))
        size = int(columns.max(initial=0)) + 1
        keys, entry = np.unique(row[pixel, i, j] * size + column[pixel, i, j], return_inverse=True)
        sums = scipy.sparse.csr_matrix((element[i, j], (entry, pixel)), shape=(len(keys), len(rows)))
        return cls(keys // size, keys % size, sums)

    def values(self, moduli: Float[np.ndarray, " pixel"]) -> Float[np.ndarray, " entry"]:
        return self.sums @ moduli


def pixel_corners(rows: int, columns: int) -> Int[np.ndarray, "pixel 4"]:
    """Nodes of each pixel, row by row from the lower left; nodes and pixels count row by row from the top left."""
    node = np.arange((rows + 1) * (columns + 1)).reshape(rows + 1, columns + 1)
    corners = (node[1:, :-1], node[1:, 1:], node[:-1, :-1], node[:-1, 1:])
    return np.stack([corner.ravel() for corner in corners], axis=-1)


def _narrow(rows: int, columns: int) -> Int[np.ndarray, " degree"]:
    """All degrees of freedom, those along the shorter side one after the other."""
    node = np.arange((rows + 1) * (columns + 1)).reshape(rows + 1, columns + 1)
    order = node.T.ravel() if rows <= columns else node.ravel()
    return (PLANE * order[:, None] + np.arange(PLANE)).ravel()
