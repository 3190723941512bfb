"""What is left of gaps that a third medium fills, where their walls touch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metac.runtime.mesh.mesh import Mesh

CLOSED = 0.05
"""Part of its area below which an element of the medium counts as closed."""

Points = NDArray[np.float64]


@dataclass(frozen=True)
class ClosedGaps:
    """Contact that was simulated."""

    increment: int
    """The first one, from 1, in which walls touch."""
    place: tuple[float, float]
    """Where they do, as deformed, mm."""
    gap: float
    """The widest gap, in any increment, that is left between walls that touch, mm."""


def closed_gaps(mesh: Mesh, first: int, coordinates: Points, displacement: Points) -> ClosedGaps | None:
    """Where walls touch along a load path; None where they never do.

    Args:
        mesh: of the plane, of triangles; from cell `first` on they are the medium's.
        coordinates: `[node, 2]`: unloaded positions, mm.
        displacement: `[increment, node, 2]`, mm; what follows an increment that is not finite is not looked at.
    """
    corners = mesh.cells[first:, :3]
    before, _ = _areas_and_heights(coordinates[corners])
    found: ClosedGaps | None = None
    for number, moved in enumerate(displacement):
        if not np.isfinite(moved).all():
            break
        places = (coordinates + moved)[corners]
        areas, heights = _areas_and_heights(places)
        closed = areas < CLOSED * before
        if not closed.any():
            continue
        gap = float(heights[closed].max())
        if found is None:
            x, y = places[np.argmin(areas / before)].mean(axis=0).tolist()
            found = ClosedGaps(number + 1, (x, y), gap)
        found = ClosedGaps(found.increment, found.place, max(found.gap, gap))
    return found


def _areas_and_heights(places: Points) -> tuple[Points, Points]:
    """`[cell]`, mm² and mm, of triangles `[cell, corner, 2]`; the height stands on the longest side."""
    first, second = places[:, 1] - places[:, 0], places[:, 2] - places[:, 0]
    areas = np.abs(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]) / 2
    longest = np.linalg.norm(places - np.roll(places, -1, axis=1), axis=2).max(axis=1)
    return areas, 2 * areas / longest
