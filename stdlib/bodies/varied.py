"""Grids of which some properties follow a density of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import jax.numpy as jnp
import numpy as np

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.stdlib.bodies.pixels import Coloured, InterpolatedLaw, interpolated, refined, require_density, worked_out

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.body import Enrichable, GridBody, LoadableBody, OfPhases, PartlySolid, Refinable
    from metac.compiler.interfaces.drawing import DrawableUnderLoads
    from metac.compiler.interfaces.satisfies import Satisfies


class Varied(Coloured):
    """`body` with the parameters named `properties` interpolated between its phases by another density.

    Its `density` is that other one. Raises `FieldError` on `density` where the grids are of different size, and on
    `properties` where the law has no such parameter.
    """

    def __init__(self, *, body: Coloured, properties: Sequence[str], density: Array, exponent: Array | float) -> None:
        require_density(density)
        if jnp.shape(density) != body.density.shape:
            rows, columns = jnp.shape(density)
            message = (
                f"the body has {body.rows} rows and {body.columns} columns of pixels, this density {rows} and {columns}"
            )
            raise FieldError("density", message)
        names = body.material.functions.parameter_names
        unknown = [name for name in properties if name not in names]
        if unknown or not properties:
            found = f"the material has no property `{unknown[0]}`" if unknown else "name one property at least"
            raise FieldError("properties", found, help=f"its law has {', '.join(f'`{name}`' for name in names)}")
        self.body, self.properties, self.exponent = body, tuple(properties), exponent
        self.density = jnp.asarray(density, float)
        self.materials, self.thickness = body.materials, body.thickness
        self.width, self.height, self.order = body.width, body.height, body.order

    @cached_property
    def material(self) -> InterpolatedLaw:
        """The law with the parameters of each element."""
        law, apart = self.body.material, interpolated(self.materials, self.density, self.exponent)
        triples = zip(law.functions.parameter_names, law.parameters, apart, strict=True)
        return InterpolatedLaw(
            law.functions, tuple(other if name in self.properties else own for name, own, other in triples)
        )

    @property
    def solid_cells(self) -> np.ndarray:
        """`[cell]`: those of the body; what varies here makes no holes."""
        return self.body.solid_cells

    def fresh(self, refinement: float) -> Varied:
        """The same pictures with `refinement` (rounded, at least 2) times as many elements along each side of a pixel."""
        return self._again(self.body.fresh(refinement), refined(self.density, refinement))

    def second_order(self) -> Varied | None:
        """The same pixels as second-order elements, None where they are."""
        richer = self.body.second_order()
        return None if richer is None else self._again(richer, self.density)

    def _again(self, body: Coloured, density: Array) -> Varied:
        return worked_out(Varied(body=body, properties=self.properties, density=density, exponent=self.exponent))


if TYPE_CHECKING:
    Satisfies[GridBody](Varied)
    Satisfies[OfPhases](Varied)
    Satisfies[PartlySolid](Varied)
    Satisfies[LoadableBody](Varied)
    Satisfies[Refinable](Varied)
    Satisfies[Enrichable](Varied)
    Satisfies[DrawableUnderLoads](Varied)
