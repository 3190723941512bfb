"""Nodes, elements and sets of an Abaqus input file (INP).

meshio reads such files too, but no elements of plane strain, and it gives sets of elements to the wrong block where another
block has none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metac.runtime.mesh.file_mesh import FileMesh, NoMesh, require_triangles

TYPES = {
    3: re.compile(r"(CPE|CPS|CPEG|CAX|S|STRI|R3D|M3D|SFM3D)3\w*"),
    6: re.compile(r"(CPE6|CPS6|CPEG6|CAX6|STRI65|M3D6|SFM3D6)\w*"),
}
"""Names of elements that are triangles, by number of nodes."""
NAMES = {3: "triangle", 6: "triangle6"}
MOST_GENERATED = 10_000_000
"""Members of a set that is written by its first and last."""
SKIPPED = ("INCLUDE", "PART", "INSTANCE")
"""What would change the meaning of the numbers."""


@dataclass
class _Read:
    nodes: dict[int, tuple[float, ...]] = field(default_factory=dict)
    elements: dict[int, list[int]] = field(default_factory=dict)
    others: Counter[str] = field(default_factory=Counter)
    """Elements that are no triangles, by type."""
    elsets: dict[str, list[int]] = field(default_factory=dict)
    nsets: dict[str, list[int]] = field(default_factory=dict)


def read_abaqus_input(path: Path) -> FileMesh:
    """Triangles with their sets (ELSET) and sets of nodes (NSET), whose names are made capitals.

    Raises:
        OSError: where it cannot be opened.
        NoMesh: where it is no such file, or one of parts and instances.
    """
    found = _Read()
    try:
        for line, keyword, options, rows in _blocks(path):
            _take(found, f"line {line}", keyword, options, rows)
    except UnicodeDecodeError:
        raise NoMesh("this is no .inp file: it is no text in UTF-8") from None
    require_triangles({"triangle": len(found.elements), **found.others})
    return _mesh(found)


def _blocks(path: Path) -> Iterator[tuple[int, str, dict[str, str], list[tuple[int, list[str]]]]]:
    """Line, keyword, options and data lines of each keyword, comments left out; a line that ends in a comma continues."""
    keyword, options, rows, start = "", {}, [], 0
    with path.open(encoding="utf-8") as opened:
        for number, text in enumerate(opened, start=1):
            text = text.strip()
            if not text or text.startswith("**"):
                continue
            if not text.startswith("*"):
                rows.append((number, [part.strip() for part in text.split(",")]))
                continue
            if keyword:
                yield start, keyword, options, rows
            head, *rest = (part.strip() for part in text[1:].split(","))
            pairs = [part.partition("=") for part in rest]
            keyword, rows, start = head.upper(), [], number
            options = {name.strip().upper(): value.strip().upper() for name, _, value in pairs if name.strip()}
    if keyword:
        yield start, keyword, options, rows


def _take(found: _Read, where: str, keyword: str, options: dict[str, str], rows: list[tuple[int, list[str]]]) -> None:
    if keyword in SKIPPED:
        raise NoMesh(f"{where}: `*{keyword}` is not read", "write one flat input file: nodes, elements and sets")
    if keyword == "NODE":
        for line, cells in rows:
            number, *place = _numbers(line, cells) or [float("nan")]
            node = _whole(line, number)
            _new(found.nodes, node, line, "node")
            found.nodes[node] = tuple(place)
            found.nsets.setdefault(options.get("NSET", ""), []).append(node)
    elif keyword == "ELEMENT":
        _take_elements(found, options, rows)
    elif keyword in ("ELSET", "NSET"):
        known = found.elsets if keyword == "ELSET" else found.nsets
        name = options.get(keyword, "")
        members = known.setdefault(name, [])
        for line, cells in rows:
            members += _members(known, line, cells, "GENERATE" in options)


def _take_elements(found: _Read, options: dict[str, str], rows: list[tuple[int, list[str]]]) -> None:
    kind = options.get("TYPE", "")
    count = next((count for count, names in TYPES.items() if names.fullmatch(kind)), None)
    if count is None:
        found.others[kind or "unknown"] += len(rows)
        return
    waiting: list[float] = []
    for line, cells in rows:
        waiting += _numbers(line, cells)
        if len(waiting) > count + 1:
            raise NoMesh(f"line {line}: an element of type {kind} has {count} nodes")
        if len(waiting) == count + 1:
            number, *nodes = (_whole(line, each) for each in waiting)
            _new(found.elements, number, line, "element")
            found.elements[number] = nodes
            found.elsets.setdefault(options.get("ELSET", ""), []).append(number)
            waiting = []
    if waiting:
        raise NoMesh(f"line {rows[-1][0]}: an element of type {kind} has {count} nodes, this one {len(waiting) - 1}")


def _new(known: dict[int, Any], number: int, line: int, what: str) -> None:
    if number in known:
        raise NoMesh(f"line {line}: {what} {number} is there twice")


def _numbers(line: int, cells: list[str]) -> list[float]:
    try:
        return [float(cell) for cell in cells if cell]
    except ValueError:
        raise NoMesh(f"line {line}: expected numbers, found `{', '.join(cells)[:60]}`") from None


def _whole(line: int, value: float) -> int:
    if not value.is_integer():
        raise NoMesh(f"line {line}: expected a whole number, found {value:g}")
    return int(value)


def _members(known: dict[str, list[int]], line: int, cells: list[str], generated: bool) -> list[int]:
    if generated:
        numbers = [_whole(line, each) for each in _numbers(line, cells)]
        if len(numbers) not in (2, 3):
            raise NoMesh(f"line {line}: a set is generated from its first, its last, and a step")
        first, last, by = (*numbers, 1)[:3]
        if by <= 0 or not 0 <= (last - first) // by < MOST_GENERATED:
            raise NoMesh(f"line {line}: the set from {first} to {last} by {by} cannot be made")
        return list(range(first, last + 1, by))
    found: list[int] = []
    for cell in cells:
        if cell and not cell.lstrip("-").isdigit():
            if cell.upper() not in known:
                raise NoMesh(f"line {line}: there is no set `{cell}` before this line")
            found += known[cell.upper()]
        elif cell:
            found.append(int(cell))
    return found


def _mesh(found: _Read) -> FileMesh:
    counts = {len(nodes) for nodes in found.elements.values()}
    require_triangles({NAMES[count]: 1 for count in counts})
    node_of = {number: index for index, number in enumerate(found.nodes)}
    cell_of = {number: index for index, number in enumerate(found.elements)}
    missing = {node for nodes in found.elements.values() for node in nodes} - node_of.keys()
    if missing:
        raise NoMesh(f"elements name node {min(missing)}, which is not there")
    dimensions = {len(place) for place in found.nodes.values()}
    if not dimensions <= {2, 3} or len(dimensions) != 1:
        raise NoMesh("nodes have two or three coordinates, all the same number")
    points = np.array(list(found.nodes.values()), dtype=np.float64)
    cells = np.array([[node_of[node] for node in nodes] for nodes in found.elements.values()], dtype=np.int64)
    return FileMesh(
        points,
        cells,
        {name: _indices(cell_of, members) for name, members in found.elsets.items() if name},
        points_of={name: _indices(node_of, members) for name, members in found.nsets.items() if name},
    )


def _indices(known: dict[int, int], members: list[int]) -> NDArray[np.int64]:
    return np.unique(np.array([known[member] for member in members if member in known], dtype=np.int64))
