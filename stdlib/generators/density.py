"""Densities of pixels as free parameters: the design variables of topology optimisation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.grid.filters import Cone, project
from metac.stdlib.generators.cells import HexagonalCell, RectangularCell, cell_of

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.generator import Bounded, Discrete, GridGenerator, Steered
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.stdlib.symmetries.plane_group import PlaneGroup


NEARLY_EMPTY = 0.01
"""Initial design variables keep so far from 0 and 1, where optimisers that work with logits cannot move them."""

FLAT = 1e-12
"""Spread of a field below which it is even but for rounding: all its pixels are images of each other."""


class Density:
    """Generator: free parameters are design variables between 0 and 1; `at(theta)` is a density `[row, column]` there.

    They are `[row, column]` as well, but for groups of the hexagonal lattice: these have them on the lattice's own cell (see
    `HexagonalCell`). They are made symmetric, smoothed and projected, in this order. `pixels`: rows and columns. `filter`:
    radius in pixels. `sharpness`: β of the projection with its threshold at 1/2. `start`, `spread`, `grain`: of the initial
    design variables; `start_field[row, column]`, one a pixel, stands in for an even `start`.

    Raises:
        FieldError: where `pixels` are not two numbers or `start_field` has other ones, and M0538 where the grid cannot have
            the symmetry.
    """

    bounds: tuple[float, float] = (0.0, 1.0)

    def __init__(
        self,
        *,
        pixels: Sequence[int],
        filter: Array | float,
        filtered: str,
        edges: str,
        symmetry: PlaneGroup | None,
        sharpness: Array | float,
        start: Array | float,
        start_field: Array | None,
        spread: Array | float,
        grain: Array | float,
    ) -> None:
        rows_and_columns = 2
        if len(pixels) != rows_and_columns:
            raise FieldError("pixels", f"a grid has rows and columns, found {len(pixels)} numbers", help="write `[32, 32]`")
        self.rows, self.columns = pixels
        self.filter, self.sharpness, self.start, self.spread = filter, sharpness, start, spread
        self.grain = grain
        if start_field is not None and jnp.shape(start_field) != (self.rows, self.columns):
            rows, columns = jnp.shape(start_field)
            message = f"it has {rows} rows and {columns} columns, the grid {self.rows} rows and {self.columns} columns"
            raise FieldError("start_field", message)
        self.start_field = start_field
        self.symmetric = symmetry is not None
        self.cell: RectangularCell | HexagonalCell = cell_of((self.rows, self.columns), symmetry)
        if symmetry is not None and edges == "free":
            raise FieldError("edges", "a field with the symmetry of a plane group repeats", help="leave `edges` out")
        self.cone = Cone.ending(self.cell.shape) if edges == "free" else Cone.repeating(self.cell.shape, self.cell.steps)
        self.steer = self._filtered_sensitivities if filtered == "sensitivities" else None

    def init(self, key: Array) -> Array:
        """Random logits around those of `start` or `start_field`, as densities."""
        noise = jax.random.normal(key, self.cell.shape, dtype=float)
        # Symmetric fields are drawn symmetric: averaging over images afterwards would even them out.
        spots = self.cone.average(self.cell.symmetrised(noise), self.grain)
        noise = jnp.where((self.grain > 1) | self.symmetric, (spots - spots.mean()) / jnp.maximum(spots.std(), FLAT), noise)
        mean = self.start
        if self.start_field is not None:
            given = self.cell.symmetrised(self.cell.variables(jnp.asarray(self.start_field, float)))
            mean = jnp.clip(given, NEARLY_EMPTY, 1 - NEARLY_EMPTY)
        return jax.nn.sigmoid(jax.scipy.special.logit(mean) + self.spread * noise)

    def at(self, theta: Array) -> Array:
        """`[row, column]`, between 0 and 1."""
        field = self.cell.symmetrised(theta)
        if self.steer is None:
            field = jnp.clip(self.cone.average(field, self.filter), 0.0, 1.0)
        return project(self.cell.pixels(field), self.sharpness)

    def theta_of(self, design: Array) -> Array:
        """The design variables whose field is a picture `[row · column]` of 0 and 1, row by row from the top left.

        Raises `FieldError` M0596 on `pixels` for one of another size, on `filter` or `symmetry` where that would be another
        than the picture.
        """
        if design.shape[-1] != self.rows * self.columns:
            message = f"designs have {design.shape[-1]} features, this field {self.rows} × {self.columns} pixels"
            raise FieldError("pixels", message, code="M0596", help="give it the pixels of the data set")
        if self.symmetric:
            message = "designs are pictures of their own symmetry"
            raise FieldError("symmetry", message, code="M0596", help="leave `symmetry` out")
        if float(self.filter) > 1:
            message = "a filter makes another field of each picture that is looked at"
            raise FieldError("filter", message, code="M0596", help="take `filter = 0`")
        return jnp.asarray(design, float).reshape(self.rows, self.columns)

    def _filtered_sensitivities(self, theta: Array, gradient: Array) -> Array:
        return self.cone.sensitivities(theta, gradient, self.filter)


if TYPE_CHECKING:
    Satisfies[GridGenerator](Density)
    Satisfies[Bounded](Density)
    Satisfies[Discrete](Density)
    Satisfies[Steered](Density)
