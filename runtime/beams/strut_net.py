"""Nodes anywhere in the plane with beams between some of them: what frames of lattices and of one's own struts stand on.

Nodes and beams keep the order in which they are given. The period is the rectangle around all nodes; where opposite sides
are images of each other, the net can be tiled and made endless. `NodeGrid` is the layout of regular grids.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from metac.runtime.dimensions import PLANE
from metac.runtime.late_jax import Array, jnp

NEAR = 1e-6
"""Nodes this close, over the length of a period, are one."""


@dataclass(frozen=True, eq=False)
class StrutNet:
    """Nets with the same nodes and beams are equal, so that what is worked out for one is kept for all."""

    nodes: NDArray[np.float64]
    """`[node, 2]`: before anything is moved; in any unit of length."""
    edges: NDArray[np.int64]
    """`[edge, 2]`: first and second node of each candidate beam."""

    @cached_property
    def _content(self) -> tuple[int, bytes, bytes]:
        return len(self.nodes), np.ascontiguousarray(self.nodes).tobytes(), np.ascontiguousarray(self.edges).tobytes()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StrutNet) and self._content == other._content

    def __hash__(self) -> int:
        return hash(self._content)

    @property
    def node_count(self) -> int:
        """Nodes."""
        return len(self.nodes)

    @property
    def edge_count(self) -> int:
        """Candidate beams."""
        return len(self.edges)

    def positions(self, spacing: float) -> NDArray[np.float64]:
        """`[node, 2]`, in the unit of `spacing`, which is the length of what is 1 in `nodes`."""
        return spacing * self.nodes

    @cached_property
    def size(self) -> tuple[float, float]:
        """Width and height of the rectangle around all nodes."""
        width, height = np.ptp(self.nodes, axis=0)
        return float(width), float(height)

    @cached_property
    def _sides(self) -> tuple[tuple[NDArray[np.int64], NDArray[np.int64]], ...]:
        low, high, near = self.nodes.min(axis=0), self.nodes.max(axis=0), NEAR * max(self.size)
        return tuple(
            (np.flatnonzero(self.nodes[:, axis] < low[axis] + near), np.flatnonzero(self.nodes[:, axis] > high[axis] - near))
            for axis in (0, 1)
        )

    def sides(self, axis: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Nodes with the least and with the greatest coordinate along an axis (0 for x, 1 for y)."""
        return self._sides[axis]

    def extent(self, positions: Array) -> Array:
        """`[2]`: distance of opposite sides along x and y, of nodes at `positions[node, 2]`."""
        return jnp.stack(
            [positions[high[0], axis] - positions[low[0], axis] for axis, (low, high) in enumerate(self._sides)]
        )

    def periods(self, positions: Array) -> Array:
        """`[2, 2]`: the two periods, one a row."""
        return jnp.diag(self.extent(positions))

    def tiled(self, along_x: int, along_y: int) -> StrutNet:
        """`along_x` by `along_y` of these; neighbours share nodes and beams on a side.

        Raises:
            NotPeriodic: where nodes on a side have no image on the opposite one.
        """
        return _tiling(self, along_x, along_y).net

    def tiled_widths(self, widths: Array, along_x: int, along_y: int) -> Array:
        """Widths `[edge, …]` of a tiling's beams from those of one cell; of beams that lie on each other the wider one."""
        return jnp.max(widths[_tiling(self, along_x, along_y).edges], axis=1)

    def tiled_positions(self, positions: Array, along_x: int, along_y: int) -> Array:
        """`[node, 2]` of a tiling from those of one cell."""
        tiling = _tiling(self, along_x, along_y)
        return positions[tiling.nodes] + tiling.shifts @ self.periods(positions)


@dataclass(frozen=True, eq=False)
class _Tiling:
    """A net that is repeated, and of what each of its parts is an image."""

    net: StrutNet
    nodes: NDArray[np.int64]
    """`[node]`: node of the cell."""
    shifts: NDArray[np.int64]
    """`[node, 2]`: periods from there."""
    edges: NDArray[np.int64]
    """`[edge, image]`: beams of the cell that lie there, repeated to as many as the one with most images has."""


@lru_cache(maxsize=32)
def _tiling(net: StrutNet, along_x: int, along_y: int) -> _Tiling:
    count, edges = net.node_count, np.arange(net.edge_count)
    if (along_x, along_y) == (1, 1):
        return _Tiling(net, np.arange(count), np.zeros((count, PLANE), np.int64), edges[:, None])
    from metac.runtime.beams.periodic_topology import periodic_topology

    periodic_topology(net.nodes, net.edges, np.diag(net.size))
    tiles = np.stack(np.meshgrid(np.arange(along_x), np.arange(along_y)), axis=-1).reshape(-1, PLANE)
    points = (net.nodes + (tiles * net.size)[:, None]).reshape(-1, PLANE)
    first, number = coincident(points, NEAR * max(net.size))
    ends = number[(net.edges + count * np.arange(len(tiles))[:, None, None]).reshape(-1, 2)]
    kept, image = np.unique(np.sort(ends, axis=1), axis=0, return_inverse=True, return_index=True)[1:]
    order = np.argsort(kept)  # in the order in which they are drawn first
    groups = _members(np.argsort(order)[image.ravel()], len(kept))
    tiling = StrutNet(points[first], ends[kept[order]])
    return _Tiling(tiling, first % count, tiles[first // count], groups % net.edge_count)


def _members(group: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """`[group, member]` of the group of each member; repeated to as many as the largest group has."""
    order = np.argsort(group, kind="stable")
    start, size = np.searchsorted(group[order], np.arange(count)), np.bincount(group, minlength=count)
    place = np.arange(int(size.max(initial=1)))[None, :] % size[:, None]
    return order[start[:, None] + place]


def coincident(points: NDArray[np.float64], near: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Points `[point, 2]` that are closer than `near` count as one.

    Returns:
        `[node]`, the first point at each node, ascending, and `[point]`, the number of its node.
    """
    pairs: Any = KDTree(points).query_pairs(near, output_type="ndarray")
    graph = scipy.sparse.coo_matrix((np.ones(len(pairs)), pairs.T), shape=(len(points), len(points)))
    label = connected_components(graph, directed=False)[1]
    first = np.unique(label, return_index=True)[1]
    order = np.argsort(first)
    return first[order].astype(np.int64), np.argsort(order)[label].astype(np.int64)
