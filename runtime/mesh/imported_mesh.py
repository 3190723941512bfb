"""What a file says of a mesh, made fit for finite elements, or refused with the place of what is wrong.

Clockwise triangles are turned, and nodes that no element uses are left out; all else is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.geometry.sheet import SIDES
from metac.runtime.mesh.file_mesh import FileMesh, NoMesh
from metac.runtime.mesh.mesh import Mesh
from metac.runtime.mesh.quadratic_mesh import scaled_jacobians
from metac.runtime.mesh.triangle_edges import Edges

SAME = 1e-9
"""Points this close, over the extent of the mesh, are one."""
FLAT = 1e-6
"""A triangle whose scaled Jacobian is smaller has no area."""
SIZES = (1e-6, 1e6)
"""Extents that bodies have, mm."""
AREA = 1e-6
"""Relative difference of areas by which elements that lie on each other are seen."""


class Imported(NamedTuple):
    """A mesh and the group that each element is of."""

    mesh: Mesh
    phases: NDArray[np.int32]
    """`[cell]`: index among the groups that were asked for; 0 where none were."""


def imported(read: FileMesh, unit: float, groups: Sequence[str]) -> Imported:
    """The mesh of a file in mm, for `unit` mm a length of 1; raises NoMesh where it cannot be used.

    `groups`: names of groups of elements, of which each element is in exactly one; none where all elements are alike.
    """
    cells, used = _renumbered(read)
    nodes = _plane(read.points[used], unit)
    middles = nodes[cells[:, :3]].mean(axis=1)
    _require_apart(nodes)
    cells = _counter_clockwise(nodes, cells, middles)
    _require_different(cells, middles)
    edges = Edges(cells)
    _require_whole(nodes, cells, edges, middles)
    number = np.full(len(read.points), -1)
    number[used] = np.arange(len(used))
    low, high = nodes.min(axis=0), nodes.max(axis=0)
    domain = Rectangle(*low.tolist(), *high.tolist())
    mesh = Mesh(nodes, cells, _sides(nodes, cells, domain), domain, _named(read, number, cells, edges))
    return Imported(mesh, _phases(read, groups, middles))


def _renumbered(read: FileMesh) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Cells of used nodes alone, and the points that they are."""
    if len(read.cells) == 0:
        raise NoMesh("there are no triangles in the file")
    if read.cells.min() < 0 or read.cells.max() >= len(read.points):
        raise NoMesh("elements name nodes that are not in the file", "write the file again: it is incomplete")
    used, cells = np.unique(read.cells, return_inverse=True)
    return cells.reshape(read.cells.shape).astype(np.int32), used


def _plane(points: NDArray[np.float64], unit: float) -> NDArray[np.float64]:
    """`[node, 2]`, mm."""
    bad = np.flatnonzero(~np.isfinite(points).all(axis=1))
    if len(bad):
        raise NoMesh(f"{len(bad)} of {len(points)} nodes have no finite coordinates", "write the file again")
    extent = float(np.ptp(points[:, :2], axis=0).max()) * unit
    if not SIZES[0] <= extent <= SIZES[1]:
        raise NoMesh(f"the mesh is {extent:.4g} mm large", "look at the unit", field="unit")
    if points.shape[1] > 2 and np.ptp(points[:, 2]) * unit > SAME * extent:
        low, high = points[:, 2].min() * unit, points[:, 2].max() * unit
        raise NoMesh(
            f"the mesh does not lie in a plane: z from {low:.4g} to {high:.4g} mm", "mesh a surface in the xy plane"
        )
    return points[:, :2] * unit


def _require_apart(nodes: NDArray[np.float64]) -> None:
    pairs = KDTree(nodes).query_pairs(SAME * float(np.ptp(nodes, axis=0).max()), output_type="ndarray")
    if len(pairs):
        raise NoMesh(
            f"nodes lie on each other, {len(pairs)} pairs, the first at {_place(nodes[pairs[0, 0]])}: "
            "elements on both sides would not hold together",
            "merge them where the mesh is made (Gmsh: `Coherence` of the geometry before meshing)",
        )


def _counter_clockwise(
    nodes: NDArray[np.float64], cells: NDArray[np.int32], middles: NDArray[np.float64]
) -> NDArray[np.int32]:
    (x1, y1), (x2, y2) = (nodes[cells[:, 1]] - nodes[cells[:, 0]]).T, (nodes[cells[:, 2]] - nodes[cells[:, 0]]).T
    turned = x1 * y2 < x2 * y1
    order = [0, 2, 1] if cells.shape[1] == 3 else [0, 2, 1, 5, 4, 3]
    cells = np.where(turned[:, None], cells[:, order], cells)
    quality = scaled_jacobians(nodes, cells)
    worst = int(np.argmin(quality))
    if quality[worst] < FLAT:
        bad = int((quality < FLAT).sum())
        raise NoMesh(
            f"elements without area, or folded: {bad}, the worst at {_place(middles[worst])}",
            "mesh it again; look at curved edges near there",
        )
    return cells


def _require_different(cells: NDArray[np.int32], middles: NDArray[np.float64]) -> None:
    _, first, count = np.unique(np.sort(cells[:, :3], axis=1), axis=0, return_index=True, return_counts=True)
    if (count > 1).any():
        place = _place(middles[first[count > 1][0]])
        raise NoMesh(
            f"elements are there more than once: {int((count > 1).sum())}, the first at {place}",
            "where groups overlap, Gmsh's MSH 2.2 writes an element for each of them: write MSH 4.1",
        )


