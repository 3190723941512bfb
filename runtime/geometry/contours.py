"""Closed curves on which a function of the plane is zero: all use of contourpy is here.

Contours on a grid, whose points are then put on the curve; each is drawn again on a grid of its own that is finer.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from contourpy import contour_generator
from numpy.typing import NDArray
from scipy.spatial import KDTree
from shapely.geometry import Polygon

from metac.runtime.dimensions import PLANE
from metac.runtime.errors import RuntimeFailure
from metac.runtime.geometry.drawn_curves import (
    FINEST_TOLERANCE,
    TOLERANCE,
    NoDrawnOutline,
    faithful,
    require_beside_each_other,
)
from metac.runtime.geometry.outline import Outline
from metac.runtime.geometry.rectangle import Rectangle

Function = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]
"""Of x and y, mm, arrays of any shape."""
FIRST, LAST = 128, 2048
"""Steps of the grid along the longer side of the window: doubled until twice as many show the same curves."""
OWN = 256
"""Steps of the grid of a single curve."""
STEPS_OF_DETAIL = 4
"""Over the distance on which a function is smooth."""
MARGIN = 0.15
"""Of a curve's own grid around it, over its extent."""
BISECTIONS = 45
ON_LINE = 1e-9
"""Coordinates of contours this near to a grid line, in steps, are on it."""
SHARP = np.deg2rad(10.0)
"""A larger turn within two steps of a curve's own grid, beyond that of the steps beside them, is a corner."""
NEAR = 0.05
"""Points of a ring this near to a corner, over their mean distance, are the corner."""
FAR = 3.0
"""A corner lies no farther from the two points beside it, over their distance."""
MOST = 5_000
"""Curves."""


class NoContour(RuntimeFailure):
    """A function without closed curves in the window; `field` is what is to be changed."""

    def __init__(self, message: str, remedy: str, *, field: str) -> None:
        self.field = field
        super().__init__(message, remedy=remedy)


def negative_regions(
    function: Function, window: Rectangle, tolerance: float | None, *, period: Rectangle | None = None, detail: float = 0.0
) -> tuple[Outline, ...]:
    """Outlines of the regions in a window in which a function is negative, in mm.

    Args:
        function: continuous; corners are found where it has kinks.
        window: in which all of the regions lie.
        tolerance: farthest distance from the true curve, mm; None for 1e-4 of an outline's extent.
        period: within the window, where the function repeats along x and y: the regions whose middles lie in it.
        detail: the function is smooth over this distance, mm: finer grids are of no use, and there are no corners.

    Raises:
        NoContour: where it is negative nowhere, or at the window's edge, where it has no value, or has finer detail than
            the finest grid shows; where a region has holes or never ends, or the tolerance cannot be met.
    """
    rings = _steady_rings(function, window, period)
    try:
        outlines = [_outline(function, ring, tolerance, detail) for ring in rings]
    except NoDrawnOutline as problem:
        raise NoContour(problem.message, problem.remedy or "", field="tolerance") from problem
    try:
        require_beside_each_other([outline.polygon.exterior for outline in outlines])
    except NoDrawnOutline as problem:
        raise NoContour(problem.message, "pores are regions without holes, apart from each other", field="of") from problem
    return tuple(outlines)


def _steady_rings(function: Function, window: Rectangle, period: Rectangle | None) -> list[NDArray[np.float64]]:
    """Rings on the coarsest grid that shows as many of them, and as large ones, as one of half its steps."""
    steps, before = FIRST, _rings(function, window, FIRST, period)
    while True:
        steps *= 2
        found = _rings(function, window, steps, period)
        if _alike(before, found):
            return found
        if steps >= LAST:
            raise NoContour(
                f"grids of {steps // 2} and {steps} steps show different outlines: {len(before)} and {len(found)} of them",
                "its detail is too fine, or outlines touch each other",
                field="of",
            )
        before = found


def _alike(first: list[NDArray[np.float64]], second: list[NDArray[np.float64]]) -> bool:
    areas = [sorted(Polygon(ring).area for ring in rings) for rings in (first, second)]
    return len(first) == len(second) and np.allclose(areas[0], areas[1], rtol=0.05)


