"""Frames as files: drawings (DXF, SVG), a solid (STL), tables (CSV), an Abaqus input file; mm, MPa."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

MILLIMETRES = 4
"""DXF's $INSUNITS."""
DIVISIONS = 8
"""Linear elements of Abaqus, B21, that a Timoshenko beam is divided into."""
STL_HEADER = 80


@dataclass(frozen=True, eq=False)
class DrawnFrame:
    """Beams of rectangular section, those that are there."""

    nodes: NDArray[np.float64]
    """`[node, 2]`, mm."""
    edges: NDArray[np.int64]
    """`[beam, 2]`."""
    widths: NDArray[np.float64]
    """`[beam]`, in the plane, mm."""
    depth: float
    """Normal to the plane, mm."""
    young: float
    """MPa."""
    poisson: float
    shear: bool = True
    """Timoshenko's theory, not Euler and Bernoulli's."""

    def outline(self) -> shapely.MultiPolygon:
        """What is to be cut or printed: the union of the beams, with round ends that close the joints."""
        ends = self.nodes[self.edges]
        lines = shapely.linestrings(ends)
        region = shapely.union_all(shapely.buffer(lines, self.widths / 2, quad_segs=8))
        return shapely.MultiPolygon(
            [part for part in getattr(region, "geoms", [region]) if isinstance(part, shapely.Polygon)]
        )

    def files(self) -> dict[str, bytes]:
        """Contents by the end of the name."""
        outline = self.outline()
        return {
            ".dxf": dxf(outline),
            ".svg": svg(outline),
            ".stl": stl(outline, self.depth),
            "-nodes.csv": _csv("node,x_mm,y_mm", np.arange(len(self.nodes)), *self.nodes.T),
            "-beams.csv": _csv("first,second,width_mm", *self.edges.T, self.widths),
            ".inp": abaqus(self),
        }


def dxf(outline: shapely.MultiPolygon) -> bytes:
    """Closed polylines, AutoCAD release 12."""
    lines: list[Any] = [0, "SECTION", 2, "HEADER", 9, "$ACADVER", 1, "AC1009", 9, "$INSUNITS", 70, MILLIMETRES, 0, "ENDSEC"]
    lines += [0, "SECTION", 2, "ENTITIES"]
    for ring in _rings(outline):
        lines += [0, "POLYLINE", 8, "0", 66, 1, 70, 1]
        for x, y in ring:
            lines += [0, "VERTEX", 8, "0", 10, f"{x:.9g}", 20, f"{y:.9g}"]
        lines += [0, "SEQEND", 8, "0"]
    lines += [0, "ENDSEC", 0, "EOF"]
    return "".join(f"{line}\n" for line in lines).encode()


def svg(outline: shapely.MultiPolygon) -> bytes:
    """One filled path; a user unit is a millimetre, y goes up as in the drawing."""
    x0, y0, x1, y1 = outline.bounds
    parts = ["M" + "L".join(f"{x:.6g},{-y:.6g}" for x, y in ring) + "Z" for ring in _rings(outline)]
    width, height = x1 - x0, y1 - y0
    box = f'viewBox="{x0:.6g} {-y1:.6g} {width:.6g} {height:.6g}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.6g}mm" height="{height:.6g}mm" {box}>'
    return f'{head}<path fill-rule="evenodd" d="{"".join(parts)}"/></svg>\n'.encode()


def stl(outline: shapely.MultiPolygon, depth: float) -> bytes:
    """The outline as a closed solid from z = 0 to `depth`, binary."""
    corners = []
    for polygon in outline.geoms:
        parts = shapely.constrained_delaunay_triangles(polygon).geoms
        faces = shapely.get_coordinates(list(parts)).reshape(-1, 4, 2)[:, :3]
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


def abaqus(frame: DrawnFrame) -> bytes:
    """Beams, section, material and both loads of 5 % between rigid grips, as two static steps from rest."""
    used, local = np.unique(frame.edges, return_inverse=True)
    ends = local.reshape(frame.edges.shape)
    parts = DIVISIONS if frame.shear else 1
    share = np.arange(1, parts)[None, :, None] / parts
    first, second = frame.nodes[frame.edges].swapaxes(0, 1)
    between = (first[:, None] * (1 - share) + second[:, None] * share).reshape(-1, 2)
    nodes = np.concatenate([frame.nodes[used], between])
    inner = len(used) + np.arange(len(between)).reshape(len(frame.edges), parts - 1)
    chains = np.concatenate([ends[:, :1], inner, ends[:, 1:]], axis=1)
    lines = ["*HEADING", "made by metac; mm, N, MPa", "*NODE"]
    lines += [f"{number}, {x:.12g}, {y:.12g}" for number, (x, y) in enumerate(nodes, start=1)]
    for group, width in enumerate(np.unique(frame.widths), start=1):
        lines.append(f"*ELEMENT, TYPE={'B21' if frame.shear else 'B23'}, ELSET=WIDTH{group}")
        for beam in np.flatnonzero(frame.widths == width):
            numbers = beam * parts + np.arange(1, parts + 1)
            lines += [f"{n}, {a + 1}, {b + 1}" for n, a, b in zip(numbers, chains[beam], chains[beam, 1:], strict=False)]
        lines += [f"*BEAM SECTION, SECTION=RECT, ELSET=WIDTH{group}, MATERIAL=BULK", f"{frame.depth:.12g}, {width:.12g}"]
        lines.append("0., 0., -1.")
    lines += ["*MATERIAL, NAME=BULK", "*ELASTIC", f"{frame.young:.12g}, {frame.poisson:.12g}"]
    places = frame.nodes[used]
    low, high = frame.nodes.min(axis=0), frame.nodes.max(axis=0)
    for axis, (held, moved) in enumerate((("LEFT", "RIGHT"), ("BOTTOM", "TOP"))):
        for name, at in ((held, low), (moved, high)):
            lines.append(f"*NSET, NSET={name}")
            lines += [str(number + 1) for number in np.flatnonzero(np.isclose(places[:, axis], at[axis]))]
    for axis, (held, moved) in enumerate((("LEFT", "RIGHT"), ("BOTTOM", "TOP"))):
        given = 0.05 * (high[axis] - low[axis])
        lines += ["*STEP, PERTURBATION", "*STATIC", "*BOUNDARY, OP=NEW", f"{held}, 1, 2", f"{held}, 6, 6"]
        lines += [f"{moved}, {axis + 1}, {axis + 1}, {given:.12g}", f"{moved}, {2 - axis}, {2 - axis}", f"{moved}, 6, 6"]
        lines += ["*OUTPUT, FIELD, VARIABLE=PRESELECT", "*END STEP"]
    return "".join(f"{line}\n" for line in lines).encode()


def _rings(outline: shapely.MultiPolygon) -> list[NDArray[np.float64]]:
    """`[point, 2]` of all rings without the repeated point; the solid lies on the left."""
    rings = []
    for polygon in outline.geoms:
        oriented = shapely.orient_polygons(polygon)
        rings += [np.asarray(ring.coords)[:-1] for ring in (oriented.exterior, *oriented.interiors)]
    return rings


def _lifted(points: NDArray[np.float64], height: float) -> NDArray[np.float64]:
    return np.concatenate([points, np.full((*points.shape[:-1], 1), height)], axis=-1)


def _csv(heading: str, *columns: NDArray[Any]) -> bytes:
    file = BytesIO()
    np.savetxt(file, np.stack([np.asarray(column, float) for column in columns], axis=1), fmt="%.12g", delimiter=",")
    return f"{heading}\n".encode() + file.getvalue()
