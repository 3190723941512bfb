"""How black and white a density is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax.numpy as jnp

from metac.compiler.interfaces.cached_property import cached_property

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.measure import Measure
    from metac.compiler.interfaces.satisfies import Satisfies


class Binarity:
    """Share of pixels x with x ≤ τ or x ≥ 1 − τ (Xu et al., eq. 25)."""

    def __init__(self, *, of: Any, tolerance: Array | float) -> None:
        self.of, self.tolerance = of, tolerance

    @cached_property
    def value(self) -> Array:
        """A number between 0 and 1, piecewise constant."""
        density = self.of.density
        return jnp.mean((density <= self.tolerance) | (density >= 1 - self.tolerance), dtype=float)


if TYPE_CHECKING:
    Satisfies[Measure](Binarity)