def _require_whole(nodes: NDArray[np.float64], cells: NDArray[np.int32], edges: Edges, middles: NDArray[np.float64]) -> None:
    """One piece, neighbours sharing whole edges, nothing twice."""
    if (edges.count > 2).any():
        place = _place(nodes[edges.ends[edges.count > 2][0]].mean(axis=0))
        raise NoMesh(f"more than two elements share an edge, at {place}", "elements lie on each other: mesh it again")
    number = np.repeat(np.arange(len(cells)), 3)
    links = coo_matrix(
        (np.ones(len(number)), (number, len(cells) + edges.sides.ravel())), shape=(len(cells) + len(edges.ends),) * 2
    )
    pieces, piece = connected_components(links, directed=False)
    if pieces > 1:
        other = int(np.flatnonzero(piece[: len(cells)] != piece[0])[0])
        raise NoMesh(
            f"the mesh falls into {pieces} pieces that share no edge, one of them at {_place(middles[other])}",
            "keep one, or let neighbours share their nodes",
        )
    rim = edges.ends[edges.count == 1]
    lines = [shapely.LineString(ends) for ends in nodes[rim]]
    tolerance = SAME * float(np.ptp(nodes, axis=0).max())
    corners = np.unique(rim)
    which, line = shapely.STRtree(lines).query(shapely.points(nodes[corners]), predicate="dwithin", distance=tolerance)
    between = (rim[line] != corners[which][:, None]).all(axis=1)
    if between.any():
        place = _place(nodes[corners[which[between][0]]])
        raise NoMesh(f"a node lies on an edge that it is no end of, at {place}", "neighbours must share whole edges")
    x, y = nodes[cells[:, :3]].transpose(2, 0, 1)
    area = 0.5 * float(np.sum(x[:, 0] * (y[:, 1] - y[:, 2]) + x[:, 1] * (y[:, 2] - y[:, 0]) + x[:, 2] * (y[:, 0] - y[:, 1])))
    inside = shapely.area(shapely.build_area(shapely.MultiLineString(lines)))
    if abs(inside - area) > AREA * area:
        raise NoMesh(
            f"elements lie on each other: together they have {area:.6g} mm², their outline holds {inside:.6g} mm²",
            "mesh it again",
        )


def _sides(nodes: NDArray[np.float64], cells: NDArray[np.int32], domain: Rectangle) -> dict[str, NDArray[np.int32]]:
    """Facets of the boundary by the side of the rectangle that they lie on; all others are those of pores."""
    local = np.array([[0, 1], [1, 2], [2, 0]]) if cells.shape[1] == 3 else np.array([[0, 1, 3], [1, 2, 4], [2, 0, 5]])
    facets = cells[:, local].reshape(-1, local.shape[1])
    edges = Edges(cells)
    facets = facets[edges.count[edges.number(facets)] == 1]
    tolerance = SAME * domain.diagonal
    found, inner = {}, np.ones(len(facets), bool)
    for side, axis, line in zip(SIDES, (0, 0, 1, 1), (domain.x0, domain.x1, domain.y0, domain.y1), strict=True):
        on_side = (np.abs(nodes[facets][:, :, axis] - line) <= tolerance).all(axis=1)
        found[side], inner = facets[on_side], inner & ~on_side
    return {**found, "pores": facets[inner]}


def _named(
    read: FileMesh, number: NDArray[np.int64], cells: NDArray[np.int32], edges: Edges
) -> dict[str, NDArray[np.int32]]:
    """Edges of elements by the names of lines and of sets of nodes; what is no edge of an element is left out."""
    ends, middle = edges.ends.astype(np.int32), np.zeros(len(edges.ends), np.int32)
    if cells.shape[1] > 3:
        middle[edges.sides] = cells[:, 3:]
    found = {}
    for name, lines in read.lines.items():
        found[name] = edges.number(number[lines])
    for name, points in read.points_of.items():
        chosen = np.isin(edges.ends, number[points]).all(axis=1) & (edges.count == 1)
        found[name] = np.flatnonzero(chosen)
    facets = {name: each[each >= 0] for name, each in found.items()}
    if cells.shape[1] > 3:
        return {name: np.column_stack([ends[each], middle[each]]) for name, each in facets.items() if len(each)}
    return {name: ends[each] for name, each in facets.items() if len(each)}


def _phases(read: FileMesh, groups: Sequence[str], middles: NDArray[np.float64]) -> NDArray[np.int32]:
    count = np.zeros(len(read.cells), np.int64)
    phases = np.zeros(len(read.cells), np.int32)
    if not groups:
        return phases
    for index, name in enumerate(groups):
        if name not in read.groups:
            listed = ", ".join(f"`{each}`" for each in sorted(read.groups)) or "none"
            raise NoMesh(f"the file has no group of triangles `{name}`", f"its groups: {listed}", field="groups")
        count[read.groups[name]] += 1
        phases[read.groups[name]] = index
    for wrong, what in ((count > 1, "of more than one of these groups"), (count == 0, "of none of these groups")):
        if wrong.any():
            place = _place(middles[np.flatnonzero(wrong)[0]])
            raise NoMesh(
                f"{int(wrong.sum())} of {len(count)} elements are {what}, the first at {place}",
                "each element is of exactly one material: name all groups that cover the body, and none twice",
                field="groups",
            )
    return phases


def _place(point: NDArray[np.float64]) -> str:
    return f"({point[0]:.4g}, {point[1]:.4g}) mm"
