"""Meshes for ParaView and others: VTU files by meshio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from metac.runtime.mesh.mesh import Mesh
from metac.runtime.report.fields import FORMULAS
from metac.runtime.runs.atomic import replacing

if TYPE_CHECKING:
    import meshio

    from metac.runtime.report.drawings import Drawing

TRIANGLE = 3
"""Corners."""
_CELL_TYPES = {
    (2, 3): "triangle",
    (2, 6): "triangle6",
    (2, 7): "triangle6",
    (2, 4): "quad",
    (2, 9): "quad9",
    (3, 4): "tetra",
    (3, 8): "hexahedron",
}
"""By dimension and number of nodes; the inner node of a triangle is left out, as meshio knows no such one."""


def write_vtu(
    path: Path,
    mesh: Mesh,
    coordinates: NDArray[np.float64],
    *,
    points: Mapping[str, NDArray[np.float64]] | None = None,
    cells: Mapping[str, NDArray[np.float64]] | None = None,
    state: str | None = None,
) -> None:
    """Write a mesh, whole or not at all.

    Args:
        path: ends with `.vtu`.
        mesh: topology.
        coordinates: `[node, d]`, mm.
        points: fields at nodes, `[node]` or `[node, d]`; plane vectors get a third component, zero.
        cells: fields in cells, `[cell]`.
        state: what is applied, in words.

    Raises:
        OSError: if it cannot be written.
    """
    import meshio

    content = mesh_with_fields(mesh, coordinates, points or {}, cells or {})
    with replacing(path) as temporary:
        meshio.write(temporary, content, file_format="vtu")
        _explain(temporary, [*(points or {}), *(cells or {})], state)


def mesh_with_fields(
    mesh: Mesh,
    coordinates: NDArray[np.float64],
    points: Mapping[str, NDArray[np.float64]],
    cells: Mapping[str, NDArray[np.float64]],
) -> meshio.Mesh:
    """In meshio's form; see `write_vtu`."""
    import meshio

    return meshio.Mesh(
        points=_spatial(np.asarray(coordinates)),
        cells=[(_CELL_TYPES[mesh.dimension, mesh.cells.shape[1]], mesh.cells[:, _order(mesh)])],
        point_data={name: _spatial(np.asarray(field)) for name, field in points.items()},
        cell_data={name: [np.asarray(field)] for name, field in cells.items()},
    )


def meshes_of(drawing: Drawing) -> list[meshio.Mesh]:
    """One for each loaded state, or one of a body without load."""
    fields = [{"displacement": state.displacement, **state.fields} for state in drawing.states] or [{}]
    return [mesh_with_fields(drawing.mesh, drawing.coordinates, each, drawing.cells) for each in fields]


def _explain(path: Path, names: Sequence[str], state: str | None) -> None:
    """Say what is in the file, in a comment behind its first line; readers of XML skip it."""
    lines = ["written by metac; lengths in mm"]
    if state is not None:
        lines.append(f"state: {state}")
    lines += [f"{name}: {FORMULAS[name]}" for name in names if name in FORMULAS]
    head, rest = path.read_bytes().split(b"\n", 1)
    comment = "\n".join(line.replace("--", "- -") for line in lines)
    path.write_bytes(head + f"\n<!--\n{comment}\n-->\n".encode() + rest)


def _order(mesh: Mesh) -> list[int]:
    """An element's nodes as VTK has them: corners, middles of edges, the inner one."""
    element = mesh.element
    edges = element.facets if element.dimension == 2 else ()
    rim = [*element.corners, *(node for edge in edges for node in edge[2:])]
    if len(element.corners) == TRIANGLE:
        return rim
    return [*rim, *(node for node in range(mesh.cells.shape[1]) if node not in rim)]


def _spatial(field: NDArray[np.float64]) -> NDArray[np.float64]:
    """Plane vectors with a third component; numbers and vectors in space as they are."""
    return np.column_stack([field, np.zeros(len(field))]) if field.ndim == 2 and field.shape[1] == 2 else field
