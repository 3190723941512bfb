"""Drawn lines and curves, joined to closed outlines: what readers of drawings share."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import KDTree
from shapely.geometry import LinearRing
from shapely.validation import explain_validity

from metac.runtime.dimensions import PLANE
from metac.runtime.errors import RuntimeFailure
from metac.runtime.geometry.combine import FINER, sampled
from metac.runtime.geometry.curve import OutlineSpline
from metac.runtime.geometry.outline import SAMPLES, Outline

LARGEST_FILE = 50_000_000
"""Bytes of a drawing that are read."""
MOST_OUTLINES = 10_000
DENSE = 8
"""Least number of steps on a line or cubic."""
SAGITTA = 0.05
"""Farthest from a curve to its dense points, over the tolerance."""
FINEST_TOLERANCE = 1e-6
"""Of an outline, over its extent."""
NEAR = 1e-6
"""Ends this close, over the extent of the drawing, are one."""
TURN = np.deg2rad(0.5)
"""A larger jump of the direction is a corner."""
BEND = 0.05
"""Where the curvature jumps by more than this share a spline is broken too: it would overshoot."""
TOLERANCE = 1e-4
"""Of an outline, over its extent."""
FINEST = 16
"""Most points of an outline, over the usual number."""
SIZES = (1e-6, 1e6)
"""Extents that pores have, mm."""


class NoDrawnOutline(RuntimeFailure):
    """A file without the closed outlines that are asked for; `field` is what is to be changed."""

    def __init__(self, message: str, remedy: str, *, field: str = "file") -> None:
        self.field = field
        super().__init__(message, remedy=remedy)


Controls = NDArray[np.float64]
"""`[order + 1, 2]`: control points of a line or a Bézier curve."""
Chain = list[Controls]
"""Lines and curves of which each begins where the one before ends."""


@dataclass(frozen=True)
class _Piece:
    """A line or a curve, from the first of its dense points to the last."""

    points: NDArray[np.float64]
    """`[point, 2]`."""
    curvatures: tuple[float, float]
    """At both ends, to the left."""


def _piece(controls: Controls, sagitta: float) -> _Piece:
    """Points on a line or Bézier curve, so dense that the chords between them are no farther from it than `sagitta`."""
    order = len(controls) - 1
    bends = np.linalg.norm(np.diff(controls, 2, axis=0), axis=1).max() if order > 1 else 0.0
    steps = max(DENSE, int(np.ceil(np.sqrt(order * (order - 1) / 8 * bends / sagitta))))
    places, points = np.linspace(0, 1, steps + 1)[:, None], [np.broadcast_to(each, (steps + 1, PLANE)) for each in controls]
    while len(points) > 1:
        points = [(1 - places) * first + places * second for first, second in pairwise(points)]

    def curvature(first: NDArray[np.float64], second: NDArray[np.float64], third: NDArray[np.float64]) -> float:
        along, bend = second - first, third - second
        turned = along[0] * bend[1] - along[1] * bend[0]
        return float((order - 1) / order * turned / max(np.linalg.norm(along) ** 3, 1e-300))

    if order == 1:
        return _Piece(points[0], (0.0, 0.0))
    return _Piece(points[0], (curvature(*controls[:3]), -curvature(*controls[::-1][:3])))


def closed_outlines(chains: list[Chain], scale: NDArray[np.float64], tolerance: float | None) -> tuple[Outline, ...]:
    """The closed outlines that some curves are, joined where their ends meet, mm.

    Args:
        chains: the curves, in units of the drawing.
        scale: `[2]`, what a length of 1 along x and y of the drawing is, mm.
        tolerance: farthest distance from the drawn curve, mm; None for `TOLERANCE` of an outline's extent.

    Raises:
        NoDrawnOutline: where one is open or branches, or where outlines cross, or lie within each other.
    """
    rings = _joined([chain for chain in chains if chain])
    if len(rings) > MOST_OUTLINES:
        raise NoDrawnOutline(f"there are {len(rings)} outlines, {MOST_OUTLINES} at most are read", "take a part of them")
    found = [_outline([scale * controls for controls in ring], tolerance) for ring in rings]
    require_beside_each_other([LinearRing(dense) for _, dense in found])
    return tuple(outline for outline, _ in found)


def _outline(chain: Chain, tolerance: float | None) -> tuple[Outline, NDArray[np.float64]]:
    """The outline of a closed chain, mm, and its dense points."""
    extent = float(np.ptp(np.concatenate(chain), axis=0).max())
    if not SIZES[0] <= extent <= SIZES[1]:
        raise NoDrawnOutline(f"the outline is {extent:.4g} mm large", "look at the units of the drawing", field="file")
    tolerance = tolerance or TOLERANCE * extent
    if tolerance < FINEST_TOLERANCE * extent:
        raise NoDrawnOutline(
            f"an outline of {extent:.4g} mm is followed to {FINEST_TOLERANCE * extent:.2g} mm at best",
            "take a larger `tolerance`",
            field="tolerance",
        )
    pieces = [_piece(controls, SAGITTA * tolerance) for controls in chain]
    ring = np.concatenate([piece.points[:-1] for piece in pieces])
    region = Outline(ring).polygon
    if not region.is_valid:
        raise NoDrawnOutline(f"the outline crosses itself: {explain_validity(region)}, mm", "draw it without crossings")
    breaks = np.concatenate(
        [
            np.arange(len(piece.points) - 1) == (0 if _breaks(before, piece) else -1)
            for before, piece in zip([pieces[-1], *pieces[:-1]], pieces, strict=True)
        ]
    )
    return faithful(ring, breaks, tolerance), ring


def _breaks(before: _Piece, after: _Piece) -> bool:
    """Whether the direction or the curvature jumps from one piece to the next."""
    along, onward = before.points[-1] - before.points[-2], after.points[1] - after.points[0]
    ends, starts = before.curvatures[1], after.curvatures[0]
    if abs(ends - starts) > BEND * max(abs(ends), abs(starts)):
        return True
    turn = np.arctan2(along[0] * onward[1] - along[1] * onward[0], along @ onward)
    # On a smooth curve the chords at both sides of a point differ by the curvature times their mean length.
    bent = (ends + starts) / 2 * (np.linalg.norm(along) + np.linalg.norm(onward)) / 2
    return bool(abs(turn - bent) > TURN)


def _joined(chains: list[Chain]) -> list[Chain]:
    """Closed chains, joined where ends meet."""
    if not chains:
        raise NoDrawnOutline("its curves have no length", "draw closed outlines")
    everything = np.concatenate([controls for chain in chains for controls in chain])
    near = NEAR * float(np.ptp(everything, axis=0).max())
    ends = np.array([point for chain in chains for point in (chain[0][0], chain[-1][-1])])
    meeting = KDTree(ends).query_ball_point(ends, near)
    closed = {index for index in range(len(chains)) if 2 * index + 1 in meeting[2 * index]}
    rings = [chains[index] for index in sorted(closed)]
    waiting = [index for index in range(len(chains)) if index not in closed]
    left = set(waiting)
    for first in waiting:
        if first not in left:
            continue
        left.remove(first)
        chain, end = list(chains[first]), 2 * first + 1
        while _apart(chain[-1][-1], chain[0][0]) > near:
            following = [other for other in meeting[end] if other != end and other // 2 not in closed]
            if len(following) > 1:
                x, y = ends[end]
                raise NoDrawnOutline(
                    f"{len(following) + 1} curves meet at ({x:.6g}, {y:.6g}), in units of the drawing: an outline does "
                    "not branch",
                    "remove what does not belong to it, or put it on another layer",
                )
            if not following or following[0] // 2 not in left:
                raise _open(chain)
            start = following[0]
            left.remove(start // 2)
            own = chains[start // 2]
            chain += own if start % 2 == 0 else [controls[::-1] for controls in reversed(own)]
            end = start ^ 1
        rings.append(chain)
    return rings


def _open(chain: Chain) -> NoDrawnOutline:
    (x, y), (u, v) = chain[-1][-1], chain[0][0]
    gap = _apart(chain[-1][-1], chain[0][0])
    return NoDrawnOutline(
        f"an outline is open: {gap:.4g} lie between its ends at ({x:.6g}, {y:.6g}) and ({u:.6g}, {v:.6g}), in "
        "units of the drawing",
        "join them in the drawing",
    )


def _apart(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    return float(np.linalg.norm(first - second))


def require_beside_each_other(rings: list[LinearRing]) -> None:
    """NoDrawnOutline where outlines meet, or one lies within another."""
    if len(rings) < 2:
        return
    regions = [shapely.Polygon(ring) for ring in rings]
    for first, second in shapely.STRtree(regions).query(regions, predicate="intersects").T:
        if first >= second:
            continue
        one, other = regions[first], regions[second]
        if rings[first].intersects(rings[second]):
            x, y = rings[first].intersection(rings[second]).centroid.coords[0]
            message = f"two outlines cross or touch at ({x:.4g}, {y:.4g}) mm"
        else:
            inner = min(one, other, key=lambda region: region.area)
            x, y = (round(part, 9) + 0.0 for part in inner.centroid.coords[0])
            message = f"an outline lies within another, around ({x:.4g}, {y:.4g}) mm: solid there would be loose in the pore"
        raise NoDrawnOutline(message, "put outlines that do not belong together on layers of their own", field="layer")


def faithful(ring: NDArray[np.float64], corners: NDArray[np.bool_], tolerance: float) -> Outline:
    """As few points as follow a dense ring `[point, 2]` with `corners[point]` to a tolerance, mm; raises NoDrawnOutline."""
    count, points = SAMPLES, shapely.points(ring)
    while True:
        outline = sampled(ring, corners, count)
        curve = OutlineSpline(outline)
        followed = LinearRing(curve.at(curve.refined(FINER).ravel()))
        shapely.prepare(followed)
        if shapely.dwithin(followed, points, tolerance).all():
            return outline
        count *= 2
        if count > FINEST * SAMPLES:
            apart = float(shapely.distance(points, followed).max())
            raise NoDrawnOutline(
                f"even {count // 2} points follow the outline to {apart:.3g} mm only",
                "take a larger `tolerance`",
                field="tolerance",
            )
