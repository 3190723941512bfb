"""The solid that is left of a rectangle when pores are cut from it, as boundary pieces with their true curves."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from shapely import STRtree
from shapely.geometry import Polygon, box
from shapely.geometry.polygon import orient

from metac.runtime.errors import RuntimeFailure
from metac.runtime.geometry.curve import OutlineSpline
from metac.runtime.geometry.outline import Outline
from metac.runtime.geometry.rectangle import Rectangle

ON_EDGE = 1e-9
"""Points this close to an edge of the sheet, over the length of their outline, lie on it."""
SIDES = ("left", "right", "bottom", "top")


class CrossingOutlines(RuntimeFailure):
    """Pores that cut each other or themselves; `place` is a point of the crossing, mm."""

    def __init__(self, message: str, *, place: tuple[float, float]) -> None:
        self.place = place
        super().__init__(message, remedy="let the generator move the pores less, or begin with smaller pores")


class DisconnectedSheet(RuntimeFailure):
    """Solid that is not connected to the rest; `pieces` are the areas, mm², largest first."""

    def __init__(self, message: str, *, pieces: tuple[float, ...]) -> None:
        self.pieces = pieces
        super().__init__(message, remedy="choose smaller pores, or other `cells` so that the edges cut the pores elsewhere")


@dataclass(frozen=True)
class Piece:
    """A smooth part of the solid's boundary, from one corner to the next; the solid lies on its left."""

    part: str
    """left, right, bottom, top or pores."""
    parameters: NDArray[np.float64]
    """`[sample]`: dense parameters along the piece, monotonic; first and last are its ends."""
    at: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    """Points `[..., 2]` (mm) at parameters `[...]`."""
    ends: NDArray[np.float64]
    """`[2, 2]`: first and last point, exactly on the edges of the sheet where they lie there, mm."""
    outline: int | None = None
    """Which of the outlines that are cut out it is part of; None on the edges of the sheet."""

    @cached_property
    def points(self) -> NDArray[np.float64]:
        """`[sample, 2]`: the dense points, mm."""
        return self.at(self.parameters)


Ring = tuple[Piece, ...]


@dataclass(frozen=True)
class _Clipped:
    """An outline with the points added at which it crosses the lines of the rectangle's edges."""

    curve: OutlineSpline
    parameters: NDArray[np.float64]
    points: NDArray[np.float64]
    breaks: frozenset[int]


def cut_sheet(domain: Rectangle, outlines: Sequence[Outline], outer: Outline | None = None) -> tuple[Ring, ...]:
    """Boundary rings of `domain` less the regions inside `outlines`: the outer one first, then a ring for every whole pore.

    Of a sheet that is not a rectangle, `outer` is the edge and `domain` the rectangle around it, whose sides are where the
    edge lies on them; pores lie inside of it. The number of `outer` among the outlines of pieces is then the last.

    Raises CrossingOutlines where outlines cross, DisconnectedSheet where more or less than one piece of solid is left.
    """
    require_apart(outlines)
    clipped = [_clip(outline, domain) for outline in outlines]
    solid = box(domain.x0, domain.y0, domain.x1, domain.y1)
    pores = [pore for pore in (Polygon(each.points) for each in clipped) if pore.intersects(solid)]
    if outer is not None:
        clipped.append(_clip(outer, domain))
        solid = Polygon(clipped[-1].points)
    for pore in pores:
        solid = solid.difference(pore)
    pieces = sorted((part.area for part in getattr(solid, "geoms", [solid]) if not part.is_empty), reverse=True)
    if not isinstance(solid, Polygon) or solid.is_empty:
        shown = ", ".join(f"{area:.4g} mm²" for area in pieces[:4])
        raise DisconnectedSheet(
            f"the pores cut the sheet into {len(pieces)} pieces ({shown}{', …' if len(pieces) > 4 else ''})"
            if pieces
            else "the pores leave nothing of the sheet",
            pieces=tuple(pieces),
        )
    known: dict[tuple[float, float], list[tuple[int, int]]] = {}
    for number, each in enumerate(clipped):
        for index, point in enumerate(each.points):
            known.setdefault((point[0], point[1]), []).append((number, index))
    oriented = orient(solid)
    rings = [np.array(ring.coords)[:-1] for ring in (oriented.exterior, *oriented.interiors)]
    return tuple(_pieces(ring, clipped, known, domain, None if outer is None else len(outlines)) for ring in rings)


def require_apart(outlines: Sequence[Outline]) -> None:
    """Raise CrossingOutlines where an outline crosses itself or another."""
    regions = [outline.polygon for outline in outlines]
    for region in regions:
        if not region.is_valid:
            from shapely.validation import explain_validity

            x, y = region.centroid.coords[0] if region.area else region.exterior.coords[0]
            raise CrossingOutlines(
                f"the pore around ({x:.4g}, {y:.4g}) mm crosses itself: {explain_validity(region)}", place=(x, y)
            )
    if len(regions) < 2:
        return
    tree = STRtree(regions)
    for first, second in tree.query(regions, predicate="intersects").T:
        if first < second:
            x, y = regions[first].intersection(regions[second]).centroid.coords[0]
            raise CrossingOutlines(f"two pores run into each other at ({x:.4g}, {y:.4g}) mm", place=(x, y))


