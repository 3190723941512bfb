"""Sheets of whole cells of a tiled shape: their lattice, how large they are, and how finely they are meshed by default."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.shape import Shape, TiledShape
from metac.compiler.interfaces.symmetry import Symmetry
from metac.runtime.geometry.rectangle import Rectangle

ELEMENTS_PER_PORE = 5
"""Element edges over the spacing of the pores where no mesh size is given."""


def element_size(shape: TiledShape, size: float | None) -> float:
    """The given edge of the elements, or else a fifth of the pores' spacing, mm; `FieldError` M0533."""
    if size is None:
        return math.sqrt(shape.symmetry.area / len(shape.pores)) / ELEMENTS_PER_PORE
    if not (np.isfinite(size) and size > 0):
        raise FieldError("size", f"the mesh size must be positive, found {size:g} mm", code="M0533")
    return size


def lattice_of(shape: Shape, field: str = "shape") -> Symmetry:
    """The group of a tiled shape, whose first lattice vector lies along x; `FieldError` M0533 on the shape's `field`."""
    if not isinstance(shape, TiledShape):
        raise FieldError(
            field,
            "this body is made of whole cells, and this shape has none",
            code="M0533",
            help="repeat it: `tiled { motif = …, symmetry = p1 { … } }`",
        )
    group = shape.symmetry
    first = group.basis[0]
    if abs(first[1]) > 1e-9 * abs(first[0]) or first[0] <= 0:
        raise FieldError(
            field,
            f"the cells' lower edge is the first lattice vector: ({first[0]:.4g}, {first[1]:.4g}) mm is not along x",
            code="M0533",
        )
    return group


def whole_cells(shape: TiledShape, cells: Sequence[float]) -> Rectangle:
    """The rectangle of that many cells along x and rows along y, mm; `FieldError` M0533."""
    group = lattice_of(shape)
    if len(cells) != 2 or not all(np.isfinite(count) and count > 0 for count in cells):
        raise FieldError("cells", "a specimen needs two positive numbers of cells, along x and y", code="M0533")
    return Rectangle(0.0, 0.0, float(cells[0]) * float(group.basis[0][0]), float(cells[1]) * float(group.basis[1][1]))
