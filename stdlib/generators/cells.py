"""What a grid of pixels is a period of: grids on which the operations of a plane group are permutations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.dimensions import PLANE
from metac.runtime.grid.filters import SQUARE
from metac.runtime.grid.symmetry import lattice_images, pixel_images, rectangle_points, symmetrised, triangle_weights

if TYPE_CHECKING:
    from metac.stdlib.symmetries.plane_group import PlaneGroup

SLACK = 1e-6
"""Relative deviation of lattice vectors from a shape that is rounding."""
HEXAGONAL_STEPS = np.array([[1.0, 0.0], [-0.5, np.sqrt(0.75)]])
"""From one row, and one column, of the points of a hexagonal cell to the next, in pixels."""


@dataclass(frozen=True, eq=False)
class RectangularCell:
    """The grid is one conventional cell; its pixels are permuted."""

    shape: tuple[int, int]
    images: NDArray[np.int64] | None = None
    """`[operation, pixel]`; None without symmetry."""
    steps: ClassVar[NDArray[np.float64]] = SQUARE
    """From one row, and one column, to the next, in pixels."""

    def symmetrised(self, field: Array) -> Array:
        """The mean over all images, `[row, column]`."""
        return field if self.images is None else symmetrised(field, self.images)

    def pixels(self, field: Array) -> Array:
        """The field as it is."""
        return field

    def variables(self, pixels: Array) -> Array:
        """Design variables that have these values at the pixels: the same."""
        return pixels


@dataclass(frozen=True, eq=False)
class HexagonalCell:
    """The grid is a rectangle of width a and height √3 a, two cells of the hexagonal lattice with the edge a.

    Design variables are values at `columns` by `columns` points of one cell, a pixel's width apart, which the operations
    permute; pixels are interpolated between the three next ones, linearly.
    """

    shape: tuple[int, int]
    """Of the points of the cell."""
    grid: tuple[int, int]
    """Of the pixels: rows and columns."""
    images: NDArray[np.int64]
    """`[operation, point]`"""
    steps: ClassVar[NDArray[np.float64]] = HEXAGONAL_STEPS

    def symmetrised(self, field: Array) -> Array:
        """The mean over all images, at the points."""
        return symmetrised(field, self.images)

    def pixels(self, field: Array) -> Array:
        """`[row, column]`: values at the centres of pixels."""
        return self.at(field, rectangle_points(self.grid)).reshape(self.grid)

    def variables(self, pixels: Array) -> Array:
        """Values at the points of the cell: those of the pixels that they lie in."""
        rows, columns = self.grid
        first, second = np.meshgrid(*(np.arange(count) / count for count in self.shape), indexing="ij")
        # Rounding must not carry a point that lies on the rim of a pixel to the other side of the cell.
        right = np.floor((first - second / 2) % 1 * columns + SLACK).astype(int) % columns
        up = np.floor(second / 2 % 1 * rows + SLACK).astype(int) % rows
        return pixels[rows - 1 - up, right]

    def at(self, field: Array, points: NDArray[np.float64]) -> Array:
        """Values at fractional coordinates `points[point, 2]`."""
        numbers, weights = triangle_weights(self.shape[0], points)
        return jnp.sum(field.reshape(-1)[numbers] * weights, axis=-1)


def cell_of(shape: tuple[int, int], group: PlaneGroup | None) -> RectangularCell | HexagonalCell:
    """The cell of a grid of rows and columns; raises FieldError M0538 where the grid cannot have the symmetry."""
    if group is None:
        return RectangularCell(shape)
    return _cell_of(shape, group.basis.tobytes(), group.rotations.tobytes(), group.translations.tobytes())


@lru_cache(maxsize=32)
def _cell_of(shape: tuple[int, int], basis: bytes, turned: bytes, shifted: bytes) -> RectangularCell | HexagonalCell:
    first, second = np.frombuffer(basis).reshape(PLANE, PLANE)
    rotations = np.frombuffer(turned, np.int64).reshape(-1, PLANE, PLANE)
    translations = np.frombuffer(shifted).reshape(-1, PLANE)
    length, other = np.linalg.norm(first), np.linalg.norm(second)
    cosine = float(first @ second / (length * other))
    if abs(first[1]) > SLACK * length:
        raise _refused("symmetry", "rows of pixels lie along x, the first lattice vector does not", "turn the lattice")
    if abs(cosine) <= SLACK:
        return RectangularCell(shape, _images(shape, rotations, translations))
    if abs(cosine + 0.5) <= SLACK and abs(length / other - 1) <= SLACK:
        return _hexagonal(shape, rotations, translations)
    raise _refused(
        "symmetry",
        "a grid of pixels is a rectangle, and no rectangle repeats with this oblique lattice",
        "take an angle of 90 deg between the lattice vectors, or a group of the hexagonal lattice",
    )


def _images(shape: tuple[int, int], rotations: NDArray[np.int64], translations: NDArray[np.float64]) -> NDArray[np.int64]:
    found = []
    for rotation, translation in zip(rotations, translations, strict=True):
        images = pixel_images(shape, rotation, translation)
        if images is None and shape[0] != shape[1] and rotation[0, 1]:
            message = f"this symmetry turns rows into columns, and the grid has {shape[0]} rows, {shape[1]} columns"
            raise _refused("pixels", message, f"write `[{max(shape)}, {max(shape)}]`")
        if images is None:
            rows, columns = (count + count % 2 for count in shape)
            message = f"a translation of this symmetry, {_shown(translation)} of the cell, falls between the pixels"
            raise _refused("pixels", message, f"write `[{rows}, {columns}]`")
        found.append(images)
    return np.array(found)


def _hexagonal(shape: tuple[int, int], rotations: NDArray[np.int64], translations: NDArray[np.float64]) -> HexagonalCell:
    rows, columns = shape
    wanted = round(np.sqrt(3) * columns)
    if abs(rows - wanted) > 1:
        message = (
            f"a hexagonal lattice repeats with a rectangle √3 times as high as wide, not with {rows} by {columns} pixels"
        )
        raise _refused("pixels", message, f"write `[{wanted}, {columns}]`, and `height = sqrt(3) * size` in the body")
    images = [lattice_images(columns, *operation) for operation in zip(rotations, translations, strict=True)]
    if any(each is None for each in images):
        raise _refused("pixels", "a translation of this symmetry falls between the pixels", "take an even number of columns")
    return HexagonalCell((columns, columns), shape, np.array(images))


def _refused(field: str, message: str, help: str) -> FieldError:
    return FieldError(field, message, code="M0538", help=help)


def _shown(numbers: NDArray[np.float64]) -> str:
    return "(" + ", ".join(f"{number:.4g}" for number in numbers) + ")"
