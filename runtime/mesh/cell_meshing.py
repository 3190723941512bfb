"""Triangle meshes of one period of a pattern, whose opposite edges match node by node.

For lattice vectors a along x and b, the rectangle |a| wide and b_y high holds one period for any angle between them: its
right edge is its left one moved by a, its top its bottom moved by b, going round by a. The rectangle may begin anywhere, and
is laid so that its edges keep away from the pores, or else cut them well.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from metac.runtime.dimensions import PLANE
from metac.runtime.fem.assembly.constraints import MultiPointConstraints
from metac.runtime.geometry.outline import Outline
from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.geometry.sheet import SIDES, DisconnectedSheet, Piece, Ring, cut_sheet, edge
from metac.runtime.geometry.sizes import divided, graded, local_sizes
from metac.runtime.mesh.element_count import require_countable
from metac.runtime.mesh.mesh import Mesh
from metac.runtime.mesh.meshing import ACROSS, Division, MeshingFailed, mesh_divided

ORIGINS = 12
"""Places along each edge of the cell that the rectangle may begin at."""
ATTEMPTS = 6
"""Places that are tried."""
CLEARANCE = 0.5
"""From where an edge has no say in the shape of the elements, in element edges."""
CUT = 0.05
"""What a cut pore counts, in element edges of clearance."""
NEIGHBOURHOOD = 6.0
"""How far beyond the rectangle pores still have a say in element sizes, in element edges."""
SAME = 1e-7
"""Nodes this close, in lattice coordinates, are images."""


def mesh_cell(
    vectors: NDArray[np.float64],
    pores: Sequence[Outline],
    size: float,
    order: int = 2,
    *,
    across: float = ACROSS,
    refinement: float = 1.0,
) -> tuple[Mesh, MultiPointConstraints]:
    """Mesh one period of the plane less the images of `pores` under the lattice `vectors[vector, component]` (mm).

    `pores` are whole outlines, each once. The first vector points along x, the second upwards. The other arguments, and what
    is raised, are those of `meshing.mesh_region`.
    """
    window, rings, _ = cut_window(vectors, pores, size)
    require_countable(rings, size / refinement)
    sizes = cell_sizes(rings, vectors, pores, window, size, across)
    divisions = matched(rings, [[each / refinement for each in ring] for ring in sizes], vectors, window)
    return constrained(mesh_divided(window, divisions, size / refinement, order), vectors)


def cut_window(
    vectors: NDArray[np.float64], outlines: Sequence[Outline], size: float
) -> tuple[Rectangle, tuple[Ring, ...], tuple[int, ...]]:
    """A rectangle that holds one period, the rings that are left of it, and of which outline each image that was cut is one.

    Raises DisconnectedSheet where no rectangle that is tried leaves one piece.
    """
    (width, tilt), (shift, height) = vectors.tolist()
    if tilt != 0 or not (width > 0 and height > 0):
        raise ValueError(f"the first lattice vector must point along x and the second upwards, got {vectors.tolist()}")
    first: DisconnectedSheet | None = None
    for x, y in origins(vectors, outlines, size)[:ATTEMPTS]:
        window = Rectangle(x, y, x + width, y + height)
        found = [(n, image) for n, each in enumerate(outlines) for image in images_in(vectors, [each], window, 0.0)]
        try:
            rings = cut_sheet(window, [image for _, image in found])
        except DisconnectedSheet as problem:  # It may be connected around the edges.
            first = first or problem
            continue
        return window, tuple(split_at_corners(ring, window, shift) for ring in rings), tuple(n for n, _ in found)
    assert first is not None
    raise first


def repeated(
    mesh: Mesh, constraints: MultiPointConstraints, vectors: NDArray[np.float64], counts: tuple[int, int]
) -> tuple[Mesh, MultiPointConstraints]:
    """`counts` periods together as one, along the first and the second vector: copies of one mesh, to rounding."""
    if counts == (1, 1):
        return mesh, constraints
    turns = np.round(constraints.length * constraints.arms @ np.linalg.inv(vectors)).astype(np.int64)
    copies = np.array([(i, j) for j in range(counts[1]) for i in range(counts[0])])
    # A node is the image of a point in some cell of the endless plane: [copy, node, (point, i, j)].
    places = np.broadcast_to(constraints.points[:, None], (len(copies), len(constraints.points), 1))
    images = np.concatenate([places, copies[:, None] + turns], axis=2)
    nodes, number = np.unique(images.reshape(-1, 3), axis=0, return_inverse=True)
    number = number.reshape(len(copies), -1)
    inside = nodes[:, 1:] % counts
    arms = (nodes[:, 1:] - inside) @ vectors
    _, points = np.unique(np.column_stack([nodes[:, 0], inside]), axis=0, return_inverse=True)
    positions = mesh.nodes[constraints.masters][nodes[:, 0]] + nodes[:, 1:] @ vectors

    number = number.astype(np.int32)
    facets = {part: number[:, each].reshape(-1, each.shape[1]) for part, each in mesh.facets.items()}
    ends = np.sort(np.concatenate(list(facets.values()))[:, :2], axis=1)
    _, which, occurrences = np.unique(ends, axis=0, return_inverse=True, return_counts=True)
    outer = iter(np.split(occurrences[which.ravel()] == 1, np.cumsum([len(each) for each in facets.values()])[:-1]))
    facets = {part: each[next(outer)] for part, each in facets.items()}

    x, y, columns, rows = mesh.domain.x0, mesh.domain.y0, *counts
    whole = Rectangle(x, y, x + columns * mesh.domain.width, y + rows * mesh.domain.height)
    length = constraints.length * float(np.sqrt(columns * rows))
    cells = number[:, mesh.cells].reshape(-1, mesh.cells.shape[1])
    return Mesh(positions, cells, facets, whole), MultiPointConstraints(points.astype(np.int32), arms / length, length)


def images_in(
    vectors: NDArray[np.float64], pores: Sequence[Outline], window: Rectangle, margin: float
) -> tuple[Outline, ...]:
    """Outlines of all images that meet the window widened by `margin`, mm."""
    low = np.array([window.x0, window.y0]) - margin
    high = np.array([window.x1, window.y1]) + margin
    corners = np.array([[x, y] for x in (low[0], high[0]) for y in (low[1], high[1])]) @ np.linalg.inv(vectors)
    found = []
    for pore in pores:
        bounds = np.array(pore.bounds).reshape(2, PLANE)
        spread = np.array([[x, y] for x in bounds[:, 0] for y in bounds[:, 1]]) @ np.linalg.inv(vectors)
        start = np.floor(corners.min(axis=0) - spread.max(axis=0)).astype(int)
        stop = np.ceil(corners.max(axis=0) - spread.min(axis=0)).astype(int)
        for i, j in itertools.product(range(start[0], stop[0] + 1), range(start[1], stop[1] + 1)):
            move = np.array([i, j]) @ vectors
            if (bounds[1] + move > low).all() and (bounds[0] + move < high).all():
                found.append(Outline(pore.points + move, pore.corners))
    return tuple(found)


def origins(vectors: NDArray[np.float64], pores: Sequence[Outline], size: float) -> list[tuple[float, float]]:
    """Lower left corners of the rectangle, best first: edges far from where they would touch pores, few pores cut."""
    (width, _), (shift, height) = vectors.tolist()
    if not pores:
        return [(0.0, 0.0)]
    enough = CLEARANCE * size
    whole = Rectangle(0.0, 0.0, 2 * width, 2 * height)
    images = images_in(vectors, pores, whole, size)
    bounds = np.array([image.bounds for image in images])
    outline = KDTree(np.concatenate([image.points for image in images]))
    scores = {}
    for column, row in itertools.product(range(ORIGINS), repeat=2):
        x, y = width * column / ORIGINS, height * row / ORIGINS
        beside = bounds[(bounds[:, 3] > y) & (bounds[:, 1] < y + height)]
        above = bounds[(bounds[:, 2] > x) & (bounds[:, 0] < x + width)]
        # Where an edge just touches a pore the corner between them is sharp, whichever side of it the edge lies.
        touching = np.concatenate([beside[:, [0, 2]].ravel() - x, above[:, [1, 3]].ravel() - y])
        corners = [(x, y), (x + (-shift) % width, y), (x + shift % width, y + height)]
        clearance = min(float(np.abs(touching).min(initial=enough)), float(np.min(outline.query(corners)[0])), enough)
        cut = np.count_nonzero((beside[:, 0] < x) & (beside[:, 2] > x))
        cut += np.count_nonzero((above[:, 1] < y) & (above[:, 3] > y))
        scores[x, y] = round(clearance / size - CUT * cut, 6)
    return sorted(scores, key=lambda place: -scores[place])


def split_at_corners(ring: Ring, window: Rectangle, shift: float) -> Ring:
    """Break bottom and top where the corners of the other one stand, so that their pieces match one to one."""
    breaks = {"bottom": window.x0 + (-shift) % window.width, "top": window.x0 + shift % window.width}
    tolerance = 1e-9 * window.width
    pieces: list[Piece] = []
    for piece in ring:
        x = breaks.get(piece.part)
        (start, y), (stop, _) = piece.ends
        if x is None or not min(start, stop) + tolerance < x < max(start, stop) - tolerance:
            pieces.append(piece)
            continue
        pieces += [edge(np.array([[start, y], [x, y]]), window), edge(np.array([[x, y], [stop, y]]), window)]
    return tuple(pieces)


def cell_sizes(
    rings: Sequence[Ring],
    vectors: NDArray[np.float64],
    pores: Sequence[Outline],
    window: Rectangle,
    size: float,
    across: float,
) -> list[list[NDArray[np.float64]]]:
    """Element size (mm) at the dense samples of every piece, as pores on both sides of the rectangle's edges ask for it."""
    margin = max(NEIGHBOURHOOD, across) * size
    around = images_in(vectors, pores, window, margin)
    bounds = np.array([(window.x0, window.y0, window.x1, window.y1), *(each.bounds for each in around)])
    low, high = bounds[:, :2].min(axis=0) - margin, bounds[:, 2:].max(axis=0) + margin
    wide = cut_sheet(Rectangle(*low.tolist(), *high.tolist()), around)
    known = np.concatenate([piece.points for ring in wide for piece in ring])
    sizes = np.concatenate([each for ring in local_sizes(wide, size, across) for each in ring])
    dense = [piece.points for ring in rings for piece in ring]
    points = np.concatenate([known, *dense])
    found = graded(points, np.concatenate([sizes, np.full(len(points) - len(known), size)]), size)[len(known) :]
    split = iter(np.split(found, np.cumsum([len(each) for each in dense])[:-1]))
    return [[next(split) for _ in ring] for ring in rings]


