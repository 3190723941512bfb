"""Bodies and their loaded states, read from the VTU files of a run folder and packed for the field viewer.

Coordinates, displacements and fields become whole numbers of 16 bits between the least and the greatest value, all arrays of
a view one compressed block. A view shows what the files hold, to a 65,000th of its range.
"""

from __future__ import annotations

import base64
import gzip
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metac.runtime.report.fields import TITLES

Field = NDArray[np.float64]

LARGEST = 6_000_000
"""Bytes of a view before packing; increments beyond are left out, and the page says so."""
TRIANGLES = {
    "triangle": ((0, 1, 2),),
    "triangle6": ((0, 3, 5), (3, 1, 4), (5, 4, 2), (3, 4, 5)),
    "quad": ((0, 1, 2), (0, 2, 3)),
    "quad9": ((0, 4, 8), (0, 8, 7), (4, 1, 5), (4, 5, 8), (8, 5, 2), (8, 2, 6), (7, 8, 6), (7, 6, 3)),
}
"""Each element as triangles between its nodes, in VTK's order."""
RIMS = {
    "triangle": ((0, 1), (1, 2), (2, 0)),
    "triangle6": ((0, 3), (3, 1), (1, 4), (4, 2), (2, 5), (5, 0)),
    "quad": ((0, 1), (1, 2), (2, 3), (3, 0)),
    "quad9": ((0, 4), (4, 1), (1, 5), (5, 2), (2, 6), (6, 3), (3, 7), (7, 0)),
}
"""Pieces of an element's edges."""
CORNERS = {"triangle": 3, "triangle6": 3, "quad": 4, "quad9": 4}
_STATE = re.compile(r"(?P<load>.+)-(?P<number>\d{2,})\.vtu")
_ABOUT = re.compile(r"^state: (.*)$", re.MULTILINE)