def _clip(outline: Outline, domain: Rectangle) -> _Clipped:
    """Add the crossings with the four edge lines, the edge's coordinate exact, so that shapely keeps them as they are."""
    curve = OutlineSpline(outline)
    parameters, points = list(curve.knots[:-1]), [tuple(point) for point in outline.points]
    crossings: dict[float, tuple[float, float]] = {}
    for axis, line in ((0, domain.x0), (0, domain.x1), (1, domain.y0), (1, domain.y1)):
        offsets = np.append(outline.points[:, axis], outline.points[0, axis]) - line
        offsets[np.abs(offsets) < ON_EDGE * curve.length] = 0.0
        for index in np.flatnonzero(offsets[:-1] * offsets[1:] < 0):
            root = curve.crossing(int(index), axis, line)
            x, y = curve.at(np.array(root))
            crossings[root] = (line, float(y)) if axis == 0 else (float(x), line)
        for index in np.flatnonzero(offsets[:-1] == 0):
            x, y = points[index]
            crossings[parameters[index]] = (line, y) if axis == 0 else (x, line)
    merged = dict(zip(parameters, points, strict=True)) | crossings
    order = sorted(merged)
    breaks = {index for index, parameter in enumerate(order) if parameter in crossings or parameter in set(curve.corners)}
    return _Clipped(curve, np.array(order), np.array([merged[parameter] for parameter in order]), frozenset(breaks))


def _pieces(
    ring: NDArray[np.float64],
    clipped: Sequence[_Clipped],
    known: dict[tuple[float, float], list[tuple[int, int]]],
    domain: Rectangle,
    outer: int | None,
) -> Ring:
    """Cut a ring of the solid where its part changes, at corners and at crossings, and give each piece its true curve."""
    tags = [known.get((x, y), []) for x, y in ring]
    steps = [_step(tags[number], tags[(number + 1) % len(ring)], clipped) for number in range(len(ring))]
    sides: list[str | None] = [None] * len(ring)
    if outer is not None:
        for number, step in enumerate(steps):
            if step is not None and step[0] == outer:
                sides[number] = _side(step, ring[[number, (number + 1) % len(ring)]], clipped[outer], domain)
        steps = [None if side else step for step, side in zip(steps, sides, strict=True)]
    breaks = [
        number
        for number, (step, before) in enumerate(zip(steps, [steps[-1], *steps[:-1]], strict=True))
        if (sides[number] is None or sides[number] != sides[number - 1])
        and (step is None or before is None or step[0] != before[0] or step[1] in clipped[step[0]].breaks)
    ]
    if not breaks:
        number, _, direction = steps[0] or (0, 0, 1)
        each = clipped[number]
        around = np.append(each.parameters, each.parameters[0] + each.curve.length)
        return (Piece("pores", around[::direction], each.curve.at, each.points[[0, 0]], number),)
    pieces = []
    for start, end in itertools.pairwise([*breaks, breaks[0] + len(ring)]):
        step, ends = steps[start], ring[[start, end % len(ring)]]
        if step is None:
            pieces.append(edge(ends, domain))
            continue
        number, index, direction = step
        each = clipped[number]
        indices = index + direction * np.arange(end - start + 1)
        count = len(each.parameters)
        parameters = each.parameters[indices % count] + each.curve.length * (indices // count)
        pieces.append(Piece("pores", parameters, each.curve.at, ends, number))
    return tuple(pieces)


def _side(step: tuple[int, int, int], ends: NDArray[np.float64], outer: _Clipped, domain: Rectangle) -> str | None:
    """The side of the rectangle that a step along the outer edge lies on."""
    lines = {"left": (0, domain.x0), "right": (0, domain.x1), "bottom": (1, domain.y0), "top": (1, domain.y1)}
    _, index, direction = step
    first = outer.parameters[index if direction > 0 else index - 1]
    last = outer.parameters[(index + 1) % len(outer.parameters) if direction > 0 else index]
    middle = outer.curve.at(np.array(first + ((last - first) % outer.curve.length) / 2))
    for side, (axis, line) in lines.items():
        if (ends[:, axis] == line).all() and abs(middle[axis] - line) <= ON_EDGE * outer.curve.length:
            return side
    return None


def _step(
    here: list[tuple[int, int]], there: list[tuple[int, int]], clipped: Sequence[_Clipped]
) -> tuple[int, int, int] | None:
    """Outline, index and direction (±1) of the step between two vertices of a ring; None along an edge of the sheet."""
    for (number, index), (other, following) in itertools.product(here, there):
        if number == other:
            count = len(clipped[number].parameters)
            for direction in (1, -1):
                if (index + direction - following) % count == 0:
                    return number, index, direction
    return None


def edge(ends: NDArray[np.float64], domain: Rectangle) -> Piece:
    """The piece of an edge of the sheet between two points `ends[2, 2]` that lie exactly on it, mm."""
    first, last = ends
    lines = {"left": (0, domain.x0), "right": (0, domain.x1), "bottom": (1, domain.y0), "top": (1, domain.y1)}
    part = next(part for part, (axis, line) in lines.items() if first[axis] == line and last[axis] == line)
    length = float(np.linalg.norm(last - first))
    samples = max(2, int(np.ceil(200 * length / max(domain.width, domain.height))) + 1)

    def at(parameters: NDArray[np.float64]) -> NDArray[np.float64]:
        return first + (np.asarray(parameters)[..., None] / length) * (last - first)

    return Piece(part, np.linspace(0.0, length, samples), at, ends)
