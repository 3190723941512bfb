"""What each round of a growing data base tried and found: counts, volume of the hull of properties, extremes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError

from metac.runtime.datasets.cells.design_space import Cells

Array = NDArray[np.float64]

PERTURBATION = "round-"
"""What the names of rounds of perturbation begin with."""
PROPERTIES = ("C11", "C12", "C22", "C66")


class RoundRecord(NamedTuple):
    """One round: the seeds, those in gaps, and rounds of perturbation, late seeds among these."""

    name: str
    tried: int
    """Designs that were optimised, or cells that were perturbed."""
    new: int
    cells: int
    """After it."""
    hull: float
    """Volume of the convex hull of (C11, C12, C22, C66) over the solid's; 0 where the cells span none."""
    least: list[float]
    """C11, C12, C22, C66 over the solid's (C12 over its C11), after the round."""
    largest: list[float]

    def describe(self) -> dict[str, Any]:
        """As plain values."""
        return self._asdict()


def designs_optimised(rounds: Sequence[RoundRecord]) -> int:
    """How many cells come from topology optimisation rather than from perturbation."""
    return sum(each.new for each in rounds if not each.name.startswith(PERTURBATION))


def rounds_table(rounds: Sequence[RoundRecord]) -> list[list[str]]:
    """Rows of text, headings first."""
    headings = ["round", "tried", "new", "cells", "hull volume"]
    headings += [f"{end} {name}" for end in ("least", "largest") for name in PROPERTIES]
    return [headings] + [
        [each.name, *map(str, each[1:4]), *(f"{value:.4g}" for value in (each.hull, *each.least, *each.largest))]
        for each in rounds
    ]


class GrowthHistory:
    """Collects the rounds; `scale[property]` is the solid's."""

    def __init__(self, scale: Array) -> None:
        self._scale = scale
        self._corners = np.zeros((0, len(scale)))
        self._least, self._largest = np.full(len(scale), np.inf), np.full(len(scale), -np.inf)
        self._cells = 0
        self.rounds: list[RoundRecord] = []

    def record(self, name: str, tried: int, new: Cells) -> None:
        """A round that added `new` cells."""
        points = new.stiffness / self._scale
        self._cells += len(points)
        if len(points):
            self._least = np.minimum(self._least, points.min(axis=0))
            self._largest = np.maximum(self._largest, points.max(axis=0))
        # The hull of all is that of the corners so far and of what is new.
        self._corners, volume = corners_and_volume(np.concatenate([self._corners, points]))
        extremes = (self._least.tolist(), self._largest.tolist()) if self._cells else ([], [])
        self.rounds.append(RoundRecord(name, tried, len(points), self._cells, volume, *extremes))


def corners_and_volume(points: Array) -> tuple[Array, float]:
    """Corners `[corner, property]` of the convex hull, and its volume; all points and 0 where they span none."""
    try:
        hull = ConvexHull(points)
    except (QhullError, ValueError):
        return points, 0.0
    return points[hull.vertices], float(hull.volume)
