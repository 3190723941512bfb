"""Cells moved through a latent space, decoded and homogenised; how well their stiffness follows the steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from metac.runtime.learn.autoencoders.decoded_scores import NAMES, soundness

Array = NDArray[np.float64]

ANISOTROPY = "anisotropy"
PROPERTIES = (*NAMES, ANISOTROPY)
FOLLOWING = 0.9
"""Rank correlation above which a property follows the steps."""


def property_of(stiffness: Array, name: str) -> Array:
    """`[…]` of `stiffness[…, 4]`, MPa: one of its entries, or C22/C11."""
    if name == ANISOTROPY:
        return stiffness[..., 2] / stiffness[..., 0]
    return stiffness[..., NAMES.index(name)]


@dataclass(frozen=True)
class CellReader:
    """What decoded cells are: black and white, and homogenised."""

    decoded: Callable[[Array], Array]
    """`[cell, row, column]`, 0 … 1, of `[cell, latent]`."""
    homogenised: Callable[[NDArray[np.bool_]], Array]
    """`[cell, 4]`, MPa, of `[cell, row, column]`; not a number where that is not known."""
    threshold: float

    def moved(self, starts: Array, offsets: Array) -> MovedCells:
        """Cells `starts[cell, latent]`, each moved by all `offsets[step, latent]`, or by its own `[cell, step, latent]`."""
        places = starts[:, None] + offsets
        solid = self.decoded(places.reshape(-1, places.shape[-1])) > self.threshold
        shape = places.shape[:2]
        one_piece, _ = soundness(solid, mirrored=False)
        stiffness = self.homogenised(solid)
        return MovedCells(solid.reshape(*shape, *solid.shape[1:]), stiffness.reshape(*shape, -1), one_piece.reshape(shape))


class MovedCells(NamedTuple):
    """Decoded cells."""

    solid: NDArray[np.bool_]
    """`[cell, step, row, column]`."""
    stiffness: Array
    """`[cell, step, 4]`: C11, C12, C22, C66, MPa."""
    one_piece: NDArray[np.bool_]
    """`[cell, step]`: whether the solid is one piece through all periods."""

    def first(self, count: int) -> MovedCells:
        """Those of so many cells."""
        return MovedCells(self.solid[:count], self.stiffness[:count], self.one_piece[:count])


class Trend(NamedTuple):
    """How a property follows the steps along a direction."""

    property: str
    cells: int
    """Those whose stiffness is known at every step; the others are left out."""
    sound: float
    """Share of their decoded cells that are one piece."""
    median: float
    """Of Spearman's rank correlation between step and property, cell by cell."""
    following: float
    """Share of the cells with a rank correlation above 0.9."""
    ratio: float
    """Median of the property at the last step over that at the first."""

    def words(self) -> str:
        """For people."""
        return (
            f"{self.property}: Spearman's rank correlation {self.median:.2f} in the median, above {FOLLOWING} for "
            f"{100 * self.following:.0f} % of {self.cells} cells, {100 * self.sound:.0f} % of decoded cells in one piece"
        )

    def texts(self) -> list[str]:
        """As cells of a table."""
        numbers = (self.sound, self.median, self.following, self.ratio)
        return [self.property, str(self.cells), *(f"{number:.4g}" if np.isfinite(number) else "" for number in numbers)]


HEADINGS = ("property", "cells", "one piece", "median rank correlation", f"above {FOLLOWING}", "last over first, median")


def trend(steps: Array, moved: MovedCells, name: str) -> Trend:
    """Of cells that were moved by `steps` along one direction."""
    values = property_of(moved.stiffness, name)
    known = np.isfinite(values).all(axis=1)
    if not known.any():
        nothing = float("nan")
        return Trend(name, 0, nothing, nothing, nothing, nothing)
    found = rank_correlations(steps, values[known])
    ratio = float(np.median(values[known, -1] / values[known, 0]))
    sound, following = float(moved.one_piece[known].mean()), float((found > FOLLOWING).mean())
    return Trend(name, int(known.sum()), sound, float(np.median(found)), following, ratio)


def rank_correlations(steps: Array, values: Array) -> Array:
    """`[cell]`: Spearman's rank correlation between `steps[step]` and `values[cell, step]`; 0 where none changes."""
    ranks, across = rankdata(steps), rankdata(values, axis=1)
    ranks, across = ranks - ranks.mean(), across - across.mean(axis=1, keepdims=True)
    sizes = np.sqrt((across**2).sum(axis=1) * (ranks**2).sum())
    return np.divide(across @ ranks, sizes, out=np.zeros(len(values)), where=sizes > 0)
