"""Cells by their properties: which of a data base are nearest to a wanted stiffness."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import KDTree


class NearestCells(NamedTuple):
    """The nearest first."""

    indices: NDArray[np.int64]
    """`[cell]`: their numbers in the data base."""
    distances: NDArray[np.float64]
    """`[cell]`: Euclidean, in units of the solid's stiffness."""


class PropertyIndex:
    """A k-d tree of `stiffness[cell, 4]` over `scale[4]`; some tens of microseconds a query."""

    def __init__(self, stiffness: NDArray[np.float64], scale: NDArray[np.float64]) -> None:
        self._scale, self.count = scale, len(stiffness)
        self._tree = KDTree(stiffness / scale)

    def nearest(self, wanted: ArrayLike, count: int = 1) -> NearestCells:
        """So many cells, or all, nearest to C11, C12, C22, C66, MPa."""
        asked = min(count, self.count)
        distances, indices = self._tree.query(np.asarray(wanted, float) / self._scale, k=asked)
        return NearestCells(np.atleast_1d(np.asarray(indices, np.int64)), np.atleast_1d(np.asarray(distances, float)))
