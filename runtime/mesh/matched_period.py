"""A mesh that was made elsewhere as one period: its opposite edges must match node by node."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metac.runtime.fem.assembly.constraints import MultiPointConstraints
from metac.runtime.mesh.cell_meshing import SAME, constrained
from metac.runtime.mesh.file_mesh import NoMesh
from metac.runtime.mesh.mesh import Mesh

OPPOSITE = (("left", "right", 1), ("bottom", "top", 0))
"""Sides, and the coordinate along them."""


def matched_period(mesh: Mesh) -> tuple[Mesh, MultiPointConstraints]:
    """The mesh with the rectangle around it as its period; images are put exactly a period apart.

    Raises NoMesh with a place where a node on one side has no image on the other.
    """
    for first, second, along in OPPOSITE:
        ends = [mesh.nodes[mesh.nodes_on(side)] for side in (first, second)]
        if not all(map(len, ends)):
            raise NoMesh(
                f"no edge of an element lies on the {second if len(ends[0]) else first} side of the mesh's rectangle",
                "a period begins and ends on the sides of its rectangle",
            )
        _require_images(ends[0], ends[1], along, mesh.domain.extents[along] * SAME, (first, second))
        _require_images(ends[1], ends[0], along, mesh.domain.extents[along] * SAME, (second, first))
    return constrained(mesh, np.diag(mesh.domain.extents))


def _require_images(
    ends: NDArray[np.float64], others: NDArray[np.float64], along: int, tolerance: float, sides: tuple[str, str]
) -> None:
    known = np.sort(others[:, along])
    place = np.clip(np.searchsorted(known, ends[:, along]), 1, max(len(known) - 1, 1))
    near = known[np.minimum(place, len(known) - 1)], known[place - 1]
    apart = np.minimum(*(np.abs(each - ends[:, along]) for each in near))
    if (apart > tolerance).any():
        x, y = ends[apart > tolerance][0]
        raise NoMesh(
            f"the node at ({x:.4g}, {y:.4g}) mm on the {sides[0]} side has no image on the {sides[1]} side",
            "let the mesher copy one side to the other (Gmsh: `Periodic Curve`)",
        )