def matched(
    rings: Sequence[Ring], sizes: Sequence[Sequence[NDArray[np.float64]]], vectors: NDArray[np.float64], window: Rectangle
) -> list[list[Division]]:
    """All pieces divided; those of the right edge and the top as their images on the left and the bottom are."""
    first, second = vectors
    divisions = [
        [Division(piece.part, *divided(piece, local)) for piece, local in zip(ring, of_ring, strict=True)]
        for ring, of_ring in zip(rings, sizes, strict=True)
    ]
    centres = {
        (number, index): piece.ends.mean(axis=0)
        for number, ring in enumerate(rings)
        for index, piece in enumerate(ring)
        if piece.part in ("left", "bottom")
    }
    for number, ring in enumerate(rings):
        for index, piece in enumerate(ring):
            moves = {"right": [first], "top": [second + turns * first for turns in _turns(vectors)]}.get(piece.part, [])
            if not moves:
                continue
            pairs = [(place, move) for place in centres for move in moves]
            apart = [np.linalg.norm(centres[place] + move - piece.ends.mean(axis=0)) for place, move in pairs]
            place, move = pairs[int(np.argmin(apart))]
            if min(apart) > 1e-6 * window.width:
                raise MeshingFailed("opposite edges of the cell do not match")
            like = divisions[place[0]][place[1]]
            divisions[number][index] = Division(piece.part, like.vertices[::-1] + move, like.middles[::-1] + move)
    return divisions


