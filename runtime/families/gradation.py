"""A prescribed gradation of stiffness, and which cells lie near it (Wang et al., section 4.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import KDTree

Array = NDArray[np.float64]
Law = Callable[[Array], ArrayLike]
"""An entry of the stiffness, MPa, of C11, MPa."""

POINTS = 4001
"""Along the gradation: distances from it are right to a 4000th of its length, and better."""


@dataclass(frozen=True, eq=False)
class Gradation:
    """A curve in the space of C11, C12, C22 and C66."""

    points: Array
    """`[point, 4]`, MPa, from the first C11 to the last."""

    @classmethod
    def of(cls, first: float, last: float, laws: tuple[Law, Law, Law]) -> Gradation:
        """C12, C22 and C66 as functions of C11, which goes from `first` to `last`, MPa."""
        c11 = np.linspace(first, last, POINTS)
        c12, c22, c66 = (np.broadcast_to(np.asarray(law(c11), float), c11.shape) for law in laws)
        return cls(np.stack([c11, c12, c22, c66], axis=1))

    @property
    def sound(self) -> NDArray[np.bool_]:
        """`[point]`: whether a material may have this stiffness, a finite and positive definite one."""
        c11, c12, c22, c66 = self.points.T
        with np.errstate(invalid="ignore"):
            return np.isfinite(self.points).all(axis=1) & (c11 > 0) & (c22 > 0) & (c66 > 0) & (c12**2 < c11 * c22)

    def distance(self, stiffness: Array) -> NearestOfGradation:
        """Of `stiffness[cell, 4]`, MPa, from the curve."""
        found, place = self._tree.query(stiffness)
        return NearestOfGradation(np.asarray(found, float), self.points[np.asarray(place), 0])

    def nearest(self, stiffness: Array) -> Array:
        """`[cell, 4]`, MPa: the points that are nearest to `stiffness[cell, 4]`, MPa."""
        return self.points[np.asarray(self._tree.query(stiffness)[1])]

    def distances_of(self, stiffness: Array) -> Array:
        """`[cell]`, MPa: not a number where the stiffness is none."""
        known = np.isfinite(stiffness).all(axis=1, keepdims=True)
        return np.where(np.ravel(known), self.distance(np.where(known, stiffness, 0.0)).distances, np.nan)

    @cached_property
    def _tree(self) -> KDTree:
        return KDTree(self.points)


class NearestOfGradation(NamedTuple):
    """How cells lie to a gradation."""

    distances: Array
    """`[cell]`: Euclidean, MPa."""
    c11: Array
    """`[cell]`: of the nearest point of the gradation, MPa."""


class RankedCells(NamedTuple):
    """Cells near a gradation, in the order of their C11."""

    numbers: NDArray[np.int64]
    """`[node]`: which cells."""
    nearest: NearestOfGradation
    """Of these."""


def ranked_cells(gradation: Gradation, stiffness: Array, within: float) -> RankedCells:
    """Cells of `stiffness[cell, 4]` whose distance from the gradation is `within` at most, both MPa."""
    found = gradation.distance(stiffness)
    near = np.flatnonzero(found.distances <= within)
    order = near[np.argsort(stiffness[near, 0], kind="stable")]
    return RankedCells(order, NearestOfGradation(found.distances[order], found.c11[order]))


def distance_that_holds(gradation: Gradation, stiffness: Array, count: int) -> float:
    """The least distance, MPa, within which `count` cells lie; infinite where there are fewer."""
    distances = gradation.distance(stiffness).distances
    return float(np.partition(distances, count - 1)[count - 1]) if count <= len(distances) else float("inf")
