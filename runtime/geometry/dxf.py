"""Closed outlines in DXF files: all use of ezdxf is here."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely.geometry import LinearRing
from shapely.validation import explain_validity

from metac.runtime.errors import RuntimeFailure
from metac.runtime.geometry.combine import FINER, sampled
from metac.runtime.geometry.curve import Curve
from metac.runtime.geometry.outline import SAMPLES, Outline
from metac.runtime.regular_files import require_regular

CURVES = ("LINE", "ARC", "CIRCLE", "ELLIPSE", "SPLINE", "LWPOLYLINE", "POLYLINE")
SEGMENTS = 16
"""Cubic pieces of a full circle: they follow it to 1e-7 of its radius."""
DENSE = 24
"""Points on a cubic piece."""
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
    """A file without the one closed outline that is asked for; `field` is what is to be changed."""

    def __init__(self, message: str, remedy: str, *, field: str = "file") -> None:
        self.field = field
        super().__init__(message, remedy=remedy)


@dataclass(frozen=True)
class _Piece:
    """A line or a cubic of a drawn curve, from the first of its dense points to the last."""

    points: NDArray[np.float64]
    """`[point, 2]`."""
    curvatures: tuple[float, float]
    """At both ends, to the left."""

    @property
    def reversed(self) -> _Piece:
        first, last = self.curvatures
        return _Piece(self.points[::-1], (-last, -first))


_Chain = list[_Piece]


def read_outline(path: Path, layer: str | None, unit: float | None, tolerance: float | None) -> Outline:
    """The one closed outline of a layer, of all layers where it is None, in mm.

    Args:
        path: of the file.
        layer: name of the layer, capitals and small letters alike.
        unit: what a length of 1 is, mm; needed where the file does not say it.
        tolerance: farthest distance from the drawn curve, mm; None for `TOLERANCE` of its extent.

    Raises:
        OSError: where the file cannot be opened.
        NoDrawnOutline: where it holds none, or several, or one that is open or crosses itself.
    """
    document = _opened(path)
    entities = _curves(document, layer)
    chain = _closed([_pieces(entity) for entity in entities])
    scale = _millimetres(document, unit)
    chain = [_Piece(piece.points * scale, (piece.curvatures[0] / scale, piece.curvatures[1] / scale)) for piece in chain]
    ring = np.concatenate([piece.points[:-1] for piece in chain])
    extent = float(np.ptp(ring, axis=0).max())
    if not SIZES[0] <= extent <= SIZES[1]:
        raise NoDrawnOutline(f"the outline is {extent:.4g} mm large", "look at the units of the drawing", field="file")
    region = Outline(ring).polygon
    if not region.is_valid:
        raise NoDrawnOutline(f"the outline crosses itself: {explain_validity(region)}, mm", "draw it without crossings")
    breaks = np.concatenate(
        [
            np.arange(len(piece.points) - 1) == (0 if _breaks(before, piece) else -1)
            for before, piece in zip([chain[-1], *chain[:-1]], chain, strict=True)
        ]
    )
    return _faithful(ring, breaks, tolerance or TOLERANCE * extent)


def _opened(path: Path) -> Any:
    import ezdxf

    require_regular(path)
    path.open("rb").close()
    try:
        return ezdxf.readfile(path)  # pyright: ignore[reportPrivateImportUsage]
    except (OSError, ezdxf.DXFError, ValueError) as problem:  # pyright: ignore[reportPrivateImportUsage]
        raise NoDrawnOutline(f"this is no DXF file: {problem}", "export it as DXF, R2000 or later") from problem


def _curves(document: Any, layer: str | None) -> list[Any]:
    found = [entity for entity in document.modelspace() if entity.dxftype() in CURVES]
    names = sorted({entity.dxf.layer for entity in found})
    if layer is not None:
        found = [entity for entity in found if entity.dxf.layer.casefold() == layer.casefold()]
    if not found:
        others = sorted({entity.dxftype() for entity in document.modelspace()} - set(CURVES))
        what = f"there are no curves on a layer `{layer}`" if layer is not None else "there are no curves"
        if layer is not None and names:
            raise NoDrawnOutline(what, f"layers with curves: {', '.join(f'`{name}`' for name in names)}", field="layer")
        raise NoDrawnOutline(what + (f", only {', '.join(others)}" if others else ""), f"curves are {', '.join(CURVES)}")
    return found


def _millimetres(document: Any, unit: float | None) -> float:
    """What a length of 1 is, mm."""
    from ezdxf.enums import InsertUnits
    from ezdxf.units import conversion_factor

    said = float(conversion_factor(document.units, InsertUnits.Millimeters)) if document.units else None
    if said is None and unit is None:
        raise NoDrawnOutline("the file does not say in which unit it is drawn", "say it: `unit = 1 mm`")
    if said is not None and unit is not None and abs(unit - said) > 1e-9 * said:
        raise NoDrawnOutline(
            f"the file is drawn in units of {said:g} mm, not of {unit:g} mm",
            "leave `unit` out, or mend $INSUNITS",
            field="unit",
        )
    return said if said is not None else float(unit or 1.0)


def _pieces(entity: Any) -> _Chain:
    from ezdxf.path import Command, make_path

    try:
        path: Any = make_path(entity, segments=SEGMENTS)
    except (ValueError, ArithmeticError) as problem:
        # What ezdxf makes of coordinates that are not finite.
        raise NoDrawnOutline(f"a {entity.dxftype()} cannot be drawn: {problem}", "export the drawing again") from problem
    pieces: _Chain = []
    start = np.array(path.start)
    if abs(start[2]) > 0 or path.has_sub_paths:
        raise NoDrawnOutline(f"a {entity.dxftype()} does not lie in the plane z = 0", "draw it in the plane")
    for command in path.commands():
        end = np.array(command.end)
        if command.type == Command.LINE_TO:
            controls = np.array([start, end])
        elif command.type == Command.CURVE3_TO:
            controls = np.array([start, command.ctrl, end])
        else:
            controls = np.array([start, command.ctrl1, command.ctrl2, end])
        if not np.isfinite(controls).all():
            raise NoDrawnOutline(f"a {entity.dxftype()} has a coordinate that is no number", "export the drawing again")
        if np.abs(controls[:, 2]).max() > 0:
            raise NoDrawnOutline(f"a {entity.dxftype()} does not lie in the plane z = 0", "draw it in the plane")
        if np.ptp(controls, axis=0).max() > 0:
            pieces.append(_bezier(controls[:, :2]))
        start = end
    if entity.dxftype() in ("LWPOLYLINE", "POLYLINE") and entity.is_closed and not path.is_closed:
        pieces.append(_bezier(np.array([path.end, path.start])[:, :2]))
    return pieces


def _bezier(controls: NDArray[np.float64]) -> _Piece:
    """The Bézier curve of control points `[order + 1, 2]`."""
    places, points = np.linspace(0, 1, DENSE + 1)[:, None], [np.broadcast_to(each, (DENSE + 1, 2)) for each in controls]
    while len(points) > 1:
        points = [(1 - places) * first + places * second for first, second in pairwise(points)]
    order = len(controls) - 1

    def curvature(first: NDArray[np.float64], second: NDArray[np.float64], third: NDArray[np.float64]) -> float:
        along, bend = second - first, third - second
        turned = along[0] * bend[1] - along[1] * bend[0]
        return float((order - 1) / order * turned / max(np.linalg.norm(along) ** 3, 1e-300))

    if order == 1:
        return _Piece(points[0], (0.0, 0.0))
    return _Piece(points[0], (curvature(*controls[:3]), -curvature(*controls[::-1][:3])))


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


def _closed(chains: list[_Chain]) -> _Chain:
    """The one closed chain that some curves are, joined where their ends meet."""
    everything = np.concatenate([piece.points for chain in chains for piece in chain])
    near = NEAR * float(np.ptp(everything, axis=0).max())
    rings, waiting = [], [chain for chain in chains if chain]
    while waiting:
        chain = waiting.pop(0)
        while (gap := _apart(chain[-1].points[-1], chain[0].points[0])) > near:
            following = next((each for each in waiting if _meets(chain, each, near)), None)
            if following is None:
                (x, y), (u, v) = chain[-1].points[-1], chain[0].points[0]
                raise NoDrawnOutline(
                    f"an outline is open: {gap:.4g} lie between its ends at ({x:.6g}, {y:.6g}) and ({u:.6g}, {v:.6g}), in "
                    "units of the drawing",
                    "join them in the drawing",
                )
            waiting.remove(following)
            forward = _apart(following[0].points[0], chain[-1].points[-1]) <= near
            chain = chain + (following if forward else [piece.reversed for piece in reversed(following)])
        rings.append(chain)
    if len(rings) > 1:
        shown = ", ".join(f"({x:.4g}, {y:.4g})" for x, y in (ring[0].points[0] for ring in rings[:4]))
        raise NoDrawnOutline(
            f"there are {len(rings)} outlines, and a pore has one; they begin at {shown}",
            "put each on a layer of its own, and say which: `layer = …`",
            field="layer",
        )
    return rings[0]


def _apart(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    return float(np.linalg.norm(first - second))


def _meets(chain: _Chain, other: _Chain, near: float) -> bool:
    end = chain[-1].points[-1]
    return min(_apart(end, other[0].points[0]), _apart(end, other[-1].points[-1])) <= near


def _faithful(ring: NDArray[np.float64], corners: NDArray[np.bool_], tolerance: float) -> Outline:
    """As few points as follow the ring to a tolerance, mm."""
    import shapely

    count = SAMPLES
    while True:
        outline = sampled(ring, corners, count)
        curve = Curve(outline)
        apart = float(shapely.distance(shapely.points(ring), LinearRing(curve.at(curve.refined(FINER).ravel()))).max())
        if apart <= tolerance:
            return outline
        count *= 2
        if count > FINEST * SAMPLES:
            raise NoDrawnOutline(
                f"even {count // 2} points follow the outline to {apart:.3g} mm only",
                "take a larger `tolerance`",
                field="tolerance",
            )
