"""Whether an assembled sheet is one piece, and how fine it is: of all its pixels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool
from scipy import ndimage

from metac.runtime.grid.binary_images import smallest_feature, smallest_gap

AROUND = 8
"""Void pixels around a sheet, as features are measured of pictures that repeat; wider features than that have no number."""


class Soundness(NamedTuple):
    """Of a sheet of cells."""

    pieces: int
    """Solid ones, that no edge of a pixel joins."""
    largest: float
    """Share of the solid that is in the largest one."""
    loose: tuple[tuple[int, int], ...]
    """`(row, column)` of cells that hold something of another one."""
    member: float
    """Width of the thinnest solid, pixels; `AROUND` stands for that and more."""
    gap: float
    """Width of the narrowest void, pixels, likewise."""


def soundness(solid: Bool[np.ndarray, "row column"], cell: tuple[int, int]) -> Soundness:
    """Of a sheet of cells of `cell` rows and columns of pixels; at its edges members are as wide as what is left of them."""
    labels, pieces = ndimage.label(solid)  # type: ignore[misc]
    sizes = np.bincount(np.ravel(labels), minlength=pieces + 1)[1:]
    largest = 1 + int(sizes.argmax()) if pieces else 0
    row, column = np.nonzero((labels > 0) & (labels != largest))
    loose = np.unique(np.stack([row // cell[0], column // cell[1]], axis=-1), axis=0)
    around = np.pad(solid, AROUND)
    return Soundness(
        pieces=int(pieces),
        largest=float(sizes.max() / sizes.sum()) if pieces else 0.0,
        loose=tuple((int(i), int(j)) for i, j in loose),
        member=min(smallest_feature(around), float(AROUND)),
        gap=min(smallest_gap(around), float(AROUND)),
    )
