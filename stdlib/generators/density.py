"""Densities of pixels as free parameters: the design variables of topology optimisation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np

from metac.compiler.interfaces import FieldError

if TYPE_CHECKING:
    from jax import Array

GENTLE = 1e-3
"""Sharpness below which the projection is the identity to six digits."""


class Density:
    """Generator: free parameters are logits `[row, column]` of the design variables; `at(theta)` is a density there.

    Logits, so that any optimiser keeps the design variables between 0 and 1. `pixels`: columns and rows. `filter`: radius in
    pixels. `sharpness`: β of the projection with its threshold at 1/2. `start`, `spread`: of the initial design variables.
    """

    facet = "grid"

    def __init__(
        self,
        *,
        pixels: Sequence[int],
        filter: Array | float = 1.5,
        sharpness: Array | float = 0.0,
        start: Array | float = 0.5,
        spread: Array | float = 0.5,
    ) -> None:
        columns_and_rows = 2
        if len(pixels) != columns_and_rows:
            raise FieldError("pixels", f"a grid has columns and rows, found {len(pixels)} numbers", help="write `[32, 32]`")
        self.columns, self.rows = pixels
        self.filter, self.sharpness, self.start, self.spread = filter, sharpness, start, spread

    def init(self, key: Array) -> Array:
        """Random logits around that of `start`."""
        noise = jax.random.normal(key, (self.rows, self.columns), dtype=float)
        return jax.scipy.special.logit(self.start) + self.spread * noise

    def at(self, theta: Array) -> Array:
        """`[row, column]`, between 0 and 1."""
        return project(smooth(jax.nn.sigmoid(theta), self.filter), self.sharpness)


def smooth(field: Array, radius: Array | float) -> Array:
    """A field `[row, column]` averaged with weights max(0, radius − distance), in pixels; opposite edges meet."""
    rows, columns = field.shape
    down, right = (np.minimum(np.arange(count), count - np.arange(count)) for count in (rows, columns))
    distance = np.hypot(down[:, None], right[None, :])
    weights = jnp.maximum(jnp.maximum(radius, 1.0) - distance, 0.0)
    transformed = jnp.fft.rfft2(field) * jnp.fft.rfft2(weights / weights.sum())
    return jnp.clip(jnp.fft.irfft2(transformed, s=field.shape), 0.0, 1.0)


def project(field: Array, sharpness: Array | float) -> Array:
    """Densities pushed away from 1/2, 0 and 1 kept: (tanh(β/2) + tanh(β (x − 1/2))) / (2 tanh(β/2))."""
    slope = jnp.maximum(jnp.asarray(sharpness, float), GENTLE)
    pushed = (jnp.tanh(slope / 2) + jnp.tanh(slope * (field - 0.5))) / (2 * jnp.tanh(slope / 2))
    return jnp.where(sharpness < GENTLE, field, pushed)