def _turns(vectors: NDArray[np.float64]) -> range:
    """How many times the first vector may be needed to bring the bottom, moved by the second, under the top."""
    most = int(np.ceil(abs(vectors[1, 0]) / vectors[0, 0])) + 1
    return range(-most, most + 1)


def constrained(mesh: Mesh, vectors: NDArray[np.float64]) -> tuple[Mesh, MultiPointConstraints]:
    """Images on the edges constrained to one of them, and put exactly a lattice translation from it.

    Raises MeshingFailed where opposite edges do not match.
    """
    facets = np.concatenate([mesh.facets[part] for part in SIDES])
    rim = np.unique(facets)
    lattice = mesh.nodes @ np.linalg.inv(vectors)
    folded = lattice[rim] % 1.0
    folded[folded >= 1.0] = 0.0
    pairs = KDTree(folded, boxsize=1.0).query_pairs(SAME, output_type="ndarray")
    links = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(rim), len(rim)))
    _, group = connected_components(links, directed=False)
    _, chosen = np.unique(group, return_index=True)
    master = np.arange(len(mesh.nodes))
    master[rim] = rim[chosen[group]]
    arms = np.round(lattice - lattice[master]) @ vectors
    # Every piece of the edges must be met by just one other, its image.
    ends = np.sort(master[facets[:, :2]], axis=1)
    _, counts = np.unique(ends, axis=0, return_counts=True)
    if len(facets) and not (counts == 2).all():
        raise MeshingFailed("opposite edges of the cell do not match")
    length = float(np.sqrt(abs(np.linalg.det(vectors))))
    _, points = np.unique(master, return_inverse=True)
    return Mesh(mesh.nodes[master] + arms, mesh.cells, mesh.facets, mesh.domain, mesh.named), MultiPointConstraints(
        points.astype(np.int32), arms / length, length
    )
