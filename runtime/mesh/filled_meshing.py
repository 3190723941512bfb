"""Meshes whose pores are meshed too, for a medium in them; their boundary is that of the solid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metac.runtime.geometry.sheet import SIDES
from metac.runtime.mesh.composite_meshing import CompositeMesh
from metac.runtime.mesh.mesh import Mesh


def filled(made: CompositeMesh) -> tuple[Mesh, int]:
    """A mesh whose first elements are the solid (phase 0) and the others the filling, and the number of the first of these.

    Named facets are those of the solid: what is left of the sides of the rectangle, and `pores`, its boundary with the
    filling. A grip so holds the solid alone.
    """
    mesh, phases = made
    order = np.argsort(phases != 0, kind="stable")
    first = int(np.count_nonzero(phases == 0))
    cells = mesh.cells[order]
    sides = {part: _of(mesh.facets[part], cells[:first]) for part in SIDES}
    pores = _between(mesh, cells, first)
    return Mesh(mesh.nodes, cells, {**sides, "pores": pores}, mesh.domain, mesh.named), first


def solid_mesh(mesh: Mesh, first: int) -> tuple[Mesh, NDArray[np.int64]]:
    """The elements before `first` as a mesh of its own, and which nodes of the whole are its nodes, `[node]`."""
    nodes = np.unique(mesh.cells[:first]).astype(np.int64)
    number = np.full(len(mesh.nodes), -1, np.int32)
    number[nodes] = np.arange(len(nodes))
    facets = {part: number[each] for part, each in mesh.facets.items()}
    return Mesh(mesh.nodes[nodes], number[mesh.cells[:first]], facets, mesh.domain), nodes


def _of(facets: NDArray[np.int32], cells: NDArray[np.int32]) -> NDArray[np.int32]:
    """Those whose middle nodes belong to these cells."""
    return facets[np.isin(facets[:, 2], cells[:, 3:])]


def _between(mesh: Mesh, cells: NDArray[np.int32], first: int) -> NDArray[np.int32]:
    """Edges of the solid that are edges of the filling too, the solid on their left."""
    local = np.array(mesh.element.facets)
    edges = cells[:first][:, local].reshape(-1, local.shape[1])
    return edges[np.isin(edges[:, 2], cells[first:, 3:])]
