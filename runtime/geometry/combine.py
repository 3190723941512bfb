"""Regions put together: unions, intersections, differences and offsets of outlines, with the corners that arise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LinearRing, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points

from metac.runtime.errors import RuntimeFailure
from metac.runtime.geometry.curve import OutlineSpline
from metac.runtime.geometry.outline import SAMPLES, Outline

FINER = 8
"""Steps from one point of an outline to the next where regions are put together: corners then lie on both curves to 1e-6."""
SLIVER = 1e-9
"""Parts this small, over the area of the largest, come from rounding."""
SAME = 1e-9
"""Points this close, over the length of the outline, are one."""
TURN = np.deg2rad(8.0)
"""Of an offset's dense outline: more than that is a corner."""


class NotOneOutline(RuntimeFailure):
    """What is put together has no single closed outline."""


def union(outlines: Sequence[Outline]) -> Outline:
    """What any of the regions covers; raises NotOneOutline."""
    return _combined(outlines, Polygon.union)


def intersection(outlines: Sequence[Outline]) -> Outline:
    """What all regions cover; raises NotOneOutline."""
    return _combined(outlines, Polygon.intersection)


def difference(outlines: Sequence[Outline], count: int = SAMPLES) -> Outline:
    """The first region less the others, on about `count` points; raises NotOneOutline."""
    return _combined(outlines, Polygon.difference, count)


def offset(outline: Outline, distance: float) -> Outline:
    """The outline at a distance (mm), outside where it is positive; corners that open are rounded; raises NotOneOutline."""
    dense, _ = _refined(outline)
    region = _single(Polygon(dense).buffer(distance, quad_segs=4 * FINER))
    ring, given = np.array(region.exterior.coords)[:-1], LinearRing(dense)
    # Shapely drops points within a hundredth of the distance, so each that is left is put at the distance exactly.
    feet = np.array([nearest_points(given, Point(point))[0].coords[0] for point in ring])
    apart = ring - feet
    placed = feet + abs(distance) * apart / np.linalg.norm(apart, axis=1)[:, None]
    # The curvature jumps where the arc around a corner begins and ends.
    around = np.zeros(len(ring), bool)
    for corner in outline.points[list(outline.corners)]:
        around |= np.linalg.norm(feet - corner, axis=1) < 1e-9 * given.length
    ends = around & ~(np.roll(around, 1) & np.roll(around, -1))
    before, after = placed - np.roll(placed, 1, axis=0), np.roll(placed, -1, axis=0) - placed
    turns = np.arctan2(before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0], (before * after).sum(axis=1))
    return sampled(placed, ends | (np.abs(turns) > TURN))


def _combined(
    outlines: Sequence[Outline], combine: Callable[[Polygon, Polygon], BaseGeometry], count: int = SAMPLES
) -> Outline:
    refined = [_refined(outline) for outline in outlines]
    regions: list[BaseGeometry] = [Polygon(points) for points, _ in refined]
    region = _single(reduce(combine, regions))  # pyright: ignore[reportArgumentType]
    ring = np.array(region.exterior.coords)[:-1]
    # Where curves cross within rounding of a point of theirs, that point stands twice.
    apart = np.linalg.norm(ring - np.roll(ring, 1, axis=0), axis=1)
    near = SAME * float(apart.sum())
    ring = ring[apart > near]
    return sampled(ring, ~_smooth(ring, refined, near), count)


def _smooth(
    ring: NDArray[np.float64], refined: Sequence[tuple[NDArray[np.float64], NDArray[np.bool_]]], near: float
) -> NDArray[np.bool_]:
    """`[point]`: whether the ring follows one of the outlines through that point, and the outline has no corner there."""
    smooth = np.zeros(len(ring), bool)
    middles = shapely.points((ring + np.roll(ring, -1, axis=0)) / 2)
    for points, corners in refined:
        along = shapely.distance(middles, LinearRing(points)) <= near
        sharp = shapely.distance(shapely.points(ring), shapely.multipoints(points[corners])) <= near
        smooth |= along & np.roll(along, 1) & ~sharp
    return smooth


