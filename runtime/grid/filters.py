"""Averages over a cone on regular grids: density and sensitivity filters of topology optimisation.

Bruns and Tortorelli (Comput. Methods Appl. Mech. Eng. 190, 2001) average densities, Sigmund (Mech. Struct. Mach. 25, 1997)
derivatives; weights are max(0, radius − distance) with distances between centres.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from metac.runtime.dimensions import PLANE

LEAST_DENSITY = 1e-3
"""What densities count at least where sensitivities are divided by them."""
SQUARE = np.eye(PLANE)


@dataclass(frozen=True, eq=False)
class Cone:
    """Weighted averages `[row, column]` of fields; a radius of 1 or less averages nothing."""

    distances: Float[np.ndarray, "row column"]
    """`[row, column]`: of each point from the first one, in steps of the grid; the field repeats with this shape."""
    shape: tuple[int, int]
    """Of fields; smaller than `distances` where they end at their edges."""

    @classmethod
    def repeating(cls, shape: tuple[int, int], steps: Float[np.ndarray, "axis component"] = SQUARE) -> Cone:
        """For fields whose opposite edges meet; `steps[axis, component]` from one row, and from one column, to the next.

        Only the nearest image of each point counts.
        """
        down, right = np.meshgrid(*map(np.arange, shape), indexing="ij")
        images = [(down - i * shape[0], right - j * shape[1]) for i, j in product((-1, 0, 1, 2), repeat=2)]
        apart = [np.linalg.norm(i[..., None] * steps[0] + j[..., None] * steps[1], axis=-1) for i, j in images]
        return cls(np.min(apart, axis=0), shape)

    @classmethod
    def ending(cls, shape: tuple[int, int]) -> Cone:
        """For fields of square pixels that end at their edges: weights are those of the pixels that there are."""
        return cls(cls.repeating((2 * shape[0], 2 * shape[1])).distances, shape)

    def average(self, field: Array, radius: Array | float) -> Array:
        """The field averaged; `radius` in steps of the grid."""
        weights = jnp.maximum(jnp.maximum(radius, 1.0) - self.distances, 0.0)
        spectrum = jnp.fft.rfft2(weights)

        def summed(values: Array) -> Array:
            transformed = jnp.fft.rfft2(values, s=weights.shape) * spectrum
            return jnp.fft.irfft2(transformed, s=weights.shape)[: self.shape[0], : self.shape[1]]

        ends = weights.shape != self.shape
        return summed(field) / (summed(jnp.ones(self.shape)) if ends else weights.sum())

    def sensitivities(self, field: Array, gradient: Array, radius: Array | float) -> Array:
        """A gradient by the field, averaged with the field as further weights (Sigmund 1997, eq. 16)."""
        return self.average(field * gradient, radius) / jnp.maximum(field, LEAST_DENSITY)


def project(field: Array, sharpness: Array | float) -> Array:
    """Densities pushed away from 1/2, 0 and 1 kept: (tanh(β/2) + tanh(β (x − 1/2))) / (2 tanh(β/2)).

    Wang, Lazarov and Sigmund (Struct. Multidiscip. Optim. 43, 2011, eq. 9), threshold 1/2; β below 1e-3 is the identity.
    """
    slope = jnp.maximum(jnp.asarray(sharpness, float), GENTLE)
    pushed = (jnp.tanh(slope / 2) + jnp.tanh(slope * (field - 0.5))) / (2 * jnp.tanh(slope / 2))
    return jnp.where(sharpness < GENTLE, field, pushed)


GENTLE = 1e-3
"""Sharpness below which the projection is the identity to six digits."""
