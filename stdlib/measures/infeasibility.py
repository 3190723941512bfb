"""What is wanted of cells and no cell has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax.numpy as jnp

from metac.compiler.interfaces.cached_property import cached_property

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.body import SystemBody
    from metac.compiler.interfaces.measure import Measure
    from metac.compiler.interfaces.satisfies import Satisfies


class Infeasibility:
    """Of the stiffness of a system's elements."""

    def __init__(self, *, of: SystemBody, margin: Array | float) -> None:
        self.of, self.margin = of, margin

    @cached_property
    def value(self) -> Array:
        """A number, 0 where all is feasible."""
        field = self.of.field
        distance = field.stock.region.signed_distance(field.entries / field.stock.scale)
        mean = jnp.mean(jnp.maximum(self.margin - distance, 0.0) ** 2)
        # The root has no slope at zero.
        positive = mean > 0
        return jnp.where(positive, jnp.sqrt(jnp.where(positive, mean, 1.0)), 0.0)


if TYPE_CHECKING:
    Satisfies[Measure](Infeasibility)
