"""How finely a boundary is divided: thin ligaments and tight curves get smaller elements."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from metac.runtime.geometry.sheet import Piece, Ring

PER_RADIUS = 0.6
"""Largest element edge over the radius of curvature: ten elements around a circle."""
SMALLEST = 1 / 8
"""Smallest element edge over the chosen size, however thin the ligament is."""
FACING = 0.8
"""Cosine of the largest angle between a normal and the direction to the boundary that it faces: 37°."""
GROWTH = 0.3
"""Largest change of the element size per distance."""


def local_sizes(rings: Sequence[Ring], size: float, across: float) -> list[list[NDArray[np.float64]]]:
    """Element size (mm) at the dense samples of every piece of every ring: `size` or less.

    `across`: least number of elements over the width of a ligament.
    """
    pieces = [piece for ring in rings for piece in ring]
    dense = [piece.points for piece in pieces]
    points = np.concatenate(dense)
    normals = np.concatenate([_normals(each) for each in dense])
    sizes = np.minimum(
        ligament_widths(points, normals, across * size) / across,
        np.concatenate([PER_RADIUS * _radii(each) for each in dense]),
    )
    sizes = graded(points, np.clip(sizes, SMALLEST * size, size), size)
    split = iter(np.split(sizes, np.cumsum([len(each) for each in dense])[:-1]))
    return [[next(split) for _ in ring] for ring in rings]


def ligament_widths(points: NDArray[np.float64], normals: NDArray[np.float64], reach: float) -> NDArray[np.float64]:
    """`[point]`: distance through the solid to the boundary facing each boundary point, mm; `reach` where none is nearer.

    Two points face each other where each lies within `FACING` of the other's normal into the solid. That is less than 45°,
    so the two sides of a right-angled corner do not.
    """
    pairs = KDTree(points).query_pairs(reach, output_type="ndarray")
    first, second = np.concatenate([pairs, pairs[:, ::-1]]).T
    apart = points[second] - points[first]
    distances = np.linalg.norm(apart, axis=1)
    ahead = np.einsum("ij,ij->i", apart, normals[first]) > FACING * distances
    facing = np.einsum("ij,ij->i", -apart, normals[second]) > FACING * distances
    chosen = ahead & facing & (distances > 0)
    widths = np.full(len(points), reach)
    np.minimum.at(widths, first[chosen], distances[chosen])
    return widths


def divided(piece: Piece, sizes: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Vertices `[segment + 1, 2]` (mm) along a piece at its local element size, and the middles `[segment, 2]`.

    Both lie on the true curve. A closed piece gets eight segments at least.
    """
    points = piece.points
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    wanted = np.concatenate([[0.0], np.cumsum(steps * (1 / sizes[1:] + 1 / sizes[:-1]) / 2)])
    closed = np.allclose(points[0], points[-1])
    # The small allowance keeps equal pieces equal where rounding decides.
    count = max(8 if closed else 1, int(np.ceil(wanted[-1] - 1e-6)))
    parameters = np.interp(np.linspace(0.0, wanted[-1], 2 * count + 1), wanted, piece.parameters)
    located = piece.at(parameters)
    located[0], located[-1] = piece.ends
    return located[::2], located[1::2]


def _normals(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """`[sample, 2]`: unit normals to the left, into the solid."""
    tangents = np.gradient(points, axis=0)
    tangents /= np.linalg.norm(tangents, axis=1, keepdims=True)
    return np.stack([-tangents[:, 1], tangents[:, 0]], axis=1)


def _radii(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """`[sample]`: radii of curvature, mm."""
    if len(points) < 3:
        return np.full(len(points), np.inf)
    before, after = points[1:-1] - points[:-2], points[2:] - points[1:-1]
    turn = np.abs(
        np.arctan2(
            before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0],
            np.einsum("ij,ij->i", before, after),
        )
    )
    lengths = (np.linalg.norm(before, axis=1) + np.linalg.norm(after, axis=1)) / 2
    inner = lengths / np.maximum(turn, 1e-12)
    return np.concatenate([inner[:1], inner, inner[-1:]])


def graded(points: NDArray[np.float64], sizes: NDArray[np.float64], size: float) -> NDArray[np.float64]:
    """Sizes that change no faster than `GROWTH`, from small ones outwards, in levels of ten per cent."""
    graded = sizes.copy()
    level = sizes.min()
    while level < size:
        small = sizes <= level
        distances, _ = KDTree(points[small]).query(points, distance_upper_bound=(size - level) / GROWTH + 1e-12)
        graded = np.minimum(graded, np.maximum(level + GROWTH * distances, sizes.min()))
        level *= 1.1
    return graded