def _rings(function: Function, window: Rectangle, steps: int, period: Rectangle | None) -> list[NDArray[np.float64]]:
    """Closed rings `[point, 2]` on the zero of a function, mm, by a grid of `steps` along the longer side."""
    x, y = _axes(window, steps)
    values = _values(function, *np.meshgrid(x, y))
    _require_known(values, x, y)
    if period is None:
        _require_inside(values, x, y)
    lines: list[NDArray[np.float64]] = contour_generator(z=values, line_type="Separate").lines(0.0)  # pyright: ignore[reportAssignmentType]
    if len(lines) > MOST:
        message = f"there are {len(lines)} outlines, {MOST} at most are read"
        raise NoContour(message, "take a smaller `window`", field="window")
    closed = [_polished(function, line, x, y) for line in lines if np.array_equal(line[0], line[-1])]
    rings = [ring for ring in closed if len(ring) > 2]
    if period is not None:
        corner, step = np.array([x[0], y[0]]), np.array([x[1] - x[0], y[1] - y[0]])
        rings = _of_period(rings, [corner + step * line for line in lines], period, float(step.max()))
    for ring in rings:
        place = Polygon(ring).representative_point()
        if _values(function, *(np.array([each]) for each in place.coords[0]))[0] > 0:
            x0, y0 = (round(part, 9) + 0.0 for part in place.coords[0])
            message = f"solid lies loose in a pore, around ({x0:.4g}, {y0:.4g}) mm"
            raise NoContour(message, "pores are regions without holes", field="of")
    if not rings:
        message = "it is nowhere negative in the rectangle that is searched"
        raise NoContour(message, "pores are where it is below 0", field="of")
    return rings


