"""Beams that cross without a common node: a drawing joins them there, a model of beams lets them pass over each other."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import KDTree

from metac.runtime.beams.strut_net import NEAR, StrutNet, coincident
from metac.runtime.dimensions import PLANE
from metac.runtime.late_jax import Array, jnp


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


@dataclass(frozen=True, eq=False)
class Meetings:
    """Where beams of a net meet without a common node (host)."""

    crossings: NDArray[np.int64]
    """`[crossing, 2]`: beams whose axes cross between their ends; the first one of a pair is the lower one."""
    places: NDArray[np.float64]
    """`[crossing, 2]`."""
    touched: NDArray[np.int64]
    """`[contact, 2]`: a beam, and a node that lies on it between its ends."""


def meetings(nodes: NDArray[np.float64], edges: NDArray[np.int64]) -> Meetings:
    """Of beams `edges[edge, 2]` between `nodes[node, 2]`, in any unit."""
    near = NEAR * float(np.ptp(nodes, axis=0).max(initial=0.0))
    beams = np.asarray(shapely.linestrings(nodes[edges]))
    tree = shapely.STRtree(beams.tolist())
    node, beam = tree.query(np.asarray(shapely.points(nodes)), predicate="dwithin", distance=near)
    between = (edges[beam] != node[:, None]).all(axis=1)
    touched = np.unique(np.stack([beam, node], axis=1)[between], axis=0)
    first, second = tree.query(beams, predicate="crosses")
    pairs = np.stack([first, second], axis=1)[first < second]
    places = shapely.get_coordinates(shapely.intersection(beams[pairs[:, 0]], beams[pairs[:, 1]]))
    # Where a node is, the two do not pass over each other: one of them ends there, or both pass a node.
    ends = nodes[edges[pairs]].reshape(len(pairs), 4, PLANE)
    apart = (np.linalg.norm(ends - places[:, None], axis=2) > near).all(axis=1)
    return Meetings(pairs[apart].astype(np.int64), places[apart], touched.astype(np.int64))


@dataclass(frozen=True, eq=False)
class Joined:
    """A net with nodes where its beams met."""

    net: StrutNet
    """Its first nodes are those that there were."""
    origin: NDArray[np.int64]
    """`[edge]`: the beam that this one is a piece of."""


def with_nodes_at_crossings(nodes: NDArray[np.float64], edges: NDArray[np.int64]) -> Joined:
    """The net in which beams are cut where they cross or touch, and joined there (host)."""
    met = meetings(nodes, edges)
    near = NEAR * float(np.ptp(nodes, axis=0).max())
    count = len(nodes)
    first, number = coincident(np.concatenate([nodes, met.places]), near)
    # Places come behind all nodes, which are apart, so that these keep their numbers.
    points = np.concatenate([nodes, met.places])[first]
    at = number[count:]
    cuts = np.concatenate([met.touched, *(np.stack([met.crossings[:, side], at], axis=1) for side in (0, 1))])
    pieces, origin = [], []
    for beam, (start, end) in enumerate(edges.tolist()):
        inner = np.unique(cuts[cuts[:, 0] == beam, 1])
        along = (points[inner] - points[start]) @ (points[end] - points[start])
        chain = [start, *inner[np.argsort(along)].tolist(), end]
        pieces += pairwise(chain)
        origin += [beam] * (len(chain) - 1)
    return Joined(StrutNet(points, np.array(pieces, np.int64)), np.array(origin, np.int64))


def clearance(nodes: NDArray[np.float64], edges: NDArray[np.int64]) -> float:
    """The least distance of two beams without a common node; infinite where all have one (host)."""
    beams = np.asarray(shapely.linestrings(nodes[edges]))
    least = np.inf
    for beam, pair in enumerate(edges):
        others = beams[beam + 1 :][(edges[beam + 1 :, :, None] != pair).all(axis=(1, 2))]
        if len(others):
            least = min(least, float(shapely.distance(beams[beam], others).min()))
    return float(least)
