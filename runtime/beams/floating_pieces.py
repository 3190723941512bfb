"""Which degrees of freedom to pin so that every piece of a frame has one equilibrium and no more.

A piece that supports leave free to move, or one of a periodic frame, whose equilibrium is known but for a translation, makes
the matrix singular. A stiffness at one of its degrees of freedom makes it regular and bears no force where the loads on the
piece are in balance, so the solution is that of the frame itself; where they are not, the residual of the frame's own
matrix shows.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse
from jaxtyping import Bool, Float, Int
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from metac.runtime.dimensions import PLANE

TWO_DIRECTIONS = 1e-12
"""Squared sine of the angle between two directions below which they are one."""
ROTATION = 2
"""Of a node's degrees of freedom (u_x, u_y, θ)."""


def pins(
    edges: Int[np.ndarray, "edge 2"],
    crossings: Int[np.ndarray, "edge 2"] | None,
    present: Bool[np.ndarray, " edge"],
    prescribed: Bool[np.ndarray, "node 3"],
    directions: Float[np.ndarray, "node 2 2"] | None = None,
) -> Bool[np.ndarray, "node 3"]:
    """`[node, 3]`: degrees of freedom to pin, those of one node a piece at most.

    Args:
        edges: `[edge, 2]`, nodes of the candidate beams.
        crossings: `[edge, 2]`, in a periodic frame: by how many periods the second end lies beyond its node.
        present: `[edge]`, candidates that are there.
        prescribed: `[node, 3]`, degrees of freedom that are held or moved.
        directions: `[node, component, axis]`: what the first two of them are along; None: x and y.
    """
    count = len(prescribed)
    first, second = edges[present].T
    graph = scipy.sparse.coo_matrix((np.ones(len(first)), (first, second)), shape=(count, count))
    pieces, piece = connected_components(graph, directed=False)
    root = np.unique(piece, return_index=True)[1]
    held = np.zeros((pieces, prescribed.shape[1]), bool)
    np.logical_or.at(held, piece, prescribed)
    # Two nodes that are held across each other's line stop a piece from turning, and so do images that do not turn.
    places = np.bincount(piece[prescribed[:, :ROTATION].any(axis=1)], minlength=pieces)
    held[:, ROTATION] |= places > 1
    if crossings is not None:
        held[:, ROTATION] |= _winding(edges[present], crossings[present], piece, pieces)
    if directions is not None:
        held[:, :ROTATION] = _translations_held(piece, prescribed[:, :ROTATION], directions, root)
    pinned = np.zeros_like(prescribed)
    pinned[root] = ~held
    return pinned


def _translations_held(
    piece: NDArray[np.int32],
    prescribed: Bool[np.ndarray, "node 2"],
    directions: Float[np.ndarray, "node 2 2"],
    root: NDArray[np.int64],
) -> Bool[np.ndarray, "piece 2"]:
    """Which of the first two degrees of freedom of its root each piece need not have pinned.

    All where it is held in two directions; where in one, the pin is at the one that is nearer to the other direction.
    """
    outer = np.einsum("noi,noj,no->nij", directions, directions, prescribed.astype(float))
    sums = np.zeros((len(root), PLANE, PLANE))
    np.add.at(sums, piece, outer)
    values, vectors = np.linalg.eigh(sums)
    free = np.abs(np.einsum("poi,pi->po", directions[root], vectors[:, :, 0]))
    one = np.zeros((len(root), PLANE), bool)
    one[np.arange(len(root)), np.argmin(free, axis=1)] = True
    rank = (values > TWO_DIRECTIONS).sum(axis=1)
    return np.where((rank == PLANE)[:, None], True, one & (rank == 1)[:, None])


def _winding(
    edges: NDArray[np.int64], crossings: NDArray[np.int64], piece: NDArray[np.int32], pieces: int
) -> Bool[np.ndarray, " piece"]:
    """`[piece]`: whether a way along its beams leads from a node to an image of it."""
    count = len(piece)
    offset, known = np.zeros((count, PLANE), np.int64), np.zeros(count, bool)
    known[np.unique(piece, return_index=True)[1]] = True
    first, second = edges.T
    while True:
        onward, back = known[first] & ~known[second], known[second] & ~known[first]
        if not (onward.any() or back.any()):
            break
        offset[second[onward]] = offset[first[onward]] + crossings[onward]
        known[second[onward]] = True
        back &= ~known[first]
        offset[first[back]] = offset[second[back]] - crossings[back]
        known[first[back]] = True
    around = (offset[first] + crossings != offset[second]).any(axis=1)
    found = np.zeros(pieces, bool)
    found[piece[first[around]]] = True
    return found
