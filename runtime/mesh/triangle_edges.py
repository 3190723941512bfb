"""Meshes of triangles made finer, or of second order, without moving their edges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metac.runtime.dimensions import PLANE
from metac.runtime.fem.elements.triangle import quadratic_shape
from metac.runtime.mesh.mesh import Mesh
from metac.runtime.mesh.quadratic_mesh import edges_of

Facets = Mapping[str, NDArray[np.int32]]
QUARTER = np.array([0.375, -0.125, 0.75])
"""Weights of the near end, the far end and the middle at a quarter of a quadratic edge."""
INSIDE = np.array([[0.5, 0.25], [0.25, 0.5], [0.25, 0.25]])
"""Middles of the edges between the middles 01 and 12, 12 and 20, 20 and 01."""


class Edges:
    """The different edges of triangles, and which of them facets are."""

    def __init__(self, cells: NDArray[Any]) -> None:
        self.ends, self.sides, self.count = edges_of(np.asarray(cells[:, :3], np.int64))
        self._base = int(self.ends.max()) + 1
        self._keys = self.ends[:, 0] * self._base + self.ends[:, 1]

    def number(self, facets: NDArray[Any]) -> NDArray[np.int64]:
        """`[facet]`: the edge that each of `facets[facet, 2 or more]` is; −1 where it is none."""
        low, high = np.sort(np.asarray(facets[:, :2], np.int64), axis=1).T
        keys = low * self._base + high
        found = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        return np.where((self._keys[found] == keys) & (high < self._base), found, -1)


def second_order(mesh: Mesh) -> Mesh:
    """The same linear triangles with a node in the middle of every edge."""
    edges, count = Edges(mesh.cells), len(mesh.nodes)
    nodes = np.concatenate([mesh.nodes, mesh.nodes[edges.ends].mean(axis=1)])

    def curved(parts: Facets) -> dict[str, NDArray]:
        return {name: np.column_stack([part, count + edges.number(part)]) for name, part in parts.items()}

    cells = np.concatenate([mesh.cells, count + edges.sides], axis=1).astype(np.int32)
    return Mesh(nodes, cells, curved(mesh.facets), mesh.domain, curved(mesh.named))


def subdivided(mesh: Mesh) -> Mesh:
    """Every triangle cut into four of the same order; element n becomes elements 4 n to 4 n + 3."""
    return _linear(mesh) if mesh.order == 1 else _quadratic(mesh)


def _linear(mesh: Mesh) -> Mesh:
    edges, count = Edges(mesh.cells), len(mesh.nodes)
    (v0, v1, v2), (m01, m12, m20) = mesh.cells.T, count + edges.sides.T
    cells = [(v0, m01, m20), (m01, v1, m12), (m20, m12, v2), (m01, m12, m20)]

    def halves(parts: Facets) -> dict[str, NDArray]:
        middles = {name: count + edges.number(part) for name, part in parts.items()}
        pairs = {name: [(part[:, 0], middles[name]), (middles[name], part[:, 1])] for name, part in parts.items()}
        return {name: _interleaved(pair) for name, pair in pairs.items()}

    nodes = np.concatenate([mesh.nodes, mesh.nodes[edges.ends].mean(axis=1)])
    return Mesh(nodes, _interleaved(cells), halves(mesh.facets), mesh.domain, halves(mesh.named))


def _quadratic(mesh: Mesh) -> Mesh:
    edges, count, total = Edges(mesh.cells), len(mesh.nodes), len(mesh.cells)
    middle = np.zeros(len(edges.ends), np.int64)
    middle[edges.sides] = mesh.cells[:, 3:]
    low, high = edges.ends.T
    places = mesh.nodes[np.stack([low, high, middle])]  # [end, edge, 2]
    quarters = [np.einsum("k,kei->ei", QUARTER, places[order]) for order in ([0, 1, 2], [1, 0, 2])]
    inside = np.einsum("ap,cai->cpi", quadratic_shape(INSIDE), mesh.nodes[mesh.cells]).reshape(-1, PLANE)
    nodes = np.concatenate([mesh.nodes, *quarters, inside])

    def near(edge: NDArray[np.int64], node: NDArray[np.integer]) -> NDArray[np.int64]:
        """The new node between an edge's middle and that end of it."""
        return count + edge + np.where(edges.ends[edge, 0] == node, 0, len(edges.ends))

    v0, v1, v2, m01, m12, m20 = mesh.cells.T
    e01, e12, e20 = edges.sides.T
    i01, i12, i20 = (count + 2 * len(edges.ends) + 3 * np.arange(total) + k for k in range(3))
    cells = [
        (v0, m01, m20, near(e01, v0), i20, near(e20, v0)),
        (m01, v1, m12, near(e01, v1), near(e12, v1), i01),
        (m20, m12, v2, i12, near(e12, v2), near(e20, v2)),
        (m01, m12, m20, i01, i12, i20),
    ]

    def halves(parts: Facets) -> dict[str, NDArray]:
        found = {}
        for name, part in parts.items():
            edge, (first, last, between) = edges.number(part), part.T
            found[name] = _interleaved([(first, between, near(edge, first)), (between, last, near(edge, last))])
        return found

    return Mesh(nodes, _interleaved(cells), halves(mesh.facets), mesh.domain, halves(mesh.named))


def _interleaved(parts: list[tuple[NDArray, ...]]) -> NDArray:
    """`[part · count, node]` of parts that are each given by their nodes: all parts of the first, of the second, ..."""
    return np.stack([np.stack(part, axis=-1) for part in parts], axis=1).reshape(-1, len(parts[0]))
