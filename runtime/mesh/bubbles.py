"""Triangles of second order with a seventh node at their centre."""

from __future__ import annotations

import numpy as np

from metac.runtime.fem.assembly.constraints import MultiPointConstraints
from metac.runtime.fem.elements.triangle import AT_CENTRE
from metac.runtime.mesh.mesh import Mesh


def with_bubbles(mesh: Mesh) -> Mesh:
    """A mesh of quadratic triangles with a node at each one's centre, after all others; facets stay."""
    centres = np.einsum("a,cad->cd", AT_CENTRE, mesh.nodes[mesh.cells])
    numbers = len(mesh.nodes) + np.arange(len(mesh.cells), dtype=np.int32)
    cells = np.concatenate([mesh.cells, numbers[:, None]], axis=1).astype(np.int32)
    return Mesh(np.concatenate([mesh.nodes, centres]), cells, mesh.facets, mesh.domain, mesh.named)


def periodic_with_bubbles(mesh: Mesh, constraints: MultiPointConstraints) -> tuple[Mesh, MultiPointConstraints]:
    """The same of a mesh whose nodes follow others; the new ones follow none."""
    made, count = with_bubbles(mesh), len(mesh.cells)
    points = np.concatenate([constraints.points, constraints.points.max() + 1 + np.arange(count)])
    arms = np.concatenate([constraints.arms, np.zeros((count, constraints.dimension))])
    return made, MultiPointConstraints(points, arms, constraints.length)
