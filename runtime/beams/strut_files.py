"""Nodes and beams in tables (CSV) and in JSON files, numbered from 1, in mm; tables as frames are exported."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metac.runtime.beams.crossing_beams import meetings, with_nodes_at_crossings
from metac.runtime.beams.strut_net import StrutNet, coincident
from metac.runtime.errors import RuntimeFailure
from metac.runtime.regular_files import require_regular

NEAR = 1e-6
"""Nodes this close, over the size of the net, are at one place."""
NODE_COLUMNS = ("node", "x_mm", "y_mm")
BEAM_COLUMNS = ("beam", "first_node", "second_node")
WIDTH_COLUMN = "width_mm"
PARTS = ("-nodes.csv", "-beams.csv")
"""Ends of the names of the two files that a run writes."""


class NoStruts(RuntimeFailure):
    """A file, or lists, that hold no frame."""

    def __init__(
        self, message: str, remedy: str = "`metac explain M0563` shows such a file", *, field: str | None = None
    ) -> None:
        self.field = field
        """What is to be changed, where it is not the file or the beams."""
        super().__init__(message, remedy=remedy)


@dataclass(frozen=True, eq=False)
class SizedStrutNet:
    """A net, mm, and the beams' own widths."""

    net: StrutNet
    widths: NDArray[np.float64] | None
    """`[edge]`, mm, NaN for those without; None where no beam has one."""


@dataclass
class _Tables:
    nodes: list[list[float]] = field(default_factory=list)
    beams: list[list[int]] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)


def struts_of(
    nodes: Sequence[Sequence[float]], beams: Sequence[Sequence[int]], widths: Sequence[float] = ()
) -> SizedStrutNet:
    """Struts of nodes `[node][2]`, mm, and beams `[beam][2]` of numbers from 1; widths in mm, NaN where there is none.

    Raises:
        NoStruts: where they make no frame; it names nodes and beams by their numbers.
    """
    for name, items in (("node", nodes), ("beam", beams)):
        for number, item in enumerate(items, start=1):
            if len(item) != 2:
                what = "coordinates" if name == "node" else "nodes"
                raise NoStruts(f"{name} {number} has {len(item)} {what}, not two")
    if not beams:
        raise NoStruts("there are no beams")
    for number, pair in enumerate(beams, start=1):
        for node in pair:
            if not 1 <= node <= len(nodes):
                raise NoStruts(f"beam {number} ends at node {node}, and nodes are numbered from 1 to {len(nodes)}")
        if pair[0] == pair[1]:
            raise NoStruts(f"beam {number} joins node {pair[0]} with itself: it has no length")
    places, edges = np.array(nodes, float), np.array(beams, np.int64) - 1
    if not np.isfinite(places).all():
        raise NoStruts(
            f"node {int(np.flatnonzero(~np.isfinite(places).all(axis=1))[0]) + 1} has a coordinate that is no number"
        )
    _require_apart(places, edges)
    _require_once(edges)
    loose = np.setdiff1d(np.arange(len(places)), edges)
    if len(loose):
        raise NoStruts(f"node {loose[0] + 1} hangs loose: no beam ends there", "remove it, or join it with a beam")
    own = np.array(widths, float)
    if len(own) and len(own) != len(edges):
        raise NoStruts(f"there are {len(edges)} beams and {len(own)} widths")
    if (own <= 0).any() or np.isinf(own).any():
        number = int(np.flatnonzero((own <= 0) | np.isinf(own))[0]) + 1
        raise NoStruts(f"beam {number} has the width {own[number - 1]:g} mm; widths are positive")
    return SizedStrutNet(StrutNet(places, edges), own if len(own) and not np.isnan(own).all() else None)


def _require_apart(places: NDArray[np.float64], edges: NDArray[np.int64]) -> None:
    extent = np.ptp(places, axis=0)
    near = NEAR * float(extent.max())
    if extent.min() <= near:
        raise NoStruts("all nodes lie on one line along x or y: there is no rectangle around them to apply a load to")
    first, number = coincident(places, near)
    if len(first) < len(places):
        second = next(node for node, own in enumerate(number) if first[own] != node)
        one, other = int(first[number[second]]) + 1, second + 1
        same = np.flatnonzero((np.sort(edges, axis=1) == [one - 1, other - 1]).all(axis=1))
        if len(same):
            raise NoStruts(f"beam {same[0] + 1} has no length: nodes {one} and {other} are at the same place")
        raise NoStruts(
            f"nodes {one} and {other} are at the same place, and nothing joins them",
            "let all beams there end at one of them",
        )


def _require_once(edges: NDArray[np.int64]) -> None:
    seen: dict[tuple[int, int], int] = {}
    for number, (a, b) in enumerate(np.sort(edges, axis=1).tolist(), start=1):
        first = seen.setdefault((a, b), number)
        if first != number:
            raise NoStruts(f"beams {first} and {number} both join nodes {a + 1} and {b + 1}", f"remove beam {number}")


SHOWN = 3
"""Crossings that a message names."""


def uncrossed(struts: SizedStrutNet) -> SizedStrutNet:
    """The struts; NoStruts, which names beams and places, where some cross, or pass over a node, without being joined."""
    met = meetings(struts.net.nodes, struts.net.edges)
    told = [
        f"beams {first + 1} and {second + 1} cross at {_place(place)}"
        for (first, second), place in zip(met.crossings.tolist(), met.places, strict=True)
    ]
    told += [
        f"beam {beam + 1} passes over node {node + 1} at {_place(struts.net.nodes[node])}"
        for beam, node in met.touched.tolist()
    ]
    if not told:
        return struts
    more = f", and {len(told) - SHOWN} more" if len(told) > SHOWN else ""
    raise NoStruts(f"{', '.join(told[:SHOWN])}{more}: there is no node that joins them", "`crossings = join` joins them")


