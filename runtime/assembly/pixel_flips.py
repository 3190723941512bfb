"""Which pixels at the boundary of solid to flip, by what that does to the misses of goals to first order.

A layer of pixels that is added or removed is a boundary that moves, whose derivative is that of the solid beside it:
derivatives by the modulus of void pixels see the strains of void. What flips do beyond the first order is a factor each,
and is left to an evaluation of the flipped sheet.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy.typing import NDArray

from metac.runtime.assembly.pixel_sheet import PixelSheet

REMOVED, ADDED = 2.5, 1.3
"""What flips of solid and of void pixels do, over the first order: 2.1 to 3.1 and 1.1 to 1.4 were measured on a bridge."""

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


class _Moves(NamedTuple):
    """One or two pixels of a quarter that are flipped together; both are the same where it is one."""

    kind: Integers
    rows: Int[np.ndarray, "move 2"]
    columns: Int[np.ndarray, "move 2"]
    effects: Float[np.ndarray, "miss move"]


def flipped(
    misses: Float[np.ndarray, " miss"],
    slopes: Float[np.ndarray, "miss kind y x"],
    quarters: Bool[np.ndarray, "kind y x"],
    kinds: Int[np.ndarray, "row column"],
    least: float,
) -> Bool[np.ndarray, "kind y x"]:
    """The quarters with pixels flipped, those that lower the sum of squares of `misses` most first.

    Args:
        misses: of goals.
        slopes: derivatives of the misses by the modulus of each pixel of a quarter, over the solid's, all its images.
        quarters: true for solid; the corner of a cell stays as it is, since goals are read there.
        kinds: which quarter each cell of the sheet is.
        least: what a flip must promise, over the sum of squares of the misses at first.
    """
    moves, sheet = _moves(_effects(slopes, quarters), quarters), PixelSheet(quarters, kinds)
    square, left = np.sum(moves.effects**2, axis=0), misses.astype(float)
    floor, open_ = least * float(misses @ misses), np.ones(len(moves.kind), bool)
    refused, done = np.zeros_like(open_), np.zeros(quarters.shape, bool)
    while True:
        gain = np.where(open_ & ~refused, -2 * left @ moves.effects - square, -np.inf)
        best = int(gain.argmax()) if gain.size else -1
        if best < 0 or gain[best] <= floor:
            return sheet.quarters
        kind = int(moves.kind[best])
        # Twice the same pixel is one that is flipped once.
        count = 1 + int(np.ptp(moves.rows[best]) + np.ptp(moves.columns[best]))
        rows, columns = moves.rows[best, :count], moves.columns[best, :count]
        if not sheet.flip(kind, rows, columns):
            refused[best] = True
            continue
        left += moves.effects[:, best]
        done[kind, rows, columns] = True
        same = moves.kind == kind
        open_[same] &= ~done[kind, moves.rows[same], moves.columns[same]].any(axis=1)
        refused[same] = False  # beside what was flipped they may now be sound


def _effects(slopes: Array, quarters: NDArray[np.bool_]) -> tuple[Array, NDArray[np.bool_]]:
    """`[miss, kind, y, x]` of flips, and `[kind, y, x]` which pixels are at the boundary."""
    solid = quarters.astype(float)
    beside = _sum_of_neighbours(solid)
    removable, addable = quarters & (beside < 4), ~quarters & (beside > 0)
    around = _sum_of_neighbours(slopes * solid) / np.maximum(beside, 1)
    boundary = removable | addable
    boundary[:, 0, 0] = False
    return np.where(removable, -REMOVED * slopes, ADDED * around), boundary


def _sum_of_neighbours(field: Array) -> Array:
    """Of four, with images beyond the edges of a quarter."""
    padded = np.pad(field, [(0, 0)] * (field.ndim - 2) + [(1, 1), (1, 1)], mode="symmetric")
    rows, columns = padded[..., 1:-1], padded[..., 1:-1, :]
    return rows[..., :-2, :] + rows[..., 2:, :] + columns[..., :-2] + columns[..., 2:]


def _moves(flips: tuple[Array, NDArray[np.bool_]], quarters: NDArray[np.bool_]) -> _Moves:
    """Single pixels, where a boundary has steps, and pairs, both solid or both void, where it is straight."""
    effects, boundary = flips
    kind, row, column = np.nonzero(boundary)
    found = []
    for down, right in ((0, 0), (0, 1), (1, 0)):
        fits = (row + down < boundary.shape[1]) & (column + right < boundary.shape[2])
        of, y, x = kind[fits], row[fits], column[fits]
        beside = boundary[of, y + down, x + right] & (quarters[of, y, x] == quarters[of, y + down, x + right])
        of, y, x = of[beside], y[beside], x[beside]
        effect = effects[:, of, y, x]
        if down or right:
            effect = effect + effects[:, of, y + down, x + right]
        found.append((of, np.stack([y, y + down], axis=1), np.stack([x, x + right], axis=1), effect))
    of, rows, columns, effect = zip(*found, strict=True)
    return _Moves(np.concatenate(of), np.concatenate(rows), np.concatenate(columns), np.concatenate(effect, axis=1))