def _require_inside(values: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
    edge = np.zeros(values.shape, bool)
    edge[[0, -1]] = edge[:, [0, -1]] = True
    touching = np.argwhere((values <= 0) & edge)
    if len(touching):
        row, column = touching[0]
        raise NoContour(
            f"a pore reaches the edge of the rectangle that is searched, at ({x[column]:.4g}, {y[row]:.4g}) mm",
            "take a larger `window`, so that all pores lie inside",
            field="window",
        )


def _of_period(
    rings: list[NDArray[np.float64]], lines: list[NDArray[np.float64]], period: Rectangle, step: float
) -> list[NDArray[np.float64]]:
    """One image of each ring, its middle in the period; NoContour where a line belongs to none of them."""
    kept, middles = [], []
    for ring in rings:
        middle = np.array(Polygon(ring).centroid.coords[0])
        inside = (middle >= period.lower - NEAR * step) & (middle < period.lower + period.extents)
        if inside.all() and not any(_apart(middle, other, period) < step for other in middles):
            kept.append(ring)
            middles.append(middle)
    known = np.concatenate([_wrapped_into(ring, period) for ring in kept]) if kept else np.zeros((0, PLANE))
    tree = KDTree(known, boxsize=period.extents)
    for line in lines:
        far = np.asarray(tree.query(_wrapped_into(line, period))[0])
        if far.max() > 2 * step:
            x, y = period.lower + _wrapped_into(line[int(far.argmax())], period)
            message = f"a pore runs through from period to period, at ({x:.4g}, {y:.4g}) mm"
            raise NoContour(message, "solid has to be connected", field="of")
    return kept


def _wrapped_into(points: NDArray[np.float64], period: Rectangle) -> NDArray[np.float64]:
    return np.minimum((points - period.lower) % period.extents, np.nextafter(period.extents, 0))


def _apart(first: NDArray[np.float64], second: NDArray[np.float64], period: Rectangle) -> float:
    away = (first - second + period.extents / 2) % period.extents - period.extents / 2
    return float(np.linalg.norm(away))


def _axes(window: Rectangle, steps: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    # Not even fractions of the window: straight edges of a symmetric pore would run along lines of the grid.
    step = max(window.width, window.height) / steps
    counts = (max(4, int(np.ceil(extent / step))) for extent in (window.width, window.height))
    across, up = counts
    return np.linspace(window.x0, window.x1, across + 1), np.linspace(window.y0, window.y1, up + 1)


def _values(function: Function, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(all="ignore"):
        return np.broadcast_to(np.asarray(function(x, y), float), x.shape)


def _require_known(values: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
    unknown = np.argwhere(~np.isfinite(values))
    if len(unknown):
        row, column = unknown[0]
        raise NoContour(
            f"it has no value at ({x[column]:.4g}, {y[row]:.4g}) mm", "it must have one all over `window`", field="of"
        )


def _polished(
    function: Function, line: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.float64]:
    """A closed contour, in steps of the grid, with its points, which lie on lines of the grid, put on the true zero; mm."""
    # Interpolation leaves a rounding error also in the coordinate of the grid line itself.
    line = np.where(np.abs(line - np.round(line)) < ON_LINE, np.round(line), line)
    low, high = np.floor(line), np.ceil(line)

    def place(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        steps = (x[1] - x[0], y[1] - y[0])
        return x[0] + steps[0] * points[:, 0], y[0] + steps[1] * points[:, 1]

    inside = _values(function, *place(low)) < 0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        same = (_values(function, *place(middle)) < 0) == inside
        low, high = np.where(same[:, None], middle, low), np.where(same[:, None], high, middle)
    points = np.stack(place((low + high) / 2), axis=1)[:-1]
    apart = np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1)
    return points[apart > 1e-3 * (x[1] - x[0])]


def _outline(function: Function, ring: NDArray[np.float64], tolerance: float | None, detail: float) -> Outline:
    """The outline of one region, from a grid of its own."""
    lower, upper = ring.min(axis=0), ring.max(axis=0)
    extent = float((upper - lower).max())
    tolerance = tolerance or TOLERANCE * extent
    if tolerance < FINEST_TOLERANCE * extent:
        raise NoContour(
            f"an outline of {extent:.4g} mm is followed to {FINEST_TOLERANCE * extent:.2g} mm at best",
            "take a larger `tolerance`",
            field="tolerance",
        )
    x0, y0, x1, y1 = *(lower - MARGIN * extent), *(upper + MARGIN * extent)
    window = Rectangle(float(x0), float(y0), float(x1), float(y1))
    if detail:
        steps = int(np.clip(np.ceil(STEPS_OF_DETAIL * max(window.extents) / detail), 32, OWN))
        found = _closest(function, window, Polygon(ring), steps)
        return faithful(found, np.zeros(len(found), bool), tolerance)
    return faithful(*_with_corners(_closest(function, window, Polygon(ring), OWN)), tolerance)


def _closest(function: Function, window: Rectangle, region: Polygon, steps: int) -> NDArray[np.float64]:
    """The ring of a finer grid that is the border of a region; neighbours may reach into its window."""
    x, y = _axes(window, steps)
    values = _values(function, *np.meshgrid(x, y))
    _require_known(values, x, y)
    lines: list[NDArray[np.float64]] = contour_generator(z=values, line_type="Separate").lines(0.0)  # pyright: ignore[reportAssignmentType]
    closed = [_polished(function, line, x, y) for line in lines if np.array_equal(line[0], line[-1])]
    apart = [Polygon(ring).symmetric_difference(region).area if len(ring) > 2 else np.inf for ring in closed]
    if not apart or min(apart) > 0.1 * region.area:
        x0, y0 = region.centroid.coords[0]
        message = f"the outline around ({x0:.4g}, {y0:.4g}) mm looks different on a finer grid"
        raise NoContour(message, "its detail is too fine, or it jumps", field="of")
    return closed[int(np.argmin(apart))]


def _with_corners(ring: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The ring with its corners, which lie between its points, put in; and which points those are."""
    steps = np.roll(ring, -1, axis=0) - ring
    angles = np.arctan2(steps[:, 1], steps[:, 0])
    turn = np.abs(_wrapped(np.roll(angles, -1) - np.roll(angles, 1)))  # from the step before each step to the one after it
    beside = np.maximum(np.roll(turn, 3), np.roll(turn, -3))
    sharp = turn > SHARP + 1.5 * beside
    most = np.max([np.roll(turn, shift) for shift in (-2, -1, 1, 2)], axis=0)
    numbers = np.flatnonzero(sharp & (turn >= most))
    numbers = numbers[np.diff(numbers, prepend=-3) > 2]
    here, following = ring[numbers], ring[(numbers + 1) % len(ring)]
    before, after = steps[numbers - 1], steps[(numbers + 1) % len(ring)]
    meeting = _meeting(here, before, following, after)
    kept = np.isfinite(meeting).all(axis=1)
    numbers, meeting = numbers[kept], meeting[kept]
    points = np.insert(ring, numbers + 1, meeting, axis=0)
    corners = np.insert(np.zeros(len(ring), bool), numbers + 1, True)
    # A corner may be as good as on a point of the grid: that one would stand twice.
    near = NEAR * float(np.linalg.norm(steps, axis=1).mean())
    beside = np.roll(corners, 1) | np.roll(corners, -1)
    apart = np.minimum(*(np.linalg.norm(np.roll(points, shift, axis=0) - points, axis=1) for shift in (1, -1)))
    kept = corners | ~beside | (apart > near)
    return points[kept], corners[kept]


def _wrapped(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    return (angles + np.pi) % (2 * np.pi) - np.pi


def _meeting(
    first: NDArray[np.float64], along: NDArray[np.float64], second: NDArray[np.float64], onward: NDArray[np.float64]
) -> NDArray[np.float64]:
    """`[pair, 2]`: where straight lines through two points meet; not numbers where they do so far from the points."""
    cross = along[:, 0] * onward[:, 1] - along[:, 1] * onward[:, 0]
    between = second - first
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (between[:, 0] * onward[:, 1] - between[:, 1] * onward[:, 0]) / cross
        place = first + share[:, None] * along
        far = np.maximum(np.linalg.norm(place - first, axis=1), np.linalg.norm(place - second, axis=1))
        return np.where((far <= FAR * np.linalg.norm(between, axis=1))[:, None], place, np.nan)
