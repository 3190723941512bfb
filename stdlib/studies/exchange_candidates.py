"""Which cells of the data are worth an exact look: those that homogenised elements expect to lower the misses."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

AT_ONCE = 64
"""Cells whose candidates are ranked together."""


class Promising(NamedTuple):
    """For each cell, the best first."""

    cells: Int[np.ndarray, "row column candidate"]
    """Of the data."""
    gains: Float[np.ndarray, "row column candidate"]
    """Expected change of the sum of squares of all misses, over that sum; negative where it falls."""


def expected_gains(
    slopes: Float[np.ndarray, "miss row column variable"],
    misses: Float[np.ndarray, " miss"],
    there: Float[np.ndarray, "row column variable"],
    offered: Float[np.ndarray, "row column candidate variable"],
) -> Float[np.ndarray, "row column candidate"]:
    """Expected change of the sum of squares of all misses, over that sum, of given candidates; as in `promising`."""
    change = np.einsum("mrci,rcni->mrcn", slopes, offered - there[:, :, None], optimize=True)
    squares = max(float(misses @ misses), np.finfo(float).tiny)
    return np.asarray(2 * np.einsum("m,mrcn->rcn", misses, change) + np.sum(change**2, axis=0)) / squares


def promising(
    slopes: Float[np.ndarray, "miss row column variable"],
    misses: Float[np.ndarray, " miss"],
    there: Float[np.ndarray, "row column variable"],
    offered: Float[np.ndarray, "cell variable"],
    count: int,
    radius: float,
) -> Promising:
    """The `count` cells for each place.

    Args:
        slopes: of the misses by what is varied of elements.
        misses: as they are, of all pixels.
        there: variables of the cells that are chosen.
        offered: variables of all cells of the data.
        count: how many are wanted.
        radius: of what one may change alone, over the misses.
    """
    squares = max(float(misses @ misses), np.finfo(float).tiny)
    slopes = slopes.reshape(len(misses), -1, slopes.shape[-1])
    linear, curved = 2 * np.einsum("m,mci->ci", misses, slopes), np.einsum("mci,mcj->cij", slopes, slopes)
    flat, count = there.reshape(-1, there.shape[-1]), min(count, len(offered))
    cells, gains = np.empty((len(flat), count), np.int64), np.empty((len(flat), count))
    for start in range(0, len(flat), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        step = offered - flat[some, None]
        size = np.einsum("cni,cij,cnj->cn", step, curved[some], step, optimize=True)
        gain = np.where(size <= radius**2 * squares, np.einsum("cni,ci->cn", step, linear[some]) + size, np.inf) / squares
        cells[some] = np.argsort(gain, axis=-1)[:, :count]
        gains[some] = np.take_along_axis(gain, cells[some], axis=-1)
    shape = (*there.shape[:2], count)
    return Promising(cells.reshape(shape), gains.reshape(shape))
