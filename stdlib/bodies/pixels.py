"""Rectangles of pixels, coloured by a density."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.core import Tracer

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.load import OnBoundary
from metac.runtime.dimensions import PLANE
from metac.runtime.fem.constitutive_law import initial_internal_variables
from metac.runtime.fem.dimension import identity
from metac.runtime.grid.binary_images import SOLID
from metac.runtime.grid.mesh import grid_constraints, grid_mesh
from metac.stdlib.boundaries.periodic import Periodic
from metac.stdlib.loads.continuum import PixelContinuum

if TYPE_CHECKING:
    from jax import Array
    from matplotlib.figure import Figure

    from metac.compiler.interfaces.body import Enrichable, GridBody, LoadableBody, OfPhases, PartlySolid, Refinable
    from metac.compiler.interfaces.drawing import DrawableUnderLoads
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.runtime.fem.assembly.constraints import MultiPointConstraints
    from metac.runtime.geometry.rectangle import Rectangle
    from metac.runtime.mesh.mesh import Mesh

FEWEST_PHASES = 2
VOIGT = ((0, 0), (1, 1), (0, 1))
"""Components of a plane tensor in the order of Voigt's vectors."""


@dataclass(frozen=True)
class InterpolatedLaw:
    """A law with parameters of each element, `[cell]` (see `metac.runtime.fem.constitutive_law.Law`)."""

    functions: Any
    parameters: tuple[Array, ...]


class Coloured(PixelContinuum):
    """A regular grid of rectangular elements, numbered row by row from the top left, with a law whose parameters vary.

    `density[row, column]`, row 0 at the top, column 0 at the left; `width`, `height` and `thickness` in mm.
    """

    density: Array
    materials: tuple[Any, ...]
    """Laws (`metac.runtime.fem.constitutive_law.Law`) of the phases, from density 0 to density 1."""
    width: float
    height: float
    order: int
    thickness: Array | float

    @property
    def rows(self) -> int:
        """Of elements."""
        return self.density.shape[0]

    @property
    def columns(self) -> int:
        """Of elements."""
        return self.density.shape[1]

    @cached_property
    def material(self) -> InterpolatedLaw:
        """The law with the parameters of each element."""
        raise NotImplementedError

    @cached_property
    def stiffness(self) -> Array:
        """`[cell, 3, 3]`, MPa: each element's stiffness at rest, stresses (11, 22, 12) of strains (11, 22, γ12)."""
        rest = jnp.broadcast_to(identity(PLANE, 1), (PLANE, PLANE, self.density.size))
        law = self.material.functions
        tangent = law.tangent2(rest, (*self.material.parameters, *initial_internal_variables(law, self.density.size)))
        i, j = np.array(VOIGT).T
        return jnp.moveaxis(tangent[i[:, None], j[:, None], i[None, :], j[None, :]], -1, 0)

    @property
    def mesh(self) -> Mesh:
        """The grid as elements; the same object for bodies of the same extent."""
        return grid_mesh(self.rows, self.columns, self.width, self.height, self.order)

    @property
    def constraints(self) -> MultiPointConstraints:
        """Which nodes are images of each other where the grid is a period."""
        return grid_constraints(self.rows, self.columns, self.width, self.height, self.order)

    @property
    def domain(self) -> Rectangle:
        """The rectangle, its lower left corner at the origin, mm."""
        return self.mesh.domain

    @cached_property
    def coordinates(self) -> Array:
        """`[node, 2]`: reference positions, mm."""
        # The barrier keeps XLA from folding all that follows from a constant grid, which takes it longer than running it.
        return lax.optimization_barrier(jnp.asarray(self.mesh.nodes))

    @property
    def solid_cells(self) -> np.ndarray:
        """`[cell]`: whether a pixel counts as solid (concrete values)."""
        return np.asarray(self.density).reshape(-1) >= SOLID

    def fresh(self, refinement: float) -> Coloured:
        """The same picture with `refinement` (rounded, at least 2) times as many elements along each side of a pixel."""
        raise NotImplementedError

    def second_order(self) -> Coloured | None:
        """The same pixels as second-order elements, None where they are."""
        raise NotImplementedError

    def figure(self, title: str) -> Figure:
        """A figure of the density."""
        return self.figure_under(title, {})

    def figure_under(self, title: str, loads: Mapping[str, Any]) -> Figure:
        """A figure of the density; of a few periods too where one of the loads takes it as a period."""
        from metac.runtime.report.grid_plots import draw_density

        repeated = any(isinstance(load, OnBoundary) and isinstance(load.boundary, Periodic) for load in loads.values())
        return draw_density(np.asarray(self.density), self.width, self.height, title, repeated=repeated)

    def arrays(self) -> dict[str, np.ndarray]:
        """The density, to be saved with the figure."""
        return {"density": np.asarray(self.density)}

    def cell_fields(self) -> dict[str, np.ndarray]:
        """`[cell]`: the density, and the number of the nearest phase, from 1 (concrete values)."""
        density = np.asarray(self.density, dtype=float).reshape(-1)
        return {"density": density, "phase": 1 + np.rint(density * (len(self.materials) - 1))}


