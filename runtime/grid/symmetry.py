"""Fields with the symmetry of a plane group, on grids that the group's operations map onto themselves.

Operations are `u -> R u + t` in fractional coordinates of their lattice. Fields repeat with the lattice's cell.
"""

from __future__ import annotations

import numpy as np
from jax import Array
from jaxtyping import Float, Int
from numpy.typing import NDArray

from metac.runtime.dimensions import PLANE

WHOLE = 1e-9
"""How far from a whole number of points a translation may be."""

Integers = NDArray[np.int64]


def pixel_images(
    shape: tuple[int, int], rotation: Integers, translation: NDArray[np.float64]
) -> Int[np.ndarray, " pixel"] | None:
    """`[pixel]`: which pixel of a rectangular cell each is mapped to, rows from the top; None where it falls between pixels.

    `shape` is rows and columns; the first lattice vector points right, the second up.
    """
    rows, columns = shape
    if rows != columns and rotation[0, 1] != 0:
        return None
    # Twice the coordinates of centres, in pixels, from the lower left corner: whole numbers.
    up, right = np.meshgrid(2 * (rows - np.arange(rows)) - 1, 2 * np.arange(columns) + 1, indexing="ij")
    shift = translation * np.array([columns, rows])
    if np.abs(shift - np.rint(shift)).max() > WHOLE:
        return None
    x, y = (turned + 2 * int(np.rint(s)) for turned, s in zip(np.tensordot(rotation, [right, up], 1), shift, strict=True))
    column, row = (x - 1) // 2 % columns, rows - 1 - (y - 1) // 2 % rows
    return (row * columns + column).ravel()


def lattice_images(count: int, rotation: Integers, translation: NDArray[np.float64]) -> Int[np.ndarray, " point"] | None:
    """`[point]`: which of `count` by `count` points of a cell each is mapped to; None where it falls between points.

    Point `i, j` is at the fractional coordinates `(i, j) / count` and has the number `i · count + j`.
    """
    shift = translation * count
    if np.abs(shift - np.rint(shift)).max() > WHOLE:
        return None
    points = np.stack(np.meshgrid(np.arange(count), np.arange(count), indexing="ij"))
    first, second = (np.tensordot(rotation, points, 1) + np.rint(shift).astype(int)[:, None, None]) % count
    return (first * count + second).ravel()


def symmetrised(field: Float[Array, "*grid"], images: Int[np.ndarray, "operation point"]) -> Float[Array, "*grid"]:
    """The mean of a field over its images; `images[operation, point]`, a group."""
    return field.reshape(-1)[images].mean(axis=0).reshape(field.shape)


def triangle_weights(
    count: int, points: Float[np.ndarray, "point 2"]
) -> tuple[Int[np.ndarray, "point 3"], Float[np.ndarray, "point 3"]]:
    """Which three of a hexagonal cell's `count` by `count` points each of `points[point, 2]` lies between, and weights.

    `points` are fractional coordinates on lattice vectors 120° apart. Interpolation is linear on equilateral triangles,
    which all symmetries of the hexagonal lattice map onto each other: it has every symmetry that the values have.
    """
    scaled = points * count
    corner = np.floor(scaled).astype(int)
    u, v = (scaled - corner).T
    beyond = u >= v
    step = np.stack([beyond, ~beyond], axis=1)
    corners = np.stack([corner, corner + step, corner + 1], axis=1) % count
    weights = np.stack([1 - np.maximum(u, v), np.abs(u - v), np.minimum(u, v)], axis=1)
    return corners[..., 0] * count + corners[..., 1], weights


def rectangle_points(shape: tuple[int, int]) -> Float[np.ndarray, "pixel 2"]:
    """`[pixel, 2]`: fractional coordinates, on lattice vectors of length 1 and 120° apart, of the centres of the pixels of a
    rectangle of width 1 and height √3: the smallest rectangle that repeats with the hexagonal lattice."""
    rows, columns = shape
    y, x = np.meshgrid(
        np.sqrt(3) * (1 - (np.arange(rows) + 0.5) / rows), (np.arange(columns) + 0.5) / columns, indexing="ij"
    )
    second = 2 / np.sqrt(3) * y
    return np.stack([x + second / 2, second], axis=-1).reshape(-1, PLANE)
