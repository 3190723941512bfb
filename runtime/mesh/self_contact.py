"""Self-contact of a deformed plane body: outlines that cross themselves or each other, or that turn over.

The mechanics knows nothing of contact, so the lips of a slit may pass through each other with every element upright and
every increment converged. This looks at the outlines instead, on the host, after a load path is solved. Outlines are
followed round each pore and round the rim; in a periodic cell through the images of the cell, with the translations as
deformed. Where some elements stand for holes, the outlines of the others are looked at too: an element between them that
lets its corners pass each other may still be upright where it is integrated. Curved edges are taken as `PIECES` chords
each, so a gap is known to within the height of such a chord.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
import shapely
from numpy.typing import NDArray

from metac.runtime.dimensions import PLANE
from metac.runtime.fem.assembly.constraints import MultiPointConstraints
from metac.runtime.fem.elements.line import lagrange
from metac.runtime.mesh.mesh import Mesh

PIECES = 4
"""Chords that stand for one quadratic edge."""
SAME = 1e-9
"""Reference positions this close, over the size of the domain, are one point."""

Points = NDArray[np.float64]


class ContactKind(Enum):
    """What an outline does."""

    CROSSING_ITSELF = "an outline crosses itself"
    CROSSING_ANOTHER = "two outlines cross"
    TURNED_OVER = "an outline is turned over"


@dataclass(frozen=True)
class SelfContact:
    """The first increment in which the body passes through itself."""

    increment: int
    """From 1; equilibria from this one on are those of no body."""
    increments: int
    """Of the load path."""
    kind: ContactKind
    place: tuple[float, float]
    """A point of the overlap as deformed, mm."""

    def message(self, load: str) -> str:
        """For people: what happens in which increment, and where."""
        x, y = self.place
        return (
            f"{load}: self-contact, which is not modelled, at increment {self.increment} of {self.increments}: "
            f"{self.kind.value} at ({x:.4g}, {y:.4g}) mm"
        )


@dataclass(frozen=True)
class _Outline:
    """A closed line of boundary edges, the solid on its left; in a periodic cell it may continue for ever."""

    nodes: NDArray[np.int64]
    """`[piece, order + 1]`: the nodes of each edge from its beginning to its end."""
    shifted: NDArray[np.int64]
    """`[piece]`: nodes that each edge begins at, in the outline's own image: the end of the edge before."""
    closed: bool


def first_self_contact(
    mesh: Mesh,
    coordinates: Points,
    displacement: Points,
    constraints: MultiPointConstraints | None = None,
    solid: NDArray[np.bool_] | None = None,
) -> SelfContact | None:
    """The first self-contact of a load path, or None where there is none.

    Args:
        mesh: of the plane; only its topology counts.
        coordinates: `[node, 2]`: unloaded positions, mm.
        displacement: `[increment, node, 2]`, mm; what follows an increment that is not finite is not looked at.
        constraints: those of a periodic cell, so that contact with neighbouring images is found too.
        solid: `[cell]`: the cells whose outlines are looked at; all of them where it is None.

    Raises:
        ValueError: if the mesh is not plane.
    """
    if mesh.dimension != 2:
        raise ValueError("self-contact is looked for in plane meshes only")
    coordinates, displacement = np.asarray(coordinates), np.asarray(displacement)
    outlines = _outlines(mesh, constraints, solid)
    if not outlines:
        # A period without pores.
        return None
    images = _images(constraints)
    for number, moved in enumerate(displacement):
        if not np.isfinite(moved).all():
            return None
        found = _contact(mesh, outlines, images, coordinates, coordinates + moved)
        if found is not None:
            return SelfContact(number + 1, len(displacement), *found)
    return None


def _outlines(
    mesh: Mesh, constraints: MultiPointConstraints | None, solid: NDArray[np.bool_] | None = None
) -> list[_Outline]:
    """All boundary edges, in closed lines."""
    cells = mesh.cells if solid is None else mesh.cells[solid]
    points = np.arange(len(mesh.nodes)) if constraints is None else constraints.points
    local = np.array([(first, *between, last) for first, last, *between in mesh.element.facets])
    edges = cells[:, local].reshape(-1, local.shape[1]).astype(np.int64)
    # Edges of one element alone; those on the rim of a periodic cell are met by their image.
    ends = np.sort(points[edges[:, [0, -1]]], axis=1)
    middles = points[edges[:, 1:-1]].sum(axis=1, keepdims=True)
    _, which, count = np.unique(np.concatenate([ends, middles], axis=1), axis=0, return_inverse=True, return_counts=True)
    edges = edges[count[which.ravel()] == 1]
    starting: dict[int, list[int]] = {}
    for number, node in enumerate(edges[:, 0].tolist()):
        starting.setdefault(int(points[node]), []).append(number)
    outlines, remaining = [], set(range(len(edges)))
    while remaining:
        line = [min(remaining)]
        remaining.discard(line[0])
        while True:
            end = edges[line[-1], -1]
            following = [number for number in starting[int(points[end])] if number in remaining or number == line[0]]
            # Where outlines touch in a node, stay with the one that the node itself belongs to.
            following.sort(key=lambda number: (edges[number, 0] != end, number == line[0], number))
            if not following or following[0] == line[0]:
                break
            line.append(following[0])
            remaining.discard(line[-1])
        nodes = edges[line]
        shifted = np.roll(nodes[:, -1], 1)
        outlines.append(_Outline(nodes, shifted, closed=_is_closed(mesh, nodes, shifted)))
    return outlines


