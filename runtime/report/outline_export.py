"""Outlines as files: drawings to be cut (DXF, SVG) and a closed solid to be printed (STL); mm."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from metac.runtime.dimensions import PLANE
from metac.runtime.errors import RuntimeFailure

MILLIMETRES = 4
"""DXF's $INSUNITS."""
STL_HEADER = 80
SINGLE = 22
"""Bits of the mantissa of STL's numbers that a drawing's coordinates use, so that they are exact there."""
FINEST = 2.0**-18
"""Least distance of an outline's points, mm (4e-6)."""
ATTEMPTS = 5
"""How often outlines that touch themselves are widened by a few grid lines."""


class NoOutline(RuntimeFailure):
    """A drawing whose boundary touches itself."""

    def __init__(self) -> None:
        super().__init__(
            "the outline touches itself", remedy="change the design a little: a beam's width, a node's place, a pore"
        )


def clean_outline(region: shapely.Geometry) -> shapely.MultiPolygon:
    """A region as it is written to files.

    Its points lie on a grid that single precision represents exactly; no two are nearer than a grid line, and none is
    there twice, so that a solid made of it is closed.

    Raises:
        NoOutline: where the boundary touches itself whatever is tried.
    """
    grid = _grid(region)
    for _ in range(ATTEMPTS):
        clean = _on_grid(region, grid)
        if not _touches_itself(clean):
            return clean
        region = shapely.buffer(region, 4 * grid, join_style="mitre")
    raise NoOutline


def outline_files(outline: shapely.MultiPolygon, depth: float) -> dict[str, bytes]:
    """Contents by the end of the name; `depth` normal to the plane, mm."""
    return {".dxf": dxf(outline), ".svg": svg(outline), ".stl": stl(outline, depth)}


def _grid(region: shapely.Geometry) -> float:
    """A power of two, mm."""
    extent = float(np.abs(shapely.bounds(region)).max())
    return max(FINEST, 2.0 ** (np.ceil(np.log2(extent)) - SINGLE))


def _on_grid(region: shapely.Geometry, grid: float) -> shapely.MultiPolygon:
    """The region with points on a grid, and without those that lie on straight edges between their neighbours."""
    snapped = shapely.set_precision(region, grid)
    snapped = shapely.set_precision(shapely.simplify(snapped, grid), grid)
    parts = [part for part in getattr(snapped, "geoms", [snapped]) if isinstance(part, shapely.Polygon)]
    return shapely.MultiPolygon(parts)


def _touches_itself(outline: shapely.MultiPolygon) -> bool:
    points = np.concatenate(_rings(outline))
    return len(np.unique(points, axis=0)) < len(points)


def dxf(outline: shapely.MultiPolygon) -> bytes:
    """Closed polylines, AutoCAD release 12."""
    lines: list[Any] = [0, "SECTION", 2, "HEADER", 9, "$ACADVER", 1, "AC1009", 9, "$INSUNITS", 70, MILLIMETRES, 0, "ENDSEC"]
    lines += [0, "SECTION", 2, "ENTITIES"]
    for ring in _rings(outline):
        lines += [0, "POLYLINE", 8, "0", 66, 1, 70, 1]
        for x, y in ring:
            lines += [0, "VERTEX", 8, "0", 10, f"{x:.12g}", 20, f"{y:.12g}"]
        lines += [0, "SEQEND", 8, "0"]
    lines += [0, "ENDSEC", 0, "EOF"]
    return "".join(f"{line}\n" for line in lines).encode()


def svg(outline: shapely.MultiPolygon) -> bytes:
    """One filled path; a user unit is a millimetre, y goes up as in the drawing."""
    x0, y0, x1, y1 = outline.bounds
    parts = ["M" + "L".join(f"{x:.12g},{-y:.12g}" for x, y in ring) + "Z" for ring in _rings(outline)]
    width, height = x1 - x0, y1 - y0
    box = f'viewBox="{x0:.6g} {-y1:.6g} {width:.6g} {height:.6g}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.6g}mm" height="{height:.6g}mm" {box}>'
    return f'{head}<path fill-rule="evenodd" d="{"".join(parts)}"/></svg>\n'.encode()


def stl(outline: shapely.MultiPolygon, depth: float) -> bytes:
    """The outline as a closed solid from z = 0 to `depth`, binary."""
    corners = []
    for polygon in outline.geoms:
        parts = shapely.constrained_delaunay_triangles(polygon).geoms
        faces = shapely.get_coordinates(list(parts)).reshape(-1, 4, PLANE)[:, :3]
        one, other = faces[:, 1] - faces[:, 0], faces[:, 2] - faces[:, 0]
        turned = one[:, 0] * other[:, 1] < one[:, 1] * other[:, 0]
        faces[turned] = faces[turned][:, ::-1]
        corners += [_lifted(faces[:, ::-1], 0.0), _lifted(faces, depth)]
    for ring in _rings(outline):
        start, end = ring, np.roll(ring, -1, axis=0)
        low, high = _lifted(np.stack([start, end], axis=1), 0.0), _lifted(np.stack([start, end], axis=1), depth)
        corners += [
            np.stack([low[:, 0], low[:, 1], high[:, 1]], axis=1),
            np.stack([low[:, 0], high[:, 1], high[:, 0]], axis=1),
        ]
    triangles = np.concatenate(corners)
    normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    records = np.zeros(len(triangles), [("numbers", "<f4", (4, 3)), ("attribute", "<u2")])
    records["numbers"] = np.concatenate([(normals / np.where(lengths > 0, lengths, 1))[:, None], triangles], axis=1)
    return b"metac".ljust(STL_HEADER) + np.uint32(len(triangles)).tobytes() + records.tobytes()


def _rings(outline: shapely.MultiPolygon) -> list[NDArray[np.float64]]:
    """`[point, 2]` of all rings without the repeated point; the solid lies on the left."""
    rings = []
    for polygon in outline.geoms:
        oriented = shapely.orient_polygons(polygon)
        rings += [np.asarray(ring.coords)[:-1] for ring in (oriented.exterior, *oriented.interiors)]
    return rings


def _lifted(points: NDArray[np.float64], height: float) -> NDArray[np.float64]:
    return np.concatenate([points, np.full((*points.shape[:-1], 1), height)], axis=-1)
