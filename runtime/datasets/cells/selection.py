"""Which cells are perturbed next: those in sparse regions of the space of properties, and those near its edge.

Sparseness is the number of neighbours, extremeness the distance from the edge, here that of the convex hull (Wang et al.,
"Deep generative modeling for mechanistic-based learning and design of metamaterial systems", section 3.2).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, KDTree, QhullError
from scipy.stats import rankdata

Array = NDArray[np.float64]

CANDIDATES = 4096
"""Cells that are looked at, drawn from all."""
RADIUS = 0.05
"""Of a neighbourhood, in units of the solid's stiffness."""
SHARPNESS = 4
"""Power of a rank from 0 to 1 that a cell's chance grows with."""


def choose(points: Array, count: int, random: np.random.Generator) -> NDArray[np.int64]:
    """`[count]`: which of `points[cell, property]` to perturb, some of them more than once."""
    candidates = np.arange(len(points))
    if len(points) > CANDIDATES:
        candidates = np.sort(random.choice(len(points), CANDIDATES, replace=False))
    neighbours = np.asarray(KDTree(points).query_ball_point(points[candidates], RADIUS, return_length=True))
    sparse, extreme = rankdata(-neighbours), rankdata(-distance_from_edge(points, candidates))
    chance = ((sparse / len(candidates)) ** SHARPNESS + (extreme / len(candidates)) ** SHARPNESS) / 2
    return candidates[random.choice(len(candidates), count, p=chance / chance.sum())]


def distance_from_edge(points: Array, candidates: NDArray[np.int64]) -> Array:
    """`[candidate]`: distance of `points[candidates]` from the convex hull of all; 0 for all where there is no hull."""
    try:
        hull = ConvexHull(points)
    except (QhullError, ValueError):
        return np.zeros(len(candidates))
    normals, offsets = hull.equations[:, :-1], hull.equations[:, -1]
    return -np.max(points[candidates] @ normals.T + offsets, axis=1)