class Pixels(Coloured):
    """A grid all of whose properties follow one density."""

    def __init__(
        self,
        *,
        density: Array,
        size: float,
        height: float | None,
        materials: Sequence[Any],
        exponent: Array | float,
        order: int,
        thickness: Array | float,
        built: tuple[float, float | None] | None = None,
    ) -> None:
        """`size`, `height` and `thickness` in mm; `materials` are laws (`metac.runtime.fem.constitutive_law.Law`).

        Raises:
            FieldError: for a density that is no grid of numbers, and for phases that are too few or of different laws.
        """
        require_density(density)
        if len(materials) < FEWEST_PHASES:
            raise FieldError(
                "materials",
                "pixels need two phases at least",
                help="for a uniform body give the same material twice",
            )
        if any(material.functions is not materials[0].functions for material in materials):
            raise FieldError(
                "materials",
                "the phases are of different laws, so that there is nothing between them",
                help="take materials of one definition and one choice of `plane`, with other values",
            )
        self.density = jnp.asarray(density, float)
        self.order, self.exponent, self.thickness, self.materials = order, exponent, thickness, tuple(materials)
        self.width, given = built or self.build(size, height)
        self.height = self.width * self.rows / self.columns if given is None else given

    @staticmethod
    def build(size: float, height: float | None) -> tuple[float, float | None]:
        """The extent, which shapes the elements and is the same in every trace."""
        return float(size), None if height is None else float(height)

    @cached_property
    def material(self) -> InterpolatedLaw:
        """The law with the parameters of each element."""
        return InterpolatedLaw(self.materials[0].functions, interpolated(self.materials, self.density, self.exponent))

    def fresh(self, refinement: float) -> Pixels:
        """The same picture with `refinement` (rounded, at least 2) times as many elements along each side of a pixel."""
        return self._again(refined(self.density, refinement), self.order)

    def second_order(self) -> Pixels | None:
        """The same pixels as second-order elements, None where they are."""
        return None if self.order > 1 else self._again(self.density, 2)

    def _again(self, density: Array, order: int) -> Pixels:
        return worked_out(self._other(density, order))

    def _other(self, density: Array, order: int) -> Pixels:
        return Pixels(
            density=density,
            size=self.width,
            height=self.height,
            materials=self.materials,
            exponent=self.exponent,
            order=order,
            thickness=self.thickness,
        )


Grid = TypeVar("Grid", bound=Coloured)


def worked_out(body: Grid) -> Grid:
    """The body, of concrete values, with what it computes once: in the trace of one program it would be lost to the next."""
    _ = body.material, body.stiffness, body.coordinates
    return body


def interpolated(materials: Sequence[Any], density: Array, exponent: Array | float) -> tuple[Array, ...]:
    """`[cell]`: each parameter of the phases' law, row by row from the top left."""
    position = density.reshape(-1) ** exponent * (len(materials) - 1)
    lower = jnp.clip(jnp.floor(position).astype(int), 0, len(materials) - 2)
    part = position - lower

    def between(*values: Any) -> Array:
        phases = jnp.stack([jnp.asarray(value, float) for value in values])
        return phases[lower] + (phases[lower + 1] - phases[lower]) * part

    return tuple(map(between, *(material.parameters for material in materials)))


def refined(density: Array, refinement: float) -> Array:
    """The same picture with `refinement` (rounded, at least 2) times as many pixels along each side of one."""
    times = max(2, round(refinement))
    return jnp.kron(density, jnp.ones((times, times)))


def require_density(density: Array) -> None:
    """`FieldError` on `density` for what is no grid of numbers from 0 to 1, as far as its values are known."""
    rows_and_columns = 2
    if jnp.ndim(density) != rows_and_columns or 0 in jnp.shape(density):
        raise FieldError("density", f"a density has rows and columns, this one has the shape {jnp.shape(density)}")
    if not isinstance(density, Tracer):
        _check_values(np.asarray(density))


def _check_values(density: np.ndarray) -> None:
    bad = ~np.isfinite(density)
    if bad.any():
        row, column = np.argwhere(bad)[0] + 1
        raise FieldError("density", f"the density in row {row}, column {column} is not a number", code="M0414")
    bad = (density < -OUTSIDE) | (density > 1 + OUTSIDE)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        value = density[row, column]
        raise FieldError("density", f"densities lie in 0 .. 1, found {value:.4g} in row {row + 1}, column {column + 1}")


OUTSIDE = 1e-9
"""How far a density may lie outside of 0 .. 1 by rounding."""


if TYPE_CHECKING:
    Satisfies[GridBody](Pixels)
    Satisfies[OfPhases](Pixels)
    Satisfies[PartlySolid](Pixels)
    Satisfies[LoadableBody](Pixels)
    Satisfies[Refinable](Pixels)
    Satisfies[Enrichable](Pixels)
    Satisfies[DrawableUnderLoads](Pixels)
