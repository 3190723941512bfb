"""Defects of black and white cells with two mirror lines, mended on their quarters.

A quarter stands for an endless pattern: what lies beyond a side is its mirror image. Pieces of a quarter's solid meet
nothing but images of themselves there. So the solid of the pattern is one piece just where that of the quarter is one piece
that touches all four sides.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Quarters = NDArray[np.bool_]
"""`[cell, row, column]`, true for solid."""

PASSES = 12
"""Mending one defect may make another: so often is looked again."""
SPLINTERS = 0.1
"""Share of the solid that may lie beside its largest piece, and is dropped; a cell with more is given up."""


def repaired(quarters: Quarters, feature: int = 1) -> tuple[Quarters, NDArray[np.bool_]]:
    """Quarters without isolated pixels, checkerboards, loose pieces, and members and gaps that are narrower than `feature`
    pixels; and `[cell]`: whether that was achieved.

    Isolated pixels take the colour of their neighbours, of a checkerboard one void pixel is filled. Narrow gaps are closed
    and narrow members removed (morphological closing and opening by a square).
    """
    mended = quarters.copy()
    for _ in range(PASSES):
        wrong = _defects(mended, feature)
        if not wrong.any():
            break
        mended ^= _isolated(mended) | _fillings(mended)
        if feature > 1:
            mended = opened(~opened(~mended, feature), feature)
    sound = ~_defects(mended, feature).any(axis=(1, 2))
    mended, one = largest_pieces(mended)
    return mended, sound & one & meets_all_sides(mended)


def in_one_piece(quarters: Quarters) -> NDArray[np.bool_]:
    """`[cell]`: whether the solid of the whole pattern is one piece, as it is."""
    piece, _ = largest_pieces(quarters)
    return (piece == quarters).all(axis=(1, 2)) & meets_all_sides(quarters)


def opened(quarters: Quarters, edge: int) -> Quarters:
    """What of each pattern is covered by a square of `edge` by `edge` pixels that is moved about inside of it."""
    _, rows, columns = quarters.shape
    fits = np.pad(quarters, ((0, 0), (edge, edge), (edge, edge)), mode="symmetric")
    for axis in (1, 2):
        fits = _windows(np.logical_and, fits, edge, axis)
    for axis in (1, 2):
        fits = _windows(np.logical_or, fits, edge, axis)
    return fits[:, 1 : rows + 1, 1 : columns + 1]


def _windows(combine: np.ufunc, values: Quarters, edge: int, axis: int) -> Quarters:
    """Of each `edge` pixels in a row along an axis; so many fewer, but one."""
    size = values.shape[axis] - edge + 1
    return combine.reduce([np.take(values, range(start, start + size), axis=axis) for start in range(edge)])


def _defects(quarters: Quarters, feature: int) -> Quarters:
    """Pixels that are isolated, part of a checkerboard, or of a member or gap that is too narrow."""
    found = _isolated(quarters) | _fillings(quarters)
    if feature > 1:
        found |= (opened(quarters, feature) != quarters) | (opened(~quarters, feature) != ~quarters)
    return found


def _isolated(quarters: Quarters) -> Quarters:
    """Pixels none of whose four neighbours is as they are."""
    around = np.pad(quarters, ((0, 0), (1, 1), (1, 1)), mode="symmetric")
    neighbours = (around[:, :-2, 1:-1], around[:, 2:, 1:-1], around[:, 1:-1, :-2], around[:, 1:-1, 2:])
    return np.logical_and.reduce([quarters != neighbour for neighbour in neighbours])


def _fillings(quarters: Quarters) -> Quarters:
    """Of each two by two pixels that meet only by their corners the void one that has more solid around it.

    Across a mirror line there are none, as pixels there have their like beside them.
    """
    if min(quarters.shape[1:]) < 2:
        return np.zeros_like(quarters)
    solid = np.pad(quarters, ((0, 0), (1, 1), (1, 1)), mode="symmetric").astype(np.int8)
    rows = solid[:, :-2] + solid[:, 1:-1] + solid[:, 2:]
    around = rows[:, :, :-2] + rows[:, :, 1:-1] + rows[:, :, 2:]
    a, b, c, d = _corners(quarters)
    near_a, near_b, near_c, near_d = _corners(around)
    falling, rising = a & d & ~b & ~c, b & c & ~a & ~d
    found = np.zeros_like(quarters)
    upper = near_b >= near_c
    found[:, :-1, 1:] |= falling & upper
    found[:, 1:, :-1] |= falling & ~upper
    left = near_a >= near_d
    found[:, :-1, :-1] |= rising & left
    found[:, 1:, 1:] |= rising & ~left
    return found


def _corners(values: NDArray) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """Of every two by two pixels: upper left, upper right, lower left, lower right."""
    return values[:, :-1, :-1], values[:, :-1, 1:], values[:, 1:, :-1], values[:, 1:, 1:]


def largest_pieces(quarters: Quarters) -> tuple[Quarters, NDArray[np.bool_]]:
    """The largest piece of each, and whether hardly anything was left beside it."""
    within = np.zeros((3, 3, 3), bool)
    within[1] = ndimage.generate_binary_structure(2, 1)
    labels, count = ndimage.label(quarters, within)  # pyright: ignore[reportGeneralTypeIssues]
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    sizes[0] = 0
    largest = np.zeros(len(quarters), labels.dtype)
    for index, cell in enumerate(labels):
        present = np.unique(cell)
        largest[index] = present[np.argmax(sizes[present])]
    piece = quarters & (labels == largest[:, None, None])
    beside = quarters.sum(axis=(1, 2)) - piece.sum(axis=(1, 2))
    return piece, beside <= SPLINTERS * quarters.sum(axis=(1, 2))


def meets_all_sides(quarters: Quarters) -> NDArray[np.bool_]:
    """`[cell]`: whether the solid touches each side of the quarter."""
    sides = (quarters[:, 0], quarters[:, -1], quarters[:, :, 0], quarters[:, :, -1])
    return np.logical_and.reduce([side.any(axis=1) for side in sides])
