"""How black and white a density is."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp

if TYPE_CHECKING:
    from jax import Array


class Binarity:
    """Share of pixels x with x ≤ τ or x ≥ 1 − τ (Xu et al., eq. 25)."""

    def __init__(self, *, of: Any, tolerance: Array | float) -> None:
        self.of, self.tolerance = of, tolerance

    @cached_property
    def value(self) -> Array:
        """A number between 0 and 1, piecewise constant."""
        density = self.of.density
        return jnp.mean((density <= self.tolerance) | (density >= 1 - self.tolerance), dtype=float)
