"""Closed curves as dense points: how shapes, bodies and the mesher hand regions to one another."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from metac.runtime.dimensions import PLANE

if TYPE_CHECKING:
    from shapely.geometry import Polygon

SAMPLES = 240
"""Points on a smooth closed curve: a multiple of 12, so that every rotation of a plane group maps the points of a circle
onto themselves; the cubic spline through them follows a circle to 1e-9 of its radius."""


@dataclass(frozen=True, eq=False)
class Outline:
    """A closed curve, counter-clockwise; smooth but for its corners.

    Between corners the true curve is the cubic spline through the points (`runtime/geometry/curve.py`).
    """

    points: NDArray[np.float64]
    """`[point, 2]`, mm; the last is joined to the first, which is not repeated."""
    corners: tuple[int, ...] = ()
    """Points at which the direction jumps, ascending."""

    def __post_init__(self) -> None:
        points = np.array(self.points, dtype=np.float64)
        if points.ndim != 2 or points.shape[1] != PLANE or len(points) < 3:
            raise ValueError(f"an outline needs [point, 2] with three points at least, got {points.shape}")
        corners = tuple(sorted({int(corner) % len(points) for corner in self.corners}))
        if _signed_area(points) < 0:
            points = np.roll(points[::-1], 1, axis=0)
            corners = tuple(sorted(-corner % len(points) for corner in corners))
        points.setflags(write=False)
        object.__setattr__(self, "points", points)
        object.__setattr__(self, "corners", corners)

    @property
    def area(self) -> float:
        """Area enclosed by the straight lines between the points, mm²."""
        return abs(_signed_area(self.points))

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """x0, y0, x1, y1 of the smallest rectangle around the points, mm."""
        x0, y0 = self.points.min(axis=0)
        x1, y1 = self.points.max(axis=0)
        return float(x0), float(y0), float(x1), float(y1)

    @cached_property
    def polygon(self) -> Polygon:
        """The enclosed region, as shapely has it; not necessarily valid."""
        from shapely.geometry import Polygon

        return Polygon(self.points)


def closed_polygon(vertices: NDArray[np.float64]) -> Outline:
    """The straight-sided outline through `vertices[vertex, 2]` (mm), with points between them so that it can be bent."""
    sides = np.roll(vertices, -1, axis=0) - vertices
    lengths = np.linalg.norm(sides, axis=1)
    counts = np.maximum(4, np.ceil(SAMPLES * lengths / lengths.sum())).astype(int)
    points = [
        vertex + side * (np.arange(count) / count)[:, None]
        for vertex, side, count in zip(vertices, sides, counts, strict=True)
    ]
    corners = np.concatenate([[0], np.cumsum(counts)[:-1]])
    return Outline(np.concatenate(points), tuple(int(corner) for corner in corners))


def _signed_area(points: NDArray[np.float64]) -> float:
    centred = points - points.mean(axis=0)
    following = np.roll(centred, -1, axis=0)
    return 0.5 * float(np.sum(centred[:, 0] * following[:, 1] - centred[:, 1] * following[:, 0]))
