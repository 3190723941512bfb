"""What a file says of a plane mesh of triangles, whatever its format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from metac.runtime.errors import RuntimeFailure

TRIANGLES = {"triangle": 3, "triangle6": 6}
LINES = {"line": 2, "line3": 3}
IGNORED = {"vertex"}


class NoMesh(RuntimeFailure):
    """A file without a mesh that can be used; `field` is what is to be changed."""

    def __init__(self, message: str, remedy: str = "", *, field: str = "file") -> None:
        self.field = field
        super().__init__(message, remedy=remedy)


@dataclass(frozen=True)
class FileMesh:
    """What a file says, as it says it."""

    points: NDArray[np.float64]
    """`[node, 2 or 3]`, in the file's unit."""
    cells: NDArray[np.int64]
    """`[cell, 3 or 6]`: indices of points; corners, then the middles of edges 01, 12, 20."""
    groups: Mapping[str, NDArray[np.int64]]
    """Elements by the name of their group."""
    lines: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)
    """`[facet, 2 or 3]`: the points of named parts of the boundary: both ends, then the middle."""
    points_of: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)
    """Named sets of points."""


def require_triangles(counts: Mapping[str, int]) -> None:
    """NoMesh where a file, given its elements by meshio's name of their type, is no mesh of triangles of one order."""
    found = {kind: count for kind, count in counts.items() if count and kind not in {*LINES, *IGNORED}}
    others = {kind: count for kind, count in found.items() if kind not in TRIANGLES}
    if not found:
        raise NoMesh("there are no triangles in the file", "mesh the surface, and save its elements")
    if others:
        listed = ", ".join(f"{count:,} of type {kind}" for kind, count in sorted(others.items()))
        raise NoMesh(
            f"bodies are made of triangles of 3 or 6 nodes, and there are other elements: {listed}",
            "mesh the surface with triangles, without recombining them; order 1 or 2",
        )
    if len(found) > 1:
        raise NoMesh("there are triangles of 3 and of 6 nodes", "take one order for all of them")
