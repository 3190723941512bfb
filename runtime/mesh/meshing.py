"""Triangle meshes of sheets with pores: all use of gmsh and pygmsh is here.

The boundary is divided here, on the pores' true curves, and handed to gmsh as straight segments that it must keep; gmsh
fills the inside. So pores may be cut by the sheet's edge, equal pores are divided equally, and the nodes between the
corners of quadratic elements lie on the curve itself.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from metac.runtime.errors import RuntimeFailure
from metac.runtime.geometry.outline import Outline
from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.geometry.sheet import SIDES, cut_sheet
from metac.runtime.geometry.sizes import divided, local_sizes
from metac.runtime.mesh import quadratic_mesh as curving
from metac.runtime.mesh.element_count import require_countable
from metac.runtime.mesh.mesh import Mesh
from metac.runtime.mesh.mesh_cache import cached
from metac.runtime.mesh.quadratic_mesh import edges_of, quadratic, scaled_jacobians

SYSTEM_PACKAGES = "libglu1-mesa libgl1 libxft2 libxcursor1 libxinerama1 libgomp1"
"""What gmsh needs of a bare Debian or Ubuntu."""
FRONTAL_DELAUNAY = 6
ACROSS = 2.0
"""Elements over the width of a ligament, if nothing else is said."""

_LOCK = threading.Lock()
"""gmsh has one state for the whole process."""


class MissingSystemLibrary(RuntimeFailure):
    """gmsh cannot be loaded because a library of the operating system is missing."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"the mesher gmsh cannot be loaded: {reason}",
            remedy=f"apt-get install -y --no-install-recommends {SYSTEM_PACKAGES}",
        )


class MeshingFailed(RuntimeFailure):
    """gmsh gave no usable mesh."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"the sheet could not be meshed: {reason}", remedy="choose a smaller mesh `size`, or wider ligaments"
        )


class Division(NamedTuple):
    """A piece of the boundary, divided: the solid lies on its left."""

    part: str
    """left, right, bottom, top or pores."""
    vertices: NDArray[np.float64]
    """`[segment + 1, 2]`, mm; the last is the first of the next division of its ring."""
    middles: NDArray[np.float64]
    """`[segment, 2]`, on the true curve, mm."""


class DividedBoundary:
    """The divided boundary: vertices, closed segments between them, their middles and the part that each belongs to."""

    def __init__(self, rings: Sequence[Sequence[Division]]) -> None:
        pieces = [piece for ring in rings for piece in ring]
        self.parts = np.repeat([piece.part for piece in pieces], [len(piece.middles) for piece in pieces])
        self.vertices: NDArray[np.float64] = np.concatenate([piece.vertices[:-1] for piece in pieces])
        self.middles: NDArray[np.float64] = np.concatenate([piece.middles for piece in pieces])
        lengths = [sum(len(piece.middles) for piece in ring) for ring in rings]
        self.rings = np.split(np.arange(len(self.vertices)), np.cumsum(lengths)[:-1])
        self.segments: NDArray[np.int64] = np.concatenate(
            [np.stack([ring, np.roll(ring, -1)], axis=1) for ring in self.rings]
        )


def mesh_region(
    domain: Rectangle,
    outlines: Sequence[Outline],
    size: float,
    order: int = 2,
    *,
    across: float = ACROSS,
    refinement: float = 1.0,
    outer: Outline | None = None,
) -> Mesh:
    """Mesh `domain` less the regions inside `outlines` with triangles of edge `size` (mm) and polynomial `order` 1 or 2.

    Elements are smaller where ligaments have not `across` of them over their width, or curves are tight
    (`runtime/geometry/sizes.py`); `refinement` divides all sizes. `outer` is the edge of a sheet that is no rectangle
    (`cut_sheet`). The result depends on the arguments only. May be called
    from any thread.

    Raises ValueError for a size or order out of range, CrossingOutlines, DisconnectedSheet, MeshingFailed,
    MissingSystemLibrary, TooManyElements.
    """
    for name, value in (("size", size), ("across", across), ("refinement", refinement)):
        if not (np.isfinite(value) and value > 0):
            raise ValueError(f"{name} must be positive, got {value}")
    if order not in (1, 2):
        raise ValueError(f"elements are of order 1 or 2, got {order}")
    rings = cut_sheet(domain, outlines, outer)
    require_countable(rings, size / refinement)
    sizes = local_sizes(rings, size, across)
    divisions = [
        [Division(piece.part, *divided(piece, local / refinement)) for piece, local in zip(ring, of_ring, strict=True)]
        for ring, of_ring in zip(rings, sizes, strict=True)
    ]
    return mesh_divided(domain, divisions, size / refinement, order)


def mesh_divided(domain: Rectangle, rings: Sequence[Sequence[Division]], size: float, order: int) -> Mesh:
    """Fill closed rings of divided pieces, the outer one first, with triangles of edge `size` (mm); raises MeshingFailed."""
    boundary = DividedBoundary(rings)
    content = [boundary.vertices, boundary.middles, boundary.segments, boundary.parts]
    settings = {"size": float(size), "order": order, "gmsh": version("gmsh"), "pygmsh": version("pygmsh")}
    found = cached(settings, content, [__file__, curving.__file__], lambda: _filled(boundary, size, order))
    named = {part: found["facets"][boundary.parts == part] for part in (*SIDES, "pores")}
    mesh = Mesh(found["nodes"], found["cells"], named, domain)
    worst = float(scaled_jacobians(mesh.nodes, mesh.cells).min())
    if worst <= 0:
        raise MeshingFailed(f"an element is turned inside out (scaled Jacobian {worst:.2g})")
    return mesh


def _filled(boundary: DividedBoundary, size: float, order: int) -> dict[str, NDArray]:
    """Nodes `[node, 2]`, cells, and the facets of the boundary in the order of its segments."""
    nodes, cells = triangulated(boundary, size)
    facets = boundary.segments
    if order == 2:
        nodes, cells, facets = quadratic(nodes, cells, boundary.segments, boundary.middles)
    return {"nodes": nodes, "cells": cells.astype(np.int32), "facets": facets.astype(np.int32)}


def triangulated(boundary: DividedBoundary, size: float) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Nodes `[node, 2]`, the boundary's vertices first, and counter-clockwise triangles `[cell, 3]`."""
    try:
        filled = _fill(boundary, size)
    except (MissingSystemLibrary, MemoryError):
        raise
    except Exception as problem:  # gmsh raises bare exceptions
        raise MeshingFailed(str(problem) or type(problem).__name__) from problem
    raw, cells = filled.points[:, :2], filled.get_cells_type("triangle")
    if len(cells) == 0:
        raise MeshingFailed("gmsh gave no triangles")
    distances, nearest = (np.asarray(found) for found in KDTree(raw).query(boundary.vertices))
    if distances.max() > 1e-6 * size or len(np.unique(nearest)) != len(nearest):
        raise MeshingFailed("gmsh moved or dropped points of the boundary")
    inner = np.setdiff1d(np.unique(cells), nearest)
    numbers = np.full(len(raw), -1)
    numbers[nearest] = np.arange(len(nearest))
    numbers[inner] = len(nearest) + np.arange(len(inner))
    nodes, cells = np.concatenate([boundary.vertices, raw[inner]]), numbers[cells]
    (x1, y1), (x2, y2) = (nodes[cells[:, 1]] - nodes[cells[:, 0]]).T, (nodes[cells[:, 2]] - nodes[cells[:, 0]]).T
    flipped = x1 * y2 < x2 * y1
    cells[flipped] = cells[flipped][:, ::-1]
    edges, _, count = edges_of(cells)
    if {tuple(edge) for edge in edges[count == 1].tolist()} != {
        tuple(sorted(segment)) for segment in boundary.segments.tolist()
    }:
        raise MeshingFailed("gmsh divided the boundary otherwise than it was asked to")
    return nodes, cells


