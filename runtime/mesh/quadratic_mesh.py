"""Triangles with a node on every edge, on the true curve at the boundary."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CORNERS = 3
LEAST = 0.05
"""A triangle whose scaled Jacobian is smaller has its curved edges straightened."""
MOST_HALVINGS = 5
"""Of an edge's bend; the last one makes it straight."""


def scaled_jacobians(nodes: NDArray[np.float64], cells: NDArray[np.integer]) -> NDArray[np.float64]:
    """`[cell]`: a lower bound of the element map's Jacobian over that of the equilateral triangle with the mean edge length.

    Triangles `cells[cell, 3 or 6]` on `nodes[node, 2]`. 1 for equilateral straight elements. The Jacobian of a quadratic
    triangle is a quadratic polynomial, and the least of its Bernstein coefficients bounds it, so a positive value proves the
    whole element to be valid.
    """
    corners = nodes[cells[:, :3]]
    edges = np.linalg.norm(corners - np.roll(corners, -1, axis=1), axis=2)
    ideal = np.sqrt(3) / 2 * np.mean(edges**2, axis=1)
    if cells.shape[1] == CORNERS:
        (x1, y1), (x2, y2) = (corners[:, 1] - corners[:, 0]).T, (corners[:, 2] - corners[:, 0]).T
        return (x1 * y2 - x2 * y1) / ideal
    local = np.array([[0, 0], [1, 0], [0, 1], [0.5, 0], [0.5, 0.5], [0, 0.5]])
    jacobian = np.einsum("pni,cnj->cpij", _quadratic_gradients(local), nodes[cells])
    at_nodes = np.linalg.det(jacobian)
    ends = at_nodes[:, :3]
    between = 2 * at_nodes[:, 3:] - (ends + np.roll(ends, -1, axis=1)) / 2
    return np.minimum(ends.min(axis=1), between.min(axis=1)) / ideal


def _quadratic_gradients(local: NDArray[np.float64]) -> NDArray[np.float64]:
    """`[point, node, 2]`: gradients of the quadratic shape functions at reference points `[point, 2]`."""
    third = 1 - local[:, 0] - local[:, 1]
    weights = np.stack([third, local[:, 0], local[:, 1]], axis=1)
    slopes = np.array([[-1.0, -1.0], [1.0, 0.0], [0.0, 1.0]])
    corner = [(4 * weights[:, a] - 1)[:, None] * slopes[a] for a in range(3)]
    middle = [4 * (weights[:, a, None] * slopes[b] + weights[:, b, None] * slopes[a]) for a, b in ((0, 1), (1, 2), (2, 0))]
    return np.stack([*corner, *middle], axis=1)


def edges_of(cells: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Different edges `[edge, 2]` (ascending nodes), edge of every cell's side `[cell, 3]`, cells at every edge `[edge]`."""
    sides = np.sort(np.stack([cells, np.roll(cells, -1, axis=1)], axis=2).reshape(-1, 2), axis=1)
    edges, inverse, count = np.unique(sides, axis=0, return_inverse=True, return_counts=True)
    return edges, inverse.reshape(-1, 3), count


def quadratic(
    nodes: NDArray[np.float64], cells: NDArray[np.int64], segments: NDArray[np.int64], on_curve: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Nodes, cells `[cell, 6]` and facets `[segment, 3]` with a node on every edge.

    It lies half-way on edges inside, and at `on_curve[segment, 2]` on those of the boundary, `segments[segment, 2]`; nearer
    to the chord where a triangle in a narrow place would be turned inside out.
    """
    edges, sides, _ = edges_of(cells)
    chords = nodes[edges].mean(axis=1)
    number = {tuple(edge): index for index, edge in enumerate(edges.tolist())}
    on_boundary = np.array([number[tuple(sorted(segment))] for segment in segments.tolist()])
    bend = np.zeros_like(chords)
    bend[on_boundary] = on_curve - chords[on_boundary]
    curved = np.concatenate([cells, len(nodes) + sides], axis=1)
    together = np.concatenate([nodes, chords + bend])
    for halving in range(1, MOST_HALVINGS + 1):
        spoilt = scaled_jacobians(together, curved) < LEAST
        if not spoilt.any():
            break
        bend[sides[spoilt]] *= 0.5 if halving < MOST_HALVINGS else 0.0
        together = np.concatenate([nodes, chords + bend])
    facets = np.concatenate([segments, len(nodes) + on_boundary[:, None]], axis=1)
    return together, curved, facets
