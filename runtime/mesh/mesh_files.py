"""Plane meshes of triangles in files of other programs: MSH and VTU by meshio, Abaqus INP by `abaqus_input.py`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metac.runtime.mesh.abaqus_input import read_abaqus_input
from metac.runtime.mesh.file_mesh import LINES, TRIANGLES, FileMesh, NoMesh, require_triangles
from metac.runtime.regular_files import require_regular

LARGEST_FILE = 200_000_000
"""Bytes."""
LARGEST_PACKED = 8_000_000
"""Bytes of a file whose arrays are compressed: they may grow a thousandfold."""
MOST_ELEMENTS = 2_000_000
MOST_VALUES = 1000
"""Different values of a field of cells that can be names of groups."""


def read_mesh_file(path: Path) -> FileMesh:
    """The triangles of a `.msh`, `.vtu` or `.inp` file, with its named groups.

    In VTU files each whole value of a field of the cells is a group, `material=1`; groups of an MSH file without a name are
    called by their numbers, `physical=1`.

    Raises:
        OSError: where the file cannot be opened.
        NoMesh: where it holds none, or other elements.
    """
    readers = {".msh": _read_msh, ".vtu": _read_vtu, ".inp": read_abaqus_input}
    require_regular(path)
    with path.open("rb") as opened:
        head = opened.read(1000)
    size = path.stat().st_size
    if path.suffix.lower() not in readers:
        raise NoMesh("a mesh is read from `.msh`, `.vtu` and `.inp` files", "export it as one of these")
    if size > (LARGEST_PACKED if b"compressor" in head else LARGEST_FILE):
        raise NoMesh(f"the file has {size:,} bytes, more than are read", "a coarser mesh, or uncompressed arrays")
    found = readers[path.suffix.lower()](path)
    if len(found.cells) > MOST_ELEMENTS:
        raise NoMesh(f"these are {len(found.cells):,} elements, more than {MOST_ELEMENTS:,}", "take a coarser mesh")
    return found


_GROUPED = "put all surfaces into physical groups, and let Gmsh save no other elements (`Mesh.SaveAll = 0`)"


def _read_msh(path: Path) -> FileMesh:
    from meshio.gmsh.main import read

    content = _parsed(read, path, "write it again with Gmsh, version 4.1 or 2.2")
    groups = {name: _by_block(content, list(blocks)) for name, blocks in content.cell_sets.items() if "gmsh:" not in name}
    tags = content.cell_data.get("gmsh:physical")
    names = {(int(tag), int(dimension)): name for name, (tag, dimension) in content.field_data.items()}
    for number, block in enumerate(content.cells):
        own = np.zeros(0) if tags is None else tags[number]
        for tag in np.unique(own).tolist():
            name = names.get((tag, 1 if block.type in LINES else 2), f"physical={tag}")
            groups.setdefault(name, {}).setdefault(number, np.flatnonzero(own == tag))
    return _made(content, groups)


def _read_vtu(path: Path) -> FileMesh:
    from meshio.vtu._vtu import read

    content = _parsed(read, path, "write it again, with ParaView say, as ASCII or uncompressed")
    groups: dict[str, dict[int, NDArray[np.int64]]] = {}
    for name, blocks in content.cell_data.items():
        values = np.unique(np.concatenate([np.ravel(block) for block in blocks]))
        if len(values) > MOST_VALUES or values.dtype.kind not in "iuf" or not (values == np.round(values)).all():
            continue
        for value in values.tolist():
            groups[f"{name}={value:.0f}"] = {
                number: np.flatnonzero(np.ravel(block) == value) for number, block in enumerate(blocks) if block.ndim == 1
            }
    return _made(content, groups)


def _parsed(read: Any, path: Path, remedy: str) -> Any:
    """What meshio reads; whatever it raises for a damaged file is NoMesh."""
    from meshio import ReadError

    try:
        return read(path)
    except OSError:
        raise
    except (Exception, SystemExit) as problem:
        told = " ".join(str(problem).split())[:200] if isinstance(problem, ReadError) else ""
        if "gmsh:physical" in str(problem):  # meshio gives up where only some elements have physical groups
            told, remedy = "some elements are in no physical group", _GROUPED
        raise NoMesh(f"this {path.suffix} file cannot be read: {told or 'it is cut short or damaged'}", remedy) from problem


def _by_block(content: Any, blocks: list[Any]) -> dict[int, NDArray[np.int64]]:
    """Elements of a group by the number of their block, empty ones left out."""
    pairs = enumerate(blocks[: len(content.cells)])
    return {number: np.asarray(own, np.int64) for number, own in pairs if own is not None and len(own)}


def _made(content: Any, groups: Mapping[str, Mapping[int, NDArray[np.int64]]]) -> FileMesh:
    types = [block.type for block in content.cells]
    require_triangles(Counter({kind: sum(len(b.data) for b in content.cells if b.type == kind) for kind in set(types)}))
    starts, total = {}, 0
    for number, block in enumerate(content.cells):
        if block.type in TRIANGLES:
            starts[number] = total
            total += len(block.data)
    cells = np.concatenate([np.asarray(block.data, np.int64) for block in content.cells if block.type in TRIANGLES])
    named, lines = {}, {}
    for name, blocks in groups.items():
        own = [starts[number] + each for number, each in blocks.items() if number in starts]
        edges = [content.cells[number].data[each] for number, each in blocks.items() if types[number] in LINES]
        if own and sum(map(len, own)):
            named[name] = np.concatenate(own)
        if edges and len({edge.shape[1] for edge in edges}) == 1 and sum(map(len, edges)):
            lines[name] = np.concatenate(edges).astype(np.int64)
    return FileMesh(np.asarray(content.points, np.float64), cells, named, lines)