class Packed:
    """Arrays in one block, each with its place in it."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.size = 0

    def add(self, values: NDArray[Any]) -> dict[str, Any]:
        """Where an array of whole numbers stands; little-endian, as the browser reads it."""
        raw = values.astype(values.dtype.newbyteorder("<")).tobytes()
        raw += b"\0" * (-len(raw) % 4)
        place = {"offset": self.size, "length": int(values.size), "bytes": values.dtype.itemsize}
        self._parts.append(raw)
        self.size += len(raw)
        return place

    def add_reals(self, values: Field) -> dict[str, Any]:
        """Where an array of reals stands, as shares of its range.

        Raises:
            ValueError: if a value is not finite.
        """
        if not np.isfinite(values).all():
            raise ValueError("a value is not finite")
        low, high = float(values.min(initial=np.inf)), float(values.max(initial=-np.inf))
        span = high - low or 1.0
        place = self.add(np.round((values - low) / span * 65535).astype(np.uint16))
        return place | {"low": low, "high": high}

    def text(self) -> str:
        """The block, compressed, as text."""
        return base64.b64encode(gzip.compress(b"".join(self._parts), 9, mtime=0)).decode()


@dataclass(frozen=True)
class MeshView:
    """What the viewer shows of one load, or of a body that is not loaded."""

    name: str
    statistics: str
    """The mesh in words."""
    left_out: str | None
    """What is not shown, and why."""
    data: dict[str, Any]
    """For JSON: arrays in `block`, and where each of them stands."""


def mesh_views(folder: Path) -> list[MeshView | str]:
    """One view a load, and one a body that no load shows; where a file cannot be shown, why."""
    series: dict[str, list[Path]] = {}
    bodies = []
    for path in sorted(folder.glob("*.vtu")):
        state = _STATE.fullmatch(path.name)
        if state:
            series.setdefault(state["load"], []).append(path)
        else:
            bodies.append(path)
    for paths in series.values():
        paths.sort(key=lambda path: int(path.stem.rpartition("-")[2]))  # By number: from 100 on, names are longer.
    views: list[MeshView | str] = []
    shown: set[bytes] = set()
    for name, paths in [*series.items(), *((path.stem, [path]) for path in bodies)]:
        try:
            contents = [_read(path) for path in paths]
        except Exception as error:  # whatever a file of a stranger makes the reader raise
            views.append(f"{name} is not shown: {paths[0].name} cannot be read ({error})")
            continue
        key = np.ascontiguousarray(contents[0].points).tobytes()
        if len(paths) == 1 and key in shown:
            continue
        shown.add(key)
        try:
            views.append(_view(name, contents, [_label(path) for path in paths]))
        except (ValueError, KeyError) as error:
            views.append(f"{name} is not shown: {error}")
    return views


def _read(path: Path) -> Any:
    """By the reader itself: `meshio.read` ends the process where a file is broken."""
    from meshio.vtu import read

    return read(path)


def _label(path: Path) -> str:
    """What is applied in a state, as its file says."""
    with path.open(encoding="utf-8", errors="replace") as file:
        found = _ABOUT.search(file.read(4000))
    return found[1] if found else ""


def _view(name: str, contents: Sequence[Any], labels: Sequence[str]) -> MeshView:
    first = contents[0]
    (block,) = first.cells
    if block.type not in TRIANGLES:
        raise ValueError(f"elements of type {block.type} are not drawn")
    if any(len(each.points) != len(first.points) for each in contents):
        raise ValueError("its increments are on different meshes")
    points = np.asarray(first.points[:, :2], dtype=float)
    cells = np.asarray(block.data)
    packed = Packed()
    small = np.uint16 if len(points) < 2**16 else np.uint32
    triangles = cells[:, np.array(TRIANGLES[block.type])].reshape(-1, 3)
    data: dict[str, Any] = {
        "name": name,
        "points": [packed.add_reals(points[:, axis]) for axis in (0, 1)],
        "triangles": packed.add(triangles.astype(small)),
        "outline": packed.add(_outline(cells[:, np.array(RIMS[block.type])].reshape(-1, 2)).astype(small)),
        "pieces": len(TRIANGLES[block.type]),
        "cells": {key: _described(key, packed.add_reals(np.asarray(values[0]))) for key, values in first.cell_data.items()},
    }
    data["states"], left_out = _states(contents, labels, packed)
    data["block"] = packed.text()
    return MeshView(name, _statistics(points, cells, block.type), left_out, data)


def _states(contents: Sequence[Any], labels: Sequence[str], packed: Packed) -> tuple[list[dict[str, Any]], str | None]:
    """The increments: all of them, or as many as there is room for, spread evenly, the last one among them."""
    loaded = [(each, label) for each, label in zip(contents, labels, strict=True) if "displacement" in each.point_data]
    if not loaded:
        return [], None
    each_size = sum(2 * np.asarray(field)[..., :2].size for field in loaded[0][0].point_data.values())
    room = max(1, (LARGEST - packed.size) // max(each_size, 1))
    chosen = sorted({round(n) for n in np.linspace(len(loaded) - 1, 0, min(room, len(loaded)))})
    states = []
    for index in chosen:
        content, label = loaded[index]
        displacement = np.asarray(content.point_data["displacement"], dtype=float)
        fields = {key: np.asarray(values, dtype=float) for key, values in content.point_data.items() if np.ndim(values) == 1}
        number = f"increment {index + 1} of {len(loaded)}"
        states.append(
            {
                "label": f"{number}: {label}" if label else number,
                "displacement": [packed.add_reals(displacement[:, axis]) for axis in (0, 1)],
                "fields": {key: _described(key, packed.add_reals(values)) for key, values in fields.items()},
            }
        )
    if len(chosen) == len(loaded):
        return states, None
    return states, f"{len(chosen)} of {len(loaded)} increments are shown, to keep the page small; all are in the VTU files"


def _described(name: str, place: dict[str, Any]) -> dict[str, Any]:
    return place | {"title": TITLES.get(name, name.replace("_", " "))}


def _outline(edges: NDArray[Any]) -> NDArray[Any]:
    """`[edge, 2]`: pieces of edges that belong to one element only."""
    ordered, places, counts = np.unique(np.sort(edges, axis=1), axis=0, return_index=True, return_counts=True)
    del ordered
    return edges[places[counts == 1]]


def _statistics(points: Field, cells: NDArray[Any], kind: str) -> str:
    """How many nodes and elements, of which order, how long their edges are, and the least angle."""
    corners = points[cells[:, : CORNERS[kind]]]
    ahead = np.roll(corners, -1, axis=1) - corners
    lengths = np.linalg.norm(ahead, axis=2)
    back = -np.roll(ahead, 1, axis=1)
    cosines = (ahead * back).sum(axis=2) / np.maximum(lengths * np.linalg.norm(back, axis=2), 1e-300)
    least = float(np.degrees(np.arccos(np.clip(cosines.max(), -1, 1))))
    order = "quadratic" if cells.shape[1] > CORNERS[kind] else "linear"
    shape = "triangles" if CORNERS[kind] == 3 else "quadrilaterals"
    return (
        f"{len(points):,} nodes, {len(cells):,} {order} {shape}; edges {lengths.min():.3g} to {lengths.max():.3g} mm long, "
        f"{np.median(lengths):.3g} mm in the middle; least angle {least:.0f}°"
    )