def with_crossings_joined(struts: SizedStrutNet) -> SizedStrutNet:
    """The struts with nodes where beams cross or pass over a node; NoStruts where two lie on each other."""
    joined = with_nodes_at_crossings(struts.net.nodes, struts.net.edges)
    seen: dict[tuple[int, int], int] = {}
    for (a, b), beam in zip(np.sort(joined.net.edges, axis=1).tolist(), joined.origin.tolist(), strict=True):
        first = seen.setdefault((a, b), beam)
        if first != beam:
            where = f"between {_place(joined.net.nodes[a])} and {_place(joined.net.nodes[b])}"
            raise NoStruts(f"beams {first + 1} and {beam + 1} lie on each other {where}", "shorten or remove one of them")
    return SizedStrutNet(joined.net, None if struts.widths is None else struts.widths[joined.origin])


def _place(place: NDArray[np.float64]) -> str:
    return f"({place[0]:.4g}, {place[1]:.4g}) mm"


def read_struts(path: Path) -> SizedStrutNet:
    """The struts that a file holds: JSON by its name, tables otherwise.

    Of the two files that a run writes, `…-nodes.csv` and `…-beams.csv`, either one names both.

    Raises:
        OSError: where it cannot be opened.
        NoStruts: where it holds none.
    """
    require_regular(path)
    if path.suffix.lower() == ".json":
        tables = _from_json(path)
    else:
        tables = _Tables()
        for each in _parts(path):
            require_regular(each)
            _read_tables(each, tables)
    return struts_of(tables.nodes, tables.beams, tables.widths)


def _parts(path: Path) -> list[Path]:
    for end in PARTS:
        if path.name.endswith(end):
            return [path.with_name(path.name.removesuffix(end) + part) for part in PARTS]
    return [path]


def _from_json(path: Path) -> _Tables:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as problem:
        raise NoStruts(f"this is no JSON: {problem}") from None
    known = {"nodes_mm", "beams", "widths_mm"}
    if not isinstance(said, dict) or not {"nodes_mm", "beams"} <= said.keys() <= known:
        found = ", ".join(sorted(said)) if isinstance(said, dict) else type(said).__name__
        raise NoStruts(f"expected `nodes_mm`, `beams` and, where beams have them, `widths_mm`, found: {found}")
    try:
        nodes = [[float(part) for part in node] for node in said["nodes_mm"]]
        beams = [[_whole(part) for part in beam] for beam in said["beams"]]
        widths = [math.nan if width is None else float(width) for width in said.get("widths_mm", [])]
    except (TypeError, ValueError) as problem:
        raise NoStruts(f"nodes, beams and widths are lists of numbers: {problem}") from None
    return _Tables(nodes, beams, widths)


def _read_tables(path: Path, into: _Tables) -> None:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise NoStruts(f"{path.name} is no text in UTF-8") from None
    columns: tuple[str, ...] = ()
    for number, cells in enumerate(csv.reader(lines), start=1):
        cells = [cell.strip() for cell in cells]
        if not any(cells) or cells[0].startswith("#"):
            continue
        if cells[0].lower() in ("node", "beam"):
            columns = _heading(path, number, cells)
            continue
        where = f"{path.name}, line {number}"
        if not columns:
            raise NoStruts(
                f"{where}: a table begins with `{','.join(NODE_COLUMNS)}` or `{','.join(BEAM_COLUMNS)},{WIDTH_COLUMN}`"
            )
        if len(cells) != len(columns):
            raise NoStruts(f"{where}: {len(cells)} values in {len(columns)} columns")
        _row(where, columns, cells, into)


def _heading(path: Path, line: int, cells: list[str]) -> tuple[str, ...]:
    found = tuple(cell.lower() for cell in cells)
    if found not in (NODE_COLUMNS, BEAM_COLUMNS, (*BEAM_COLUMNS, WIDTH_COLUMN)):
        wanted = NODE_COLUMNS if found[0] == "node" else (*BEAM_COLUMNS, WIDTH_COLUMN)
        raise NoStruts(f"{path.name}, line {line}: expected the columns `{','.join(wanted)}`, found `{','.join(found)}`")
    return found


def _row(where: str, columns: tuple[str, ...], cells: list[str], into: _Tables) -> None:
    name, rows = columns[0], into.nodes if columns[0] == "node" else into.beams
    try:
        number = _whole(cells[0])
        if name == "node":
            into.nodes.append([float(cell) for cell in cells[1:]])
        else:
            into.beams.append([_whole(cell) for cell in cells[1:3]])
            into.widths.append(float(cells[3]) if len(cells) > 3 and cells[3] else math.nan)
    except ValueError as problem:
        raise NoStruts(f"{where}: {problem}") from None
    if number != len(rows):
        raise NoStruts(f"{where}: {name} {number} stands in the place of {name} {len(rows)}", "number them from 1, in order")


def _whole(value: Any) -> int:
    number = float(value)
    if isinstance(value, bool) or not number.is_integer():
        raise ValueError(f"{value} is no whole number")
    return int(number)
