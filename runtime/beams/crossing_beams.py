"""Beams that cross without a common node: a drawing joins them there, a model of beams lets them pass over each other."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray
from scipy.spatial import KDTree


def pairs_that_may_cross(edges: NDArray[np.int64], reference: NDArray[np.float64]) -> NDArray[np.int64]:
    """`[pair, 2]`: beams without a common node that are near enough to cross (host).

    `edges[edge, 2]` between nodes at `reference[node, 2]`; nodes may move by half of the longest beam.
    """
    ends = reference[edges]
    longest = float(np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1).max(initial=0.0))
    pairs = np.asarray(KDTree(ends.mean(axis=1)).query_pairs(2 * longest, output_type="ndarray"))
    first, second = edges[pairs[:, 0]], edges[pairs[:, 1]]
    apart = (first[:, :, None] != second[:, None, :]).all(axis=(1, 2))
    return pairs[apart].astype(np.int64)


def beams_cross(positions: Array | np.ndarray, edges: NDArray[np.int64], pairs: NDArray[np.int64]) -> Array:
    """`[pair]`: whether the axes of two beams meet between their ends; `positions[node, 2]`, mm. Runs inside `jit`."""
    (a, b), (c, d) = (jnp.moveaxis(positions[edges[pairs[:, side]]], 1, 0) for side in (0, 1))
    return (_turn(a, b, c) * _turn(a, b, d) < 0) & (_turn(c, d, a) * _turn(c, d, b) < 0)


def _turn(a: Array, b: Array, c: Array) -> Array:
    """Twice the signed area of the triangles `a`, `b`, `c`, each `[pair, 2]`."""
    (x, y), (u, v) = (b - a).T, (c - a).T
    return x * v - y * u
