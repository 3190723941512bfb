"""Small meshes as files of other programs, for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import meshio
import numpy as np

from metac.runtime.mesh.mesh import Mesh

GMSH_ORDER = {3: "triangle", 6: "triangle6"}


def spatial(nodes: np.ndarray) -> np.ndarray:
    return np.column_stack([nodes, np.zeros(len(nodes))])


def write_msh(
    path: Path, mesh: Mesh, phases: np.ndarray, names: Sequence[str], lines: Mapping[str, np.ndarray] = {}
) -> Path:
    """MSH 2.2, with a physical surface for each phase and a physical line for each part of the boundary."""
    blocks, tags, named = [], [], {}
    for number, name in enumerate(names):
        blocks.append((GMSH_ORDER[mesh.cells.shape[1]], mesh.cells[phases == number]))
        tags.append(np.full(int((phases == number).sum()), number + 1))
        named[name] = np.array([number + 1, 2])
    for number, (name, part) in enumerate(lines.items(), start=50):
        blocks.append(("line" if part.shape[1] == 2 else "line3", part))
        tags.append(np.full(len(part), number))
        named[name] = np.array([number, 1])
    data = {"gmsh:physical": tags, "gmsh:geometrical": tags}
    meshio.Mesh(spatial(mesh.nodes), blocks, cell_data=data, field_data=named).write(
        path, file_format="gmsh22", binary=False
    )
    return path


def write_inp(path: Path, mesh: Mesh, sets: Mapping[str, np.ndarray], kind: str = "CPE3", more: str = "") -> Path:
    """Abaqus input, numbered from 1, with sets of elements after them."""
    lines = ["*HEADING", "made for a test", "** a comment", "*NODE"]
    lines += [f"{n}, {x:.17g}, {y:.17g}" for n, (x, y) in enumerate(mesh.nodes, start=1)]
    lines.append(f"*Element, type={kind}")
    for n, cell in enumerate(mesh.cells + 1, start=1):
        lines.append(", ".join(map(str, [n, *cell])))
    for name, members in sets.items():
        lines += [f"*ELSET, ELSET={name}", *(f"{member + 1}," for member in members)]
    path.write_text("\n".join([*lines, more, ""]), encoding="utf-8")
    return path