def _fill(boundary: DividedBoundary, size: float) -> Any:
    """The polygon with its holes filled by gmsh, as a meshio mesh; boundary segments stay single edges."""
    with _LOCK, _QuietGeometry() as (geometry, gmsh):
        loops = []
        for ring in boundary.rings:
            points = [geometry.add_point((*vertex, 0.0), mesh_size=size) for vertex in boundary.vertices[ring].tolist()]
            lines = [geometry.add_line(points[number], points[(number + 1) % len(points)]) for number in range(len(points))]
            for line in lines:
                geometry.set_transfinite_curve(line, 2, "Progression", 1.0)
            loops.append(geometry.add_curve_loop(lines))
        geometry.add_plane_surface(loops[0], holes=loops[1:])
        options = {
            "Mesh.MeshSizeMax": size,
            "Mesh.MeshSizeFromPoints": 0,
            "Mesh.MeshSizeFromCurvature": 0,
            # The boundary is divided by the width of the ligaments already; its segments give the size inside.
            "Mesh.MeshSizeExtendFromBoundary": 1,
            "Mesh.Optimize": 1,
        }
        for name, value in options.items():
            gmsh.option.setNumber(name, value)
        return geometry.generate_mesh(dim=2, order=1, algorithm=FRONTAL_DELAUNAY, verbose=False)


class _QuietGeometry:
    """pygmsh's geometry without signal handlers (so that any thread may use it), terminal output and configuration files."""

    def __enter__(self) -> tuple[Any, Any]:
        try:
            import gmsh
            import pygmsh
        except OSError as problem:
            raise MissingSystemLibrary(str(problem)) from problem
        self._gmsh = gmsh
        self._before = gmsh.isInitialized()
        if not self._before:
            gmsh.initialize(readConfigFiles=False, interruptible=False)
        gmsh.option.setNumber("General.Terminal", 0)
        gmsh.option.setNumber("General.NumThreads", 1)
        gmsh.model.add("metac")
        return pygmsh.geo.Geometry(), gmsh

    def __exit__(self, *_: object) -> None:
        if self._before:
            self._gmsh.model.remove()
        else:
            self._gmsh.finalize()
