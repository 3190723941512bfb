"""One front of a dissection: its lower triangle in three dense parts, put together by blocks and eliminated in place."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy.typing import NDArray
from scipy.linalg import get_blas_funcs, get_lapack_funcs

Array = NDArray[np.float64]
_MULTIPLY_INVERSE, _LESS_SQUARE = get_blas_funcs(("trsm", "syrk"), dtype=np.float64)
(_CHOLESKY,) = get_lapack_funcs(("potrf",), dtype=np.float64)


class Run(NamedTuple):
    """Unknowns of a part that follow each other in the front, too."""

    part: slice
    front: slice


def runs_of(places: Int[np.ndarray, " unknown"], eliminated: int) -> tuple[Run, ...]:
    """Where the unknowns of a part stand in the front; none crosses from the `eliminated` first ones to the others."""
    breaks = np.flatnonzero((np.diff(places) != 1) | (places[1:] == eliminated)) + 1
    ends = [0, *breaks.tolist(), len(places)]
    starts = [(first, int(places[first]), last - first) for first, last in itertools.pairwise(ends) if last > first]
    return tuple(Run(slice(a, a + length), slice(b, b + length)) for a, b, length in starts)


def gathered(whole: Float[np.ndarray, "front front"], places: Sequence[Run]) -> Float[np.ndarray, "part part"]:
    """The part of a full matrix whose unknowns stand at these places."""
    size = places[-1].part.stop if places else 0
    found = np.empty((size, size))
    for row in places:
        for column in places:
            found[row.part, column.part] = whole[row.front, column.front]
    return found


@dataclass(frozen=True, eq=False)
class FrontMatrix:
    """K₁₁, K₂₁ and K₂₂ of what is eliminated (1) and passed on (2); of K₁₁ and K₂₂ the lower triangles count."""

    own: Float[np.ndarray, "eliminated eliminated"]
    across: Float[np.ndarray, "passed eliminated"]
    rest: Float[np.ndarray, "passed passed"]

    @classmethod
    def zeros(cls, eliminated: int, passed: int) -> FrontMatrix:
        """Contiguous by columns, as LAPACK works in place on."""
        shapes = (eliminated, eliminated), (passed, eliminated), (passed, passed)
        return cls(*(np.zeros(shape, order="F") for shape in shapes))

    def add(self, part: Float[np.ndarray, "part part"], places: Sequence[Run]) -> None:
        """A symmetric matrix of which the lower triangle counts, its unknowns at these places, which ascend."""
        for rows, columns in _lower_pairs(places):
            block = part[rows.part, columns.part]
            self._at(rows.front, columns.front, block)

    def _at(self, rows: slice, columns: slice, block: Array) -> None:
        count = len(self.own)
        if rows.start < count <= columns.start:
            rows, columns, block = columns, rows, block.T
        if rows.start < count:
            self.own[rows, columns] += block
        elif columns.start < count:
            self.across[_after(rows, count), columns] += block
        else:
            self.rest[_after(rows, count), _after(columns, count)] += block

    def eliminate(self) -> bool:
        """In place: `own` becomes its Cholesky factor L, `across` K₂₁ L⁻ᵀ, `rest` what is left; False without L."""
        if not self.own.size:
            return True
        lower, info = _CHOLESKY(self.own, lower=1, clean=1, overwrite_a=1)
        assert lower is self.own
        if info or not np.isfinite(lower).all():
            return False
        if self.across.size:
            half = _MULTIPLY_INVERSE(1.0, lower, self.across, side=1, lower=1, trans_a=1, overwrite_b=1)
            left = _LESS_SQUARE(-1.0, half, beta=1.0, c=self.rest, lower=1, overwrite_c=1)
            assert half is self.across and left is self.rest
        return True


def _lower_pairs(places: Sequence[Run]) -> Iterator[tuple[Run, Run]]:
    """Of runs, the later one first: the blocks of a lower triangle."""
    return ((row, column) for number, row in enumerate(places) for column in places[: number + 1])


def _after(places: slice, count: int) -> slice:
    return slice(places.start - count, places.stop - count)
