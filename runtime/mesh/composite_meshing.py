"""Triangle meshes of sheets and periods with inclusions, whose elements share the nodes on their boundaries.

What is around the inclusions is meshed like a sheet with pores, and each inclusion by itself within the same divided
boundary; then they are welded, and elements of second order bent along the true curves together.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from metac.runtime.fem.assembly.constraints import MultiPointConstraints
from metac.runtime.geometry.outline import Outline
from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.geometry.sheet import SIDES, Piece, Ring, cut_sheet
from metac.runtime.geometry.sizes import divided, graded, local_sizes
from metac.runtime.mesh import meshing
from metac.runtime.mesh import quadratic_mesh as curving
from metac.runtime.mesh.cell_meshing import cell_sizes, constrained, cut_window, matched, split_at_corners
from metac.runtime.mesh.element_count import require_countable
from metac.runtime.mesh.inclusion_rings import InclusionRing, Interface, inclusion_rings
from metac.runtime.mesh.mesh import Mesh
from metac.runtime.mesh.mesh_cache import cached
from metac.runtime.mesh.meshing import DividedBoundary, Division, MeshingFailed, triangulated
from metac.runtime.mesh.quadratic_mesh import quadratic, scaled_jacobians

INTERFACE = "interface"
"""Part of the boundary between materials."""
Sizes = list[list[NDArray[np.float64]]]


class CompositeMesh(NamedTuple):
    """A mesh, and the phase of each element."""

    mesh: Mesh
    phases: NDArray[np.int32]
    """`[cell]`: 0 around the inclusions, n in those of group n."""


class Outlines(NamedTuple):
    """What is cut out of a sheet or a period: groups of outlines, whole."""

    pores: tuple[Outline, ...]
    inclusions: tuple[tuple[Outline, ...], ...]
    """Of each further phase."""

    @property
    def all(self) -> tuple[Outline, ...]:
        """All of them."""
        return (*self.pores, *(outline for group in self.inclusions for outline in group))

    @property
    def phases(self) -> tuple[int, ...]:
        """Of each of them: 0 for pores."""
        filled = tuple(n for n, group in enumerate(self.inclusions, start=1) for _ in group)
        return (*(0 for _ in self.pores), *filled)


def mesh_composite(
    domain: Rectangle, outlines: Outlines, size: float, order: int, *, across: float, refinement: float = 1.0
) -> CompositeMesh:
    """A rectangle with pores and inclusions; arguments, and what is raised, as of `meshing.mesh_region`."""
    rings = cut_sheet(domain, outlines.all)
    require_countable(rings, size / refinement)
    sizes = local_sizes(rings, size, across)
    phases = outlines.phases
    filled = inclusion_rings(rings, frozenset(n for n, phase in enumerate(phases) if phase), domain)
    edges = [tuple(part for part in ring.parts if isinstance(part, Piece)) for ring in filled]
    divisions, of_edges = (
        [
            [Division(piece.part, *divided(piece, local / refinement)) for piece, local in zip(ring, of_ring, strict=True)]
            for ring, of_ring in zip(each, local_of, strict=True)
        ]
        for each, local_of in ((rings, sizes), (edges, _edge_sizes(edges, rings, sizes, size)))
    )
    return _welded(domain, rings, divisions, filled, of_edges, phases, size / refinement, order)


def mesh_composite_cell(
    vectors: NDArray[np.float64], outlines: Outlines, size: float, order: int, *, across: float, refinement: float = 1.0
) -> tuple[CompositeMesh, MultiPointConstraints]:
    """One period of a pattern with pores and inclusions; arguments, and what is raised, as of `cell_meshing.mesh_cell`."""
    window, rings, owners = cut_window(vectors, outlines.all, size)
    require_countable(rings, size / refinement)
    sizes = cell_sizes(rings, vectors, outlines.all, window, size, across)
    phases = tuple(outlines.phases[owner] for owner in owners)
    filled = [
        _split(ring, window, float(vectors[1, 0]))
        for ring in inclusion_rings(rings, frozenset(n for n, phase in enumerate(phases) if phase), window)
    ]
    edges = [tuple(part for part in ring.parts if isinstance(part, Piece)) for ring in filled]
    divisions, of_edges = (
        matched(each, [[local / refinement for local in ring] for ring in local_of], vectors, window)
        for each, local_of in ((rings, sizes), (edges, _edge_sizes(edges, rings, sizes, size)))
    )
    made = _welded(window, rings, divisions, filled, of_edges, phases, size / refinement, order)
    mesh, constraints = constrained(made.mesh, vectors)
    return CompositeMesh(mesh, made.phases), constraints


def _split(ring: InclusionRing, window: Rectangle, shift: float) -> InclusionRing:
    parts: list[Interface | Piece] = []
    for part in ring.parts:
        parts += [part] if isinstance(part, Interface) else split_at_corners((part,), window, shift)
    return ring._replace(parts=tuple(parts))


def _edge_sizes(edges: Sequence[Ring], rings: Sequence[Ring], sizes: Sizes, size: float) -> Sizes:
    """Element size (mm) along edges of the sheet in inclusions, as what is around them asks for."""
    dense = [piece.points for ring in edges for piece in ring]
    if not dense:
        return [[] for _ in edges]
    known = np.concatenate([piece.points for ring in rings for piece in ring])
    points = np.concatenate([known, *dense])
    given = np.concatenate([*(each for ring in sizes for each in ring), np.full(len(points) - len(known), size)])
    found = graded(points, given, size)[len(known) :]
    split = iter(np.split(found, np.cumsum([len(each) for each in dense])[:-1]))
    return [[next(split) for _ in ring] for ring in edges]


def _welded(
    domain: Rectangle,
    rings: Sequence[Ring],
    divisions: list[list[Division]],
    filled: Sequence[InclusionRing],
    of_edges: list[list[Division]],
    phases: Sequence[int],
    size: float,
    order: int,
) -> CompositeMesh:
    around = [
        [each._replace(part=INTERFACE) if phases[piece.outline or 0] and piece.outline is not None else each
         for piece, each in zip(ring, of_ring, strict=True)]
        for ring, of_ring in zip(rings, divisions, strict=True)
    ]  # fmt: skip
    boundaries = [DividedBoundary(around)]
    for ring, own in zip(filled, of_edges, strict=True):
        given = iter(own)
        boundaries.append(
            DividedBoundary(
                [[_backwards(divisions, part) if isinstance(part, Interface) else next(given) for part in ring.parts]]
            )
        )
    numbers = [0, *(phases[ring.outline] for ring in filled)]
    return welded(domain, boundaries, numbers, size, order)


def _backwards(divisions: list[list[Division]], part: Interface) -> Division:
    own = divisions[part.ring][part.piece]
    return Division(INTERFACE, own.vertices[::-1], own.middles[::-1])


def welded(
    domain: Rectangle,
    boundaries: Sequence[DividedBoundary],
    phases: Sequence[int],
    size: float,
    order: int,
    code: Sequence[str] = (),
) -> CompositeMesh:
    """Regions of a phase each, meshed by themselves and joined where the vertices of their boundaries are the same numbers.

    `code` are further files that the result depends on. Raises MeshingFailed, MissingSystemLibrary.
    """
    content = [array for each in boundaries for array in (each.vertices, each.middles, each.segments, each.parts)]
    settings = {"size": float(size), "order": order, "phases": list(phases)}
    settings |= {"gmsh": version("gmsh"), "pygmsh": version("pygmsh")}
    files = [__file__, meshing.__file__, curving.__file__, *code]
    found = cached(settings, content, files, lambda: _filled(boundaries, phases, size, order))
    named = {part: found["facets"][found["parts"] == part] for part in (*SIDES, "pores")}
    mesh = Mesh(found["nodes"], found["cells"], named, domain)
    worst = float(scaled_jacobians(mesh.nodes, mesh.cells).min())
    if worst <= 0:
        raise MeshingFailed(f"an element is turned inside out (scaled Jacobian {worst:.2g})")
    return CompositeMesh(mesh, found["phases"].astype(np.int32))


def _filled(boundaries: Sequence[DividedBoundary], phases: Sequence[int], size: float, order: int) -> dict[str, NDArray]:
    """Nodes, cells, phases, and the facets of all boundaries with the parts that they belong to."""
    number: dict[bytes, int] = {}
    nodes: list[NDArray[np.float64]] = []
    cells, segments, middles, parts, of_cells = [], [], [], [], []
    for place, (boundary, phase) in enumerate(zip(boundaries, phases, strict=True)):
        own, triangles = triangulated(boundary, size)
        ids = np.empty(len(own), np.int64)
        for index, point in enumerate(own):
            known = number.get(point.tobytes()) if index < len(boundary.vertices) else None
            if known is None:
                known = len(nodes)
                nodes.append(point)
                if index < len(boundary.vertices):
                    number[point.tobytes()] = known
            ids[index] = known
        cells.append(ids[triangles])
        of_cells.append(np.full(len(triangles), phase))
        # Boundaries between materials are those of the first region too.
        new = np.ones(len(boundary.parts), bool) if place == 0 else boundary.parts != INTERFACE
        segments.append(ids[boundary.segments[new]])
        middles.append(boundary.middles[new])
        parts.append(boundary.parts[new])
    points, together, facets = np.array(nodes), np.concatenate(cells), np.concatenate(segments)
    if order == 2:
        points, together, facets = quadratic(points, together, facets, np.concatenate(middles))
    return {
        "nodes": points,
        "cells": together.astype(np.int32),
        "facets": facets.astype(np.int32),
        "parts": np.concatenate(parts),
        "phases": np.concatenate(of_cells),
    }
