"""How many beams of a frame cross each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax.numpy as jnp

from metac.compiler.interfaces.cached_property import cached_property
from metac.runtime.beams.crossing_beams import beams_cross, pairs_that_may_cross

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.measure import Measure
    from metac.compiler.interfaces.satisfies import Satisfies


class Crossings:
    """Pairs of beams whose axes meet between their ends."""

    def __init__(self, *, of: Any) -> None:
        self.of = of

    @cached_property
    def value(self) -> Array:
        """A whole number, piecewise constant."""
        grid = self.of.grid
        pairs = pairs_that_may_cross(grid.edges, grid.positions(1.0))
        there = (self.of.widths[pairs] > 0).all(axis=1)
        return jnp.sum(there & beams_cross(self.of.positions, grid.edges, pairs), dtype=float)


if TYPE_CHECKING:
    Satisfies[Measure](Crossings)
