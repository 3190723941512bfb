"""Which nodes of a frame's cell are images of each other, and which beams are: the topology of an endless frame.

A cell is a period as drawn: it has nodes on both of two opposite sides, which are one node of the endless frame. Beams that
are drawn on both sides are one beam, the wider of both.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

import jax.numpy as jnp
import numpy as np
import scipy.sparse
from jax import Array
from jaxtyping import Float, Int
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from metac.runtime.beams.beam_element import NODE_FREEDOMS
from metac.runtime.beams.frame_topology import FrameTopology
from metac.runtime.beams.strut_net import NEAR
from metac.runtime.errors import RuntimeFailure


class NotPeriodic(RuntimeFailure):
    """A cell that does not repeat; `place` is where, mm."""

    def __init__(self, message: str, *, place: tuple[float, float]) -> None:
        self.place = place
        super().__init__(message, remedy="draw the cell so that every node on a side has an image on the opposite side")


@dataclass(frozen=True, eq=False)
class PeriodicTopology:
    """Of one period; made once for each topology."""

    masters: Int[np.ndarray, " node"]
    """`[node]`: numbers of the nodes of the endless frame, from 0."""
    shifts: Int[np.ndarray, "node 2"]
    """`[node, 2]`: by how many periods a node of the cell lies beyond its master."""
    edges: Int[np.ndarray, "beam 2"]
    """`[beam, 2]`: nodes of the cell, each beam of the endless frame once."""
    drawn: Int[np.ndarray, "beam image"]
    """`[beam, image]`: candidates of the cell that are this beam, repeated to as many as the one with most images has."""

    @cached_property
    def frame(self) -> FrameTopology:
        """Nodes and beams of the endless frame, with nothing prescribed."""
        crossings = self.shifts[self.edges[:, 1]] - self.shifts[self.edges[:, 0]]
        free = np.zeros((int(self.masters.max()) + 1, NODE_FREEDOMS), bool)
        return FrameTopology(self.masters[self.edges], free, crossings)

    def widths(self, widths: Float[Array, " edge"]) -> Float[Array, " beam"]:
        """`[beam]` of the widths of the cell's candidates; of images the widest."""
        return jnp.max(widths[self.drawn], axis=1)

    def shared_widths(self, widths: Float[Array, " edge"]) -> Float[Array, " edge"]:
        """`[edge]`: of each candidate of the cell, the width of the beam that it is an image of."""
        beam = np.zeros(len(widths), np.int64)
        beam[self.drawn] = np.arange(len(self.drawn))[:, None]
        return self.widths(widths)[beam]

    def mismatch(self, positions: Float[Array, "node 2"], vectors: Array) -> Array:
        """How far nodes `positions[node, 2]` are at most from where the images of their masters lie, mm.

        `vectors[2, 2]`, a period in each row, mm.
        """
        first = np.unique(self.masters, return_index=True)[1]
        images = positions[first[self.masters]] + (self.shifts - self.shifts[first[self.masters]]) @ vectors
        return jnp.abs(positions - images).max()


def periodic_topology(
    nodes: Float[np.ndarray, "node 2"], edges: Int[np.ndarray, "edge 2"], vectors: Float[np.ndarray, "2 2"]
) -> PeriodicTopology:
    """The topology of a cell with `nodes[node, 2]` and candidates `edges[edge, 2]` (host, concrete values).

    Args:
        nodes: mm; those of the lower left corner outwards, within one period, sides included.
        edges: numbers of nodes.
        vectors: `[2, 2]`, mm: the two periods, one a row.

    Raises:
        NotPeriodic: where a node on a side has no image on the opposite one.
    """
    shares = nodes @ np.linalg.inv(vectors)
    shares = shares - shares.min(axis=0)
    wrapped = shares % 1.0
    wrapped[wrapped >= 1.0] = 0.0  # a share of -1e-18 modulo 1 is 1
    pairs = KDTree(wrapped, boxsize=1.0).query_pairs(NEAR, output_type="ndarray")
    graph = scipy.sparse.coo_matrix((np.ones(len(pairs)), pairs.T), shape=(len(nodes), len(nodes)))
    masters = connected_components(graph, directed=False)[1].astype(np.int64)
    first = np.unique(masters, return_index=True)[1]
    shifts = np.rint(shares - shares[first[masters]]).astype(np.int64)
    _require_images(nodes, shares, masters, shifts)
    images: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for edge, (first, second) in enumerate(edges.tolist()):
        crossing = shifts[second] - shifts[first]
        one, other = (int(masters[first]), int(masters[second])), (int(masters[second]), int(masters[first]))
        images[min((*one, *crossing.tolist()), (*other, *(-crossing).tolist()))].append(edge)
    most = max((len(each) for each in images.values()), default=1)
    drawn = np.array([(each * most)[:most] for each in images.values()], np.int64).reshape(-1, most)
    return PeriodicTopology(masters, shifts, edges[drawn[:, 0]], drawn)


def _require_images(
    nodes: NDArray[np.float64], shares: NDArray[np.float64], masters: NDArray[np.int64], shifts: NDArray[np.int64]
) -> None:
    """Nodes at an end of the cell must be drawn in another period too, or nothing joins the cell with its image there."""
    for axis, (low, high) in enumerate((("left", "right"), ("bottom", "top"))):
        own = shifts[:, axis]
        least, most = np.full(int(masters.max()) + 1, own.max()), np.full(int(masters.max()) + 1, own.min())
        np.minimum.at(least, masters, own)
        np.maximum.at(most, masters, own)
        alone = (least == most)[masters]
        along = shares[:, axis]
        for name, opposite, end in ((low, high, along < NEAR), (high, low, along > along.max() - NEAR)):
            if (alone & end).any():
                x, y = (float(part) for part in nodes[np.flatnonzero(alone & end)[0]])
                message = f"the {name} node at ({x:.6g}, {y:.6g}) mm has no image on the {opposite}: no cell that repeats"
                raise NotPeriodic(message, place=(x, y))