def _is_closed(mesh: Mesh, nodes: NDArray[np.int64], shifted: NDArray[np.int64]) -> bool:
    """Whether the jumps to other images of the cell cancel."""
    jumps = (mesh.nodes[shifted] - mesh.nodes[nodes[:, 0]]).sum(axis=0)
    return bool(np.abs(jumps).max() < SAME * mesh.domain.diagonal)


def _images(constraints: MultiPointConstraints | None) -> NDArray[np.int64]:
    """`[image, 2]`: pairs of nodes, each one translation of the lattice apart; all neighbours of the cell."""
    if constraints is None:
        return np.zeros((0, 2), dtype=np.int64)
    apart = np.flatnonzero((constraints.arms != 0).any(axis=1))
    rounded = np.round(constraints.arms[apart], 9)
    _, chosen = np.unique(rounded, axis=0, return_index=True)
    pairs = np.stack([constraints.masters[constraints.points[apart[chosen]]], apart[chosen]], axis=1)
    return np.concatenate([pairs, pairs[:, ::-1]])


def _polyline(outline: _Outline, places: Points) -> Points:
    """`[vertex, 2]`: points along the outline for node positions `[node, 2]`, in one piece; the first is also the last."""
    order = outline.nodes.shape[1] - 1
    shapes, _ = lagrange(order, np.arange(PIECES if order > 1 else 1) / PIECES)
    jumps = places[outline.shifted] - places[outline.nodes[:, 0]]
    jumps[0] = 0.0
    moved = np.cumsum(jumps, axis=0)
    points = np.einsum("np,eni->epi", shapes, places[outline.nodes]) + moved[:, None]
    last = places[outline.nodes[-1, -1]] + moved[-1]
    return np.concatenate([points.reshape(-1, PLANE), last[None]])


def _contact(
    mesh: Mesh, outlines: Sequence[_Outline], images: NDArray[np.int64], unloaded: Points, deformed: Points
) -> tuple[ContactKind, tuple[float, float]] | None:
    before, after = ([_polyline(outline, places) for outline in outlines] for places in (unloaded, deformed))
    crossing = _crossing(before, after, [(unloaded[b] - unloaded[a], deformed[b] - deformed[a]) for a, b in images], mesh)
    if crossing is not None:
        return crossing
    for outline, old, new in zip(outlines, before, after, strict=True):
        if outline.closed and _signed_area(old) * _signed_area(new) <= 0:
            x, y = new[:-1].mean(axis=0).tolist()
            return ContactKind.TURNED_OVER, (x, y)
    return None


def _crossing(
    before: Sequence[Points], after: Sequence[Points], images: Sequence[tuple[Points, Points]], mesh: Mesh
) -> tuple[ContactKind, tuple[float, float]] | None:
    """A crossing of two pieces that do not share an end, those of neighbouring images included."""

    def pieces(lines: Sequence[Points]) -> Points:
        return np.concatenate([np.stack([line[:-1], line[1:]], axis=1) for line in lines])

    old, new = pieces(before), pieces(after)
    owner = np.repeat(np.arange(len(before)), [len(line) - 1 for line in before])
    moves = [(np.zeros(PLANE), np.zeros(PLANE)), *images]
    all_old = np.concatenate([old + move for move, _ in moves])
    all_new = np.concatenate([new + move for _, move in moves])
    first, second = shapely.STRtree(_segments(all_new)).query(_segments(new), predicate="intersects")
    tolerance = SAME * mesh.domain.diagonal
    apart = np.abs(old[first][:, :, None] - all_old[second][:, None]).max(axis=-1)  # [pair, end, end]
    separate = np.flatnonzero((apart > tolerance).all(axis=(1, 2)))
    if not len(separate):
        return None
    one, other = first[separate[0]], second[separate[0]]
    meeting = shapely.LineString(new[one]).intersection(shapely.LineString(all_new[other]))
    x, y = meeting.centroid.coords[0]
    is_same = owner[one] == owner[other % len(old)] and other < len(old)
    return ContactKind.CROSSING_ITSELF if is_same else ContactKind.CROSSING_ANOTHER, (x, y)


def _segments(ends: Points) -> list[shapely.LineString]:
    """Of `ends[segment, 2, 2]`."""
    return list(np.atleast_1d(np.asarray(shapely.linestrings(ends))))  # type: ignore[arg-type]


def _signed_area(line: Points) -> float:
    x, y = (line - line.mean(axis=0)).T
    return 0.5 * float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))