def _refined(outline: Outline) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Points on the true curve `[point, 2]`, and which of them are corners `[point]`."""
    curve = OutlineSpline(outline)
    parameters = curve.refined(FINER).ravel()
    corners = np.zeros(len(parameters), bool)
    corners[[FINER * corner for corner in outline.corners]] = True
    points = curve.at(parameters)
    points[::FINER] = outline.points
    return points, corners


def _single(region: BaseGeometry) -> Polygon:
    """The one polygon without holes that a region is, up to slivers."""
    parts = [part for part in getattr(region, "geoms", [region]) if isinstance(part, Polygon) and part.area > 0]
    largest = max((part.area for part in parts), default=0.0)
    parts = [part for part in parts if part.area > SLIVER * largest]
    if not parts:
        raise NotOneOutline("nothing is left", remedy="let the parts overlap, or take less away")
    if len(parts) > 1:
        shown = ", ".join(_place(part) for part in parts[:4])
        raise NotOneOutline(f"it falls into {len(parts)} pieces, around {shown}", remedy="let the parts overlap")
    holes = [Polygon(ring) for ring in parts[0].interiors if Polygon(ring).area > SLIVER * largest]
    if holes:
        raise NotOneOutline(
            f"it has a hole around {_place(holes[0])}, where solid would lie loose in the pore",
            remedy="a pore is one region without holes",
        )
    return parts[0]


def _place(region: Polygon) -> str:
    # Rounding and adding zero keep 1e-16 and -0 out of messages.
    x, y = (round(part, 9) + 0.0 for part in region.centroid.coords[0])
    return f"({x:.4g}, {y:.4g}) mm"


def sampled(ring: NDArray[np.float64], corners: NDArray[np.bool_], count: int = SAMPLES) -> Outline:
    """The outline through a dense ring `[point, 2]`, mm: about `count` points of it, and all its `corners[point]`."""
    lengths = np.linalg.norm(np.roll(ring, -1, axis=0) - ring, axis=1)
    if corners.any():
        start = int(np.flatnonzero(corners)[0])
        ring, corners, lengths = np.roll(ring, -start, axis=0), np.roll(corners, -start), np.roll(lengths, -start)
    spacing = lengths.sum() / count
    starts = np.flatnonzero(corners) if corners.any() else np.zeros(1, int)
    chosen: list[NDArray[np.float64]] = []
    places: list[int] = []
    for start, stop in zip(starts, [*starts[1:], len(ring)], strict=True):
        along = np.concatenate([[0.0], np.cumsum(lengths[start:stop])])
        steps = max(4, int(np.ceil(along[-1] / spacing)))
        points = np.concatenate([ring[start:stop], ring[[stop % len(ring)]]])
        places.append(sum(map(len, chosen)))
        chosen.append(_nearly_even(points, along, steps))
    return Outline(np.concatenate(chosen), tuple(places) if corners.any() else ())


def _nearly_even(points: NDArray[np.float64], along: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """About `count` of the points, without the last; long straight steps between them get points of their own."""
    wanted = along[-1] * np.arange(count) / count
    after = np.clip(np.searchsorted(along, wanted), 1, len(along) - 1)
    nearest = np.where(wanted - along[after - 1] <= along[after] - wanted, after - 1, after)
    far = np.abs(along[nearest] - wanted) > 0.5 * along[-1] / count
    # Where the ring has no point near, it is a straight line: points of curves stand much closer.
    between = np.stack([np.interp(wanted, along, points[:, axis]) for axis in (0, 1)], axis=1)
    kept = np.where(far[:, None], between, points[nearest])
    places = np.where(far, wanted, along[nearest])
    _, first = np.unique(places, return_index=True)
    inside = places[first] < along[-1]
    return kept[first][inside]
