"""The stiffness along a family: what its cells have, and monotone curves in between."""

from __future__ import annotations

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float
from scipy.interpolate import PchipInterpolator

from metac.runtime.multiscale.macro import entries_of, variables_of


@dataclass(frozen=True, eq=False)
class FamilyLaw:
    """C11, C12, C22 and C66 of the position on a family, 0 to 1: exact for each of its cells.

    Between two cells the free variables of `runtime/multiscale/macro.py` are piecewise cubic without overshoots (PCHIP), so
    that every stiffness is positive definite, and C11 grows where it grows from cell to cell.
    """

    positions: Float[np.ndarray, " cell"]
    """Rising, from 0 to 1."""
    coefficients: Float[np.ndarray, "power interval variable"]
    """Of powers of the distance from the interval's start, the highest first."""

    @classmethod
    def of(cls, positions: Float[np.ndarray, " cell"], stiffness: Float[np.ndarray, "cell 4"]) -> FamilyLaw:
        """Through `stiffness[cell, 4]`, MPa, of two cells at least, at rising `positions`, which are scaled to 0 to 1."""
        span = (positions - positions[0]) / (positions[-1] - positions[0])
        variables = np.asarray(variables_of(jnp.asarray(stiffness)))
        return cls(span, PchipInterpolator(span, variables, axis=0).c)

    def entries(self, position: Float[Array, "*cell"]) -> Float[Array, "*cell 4"]:
        """MPa; differentiable."""
        knots = jnp.asarray(self.positions)
        interval = jnp.clip(jnp.searchsorted(knots, position, side="right") - 1, 0, len(self.positions) - 2)
        ahead = (position - knots[interval])[..., None]
        found = jnp.zeros((*jnp.shape(position), 4))
        for coefficient in jnp.asarray(self.coefficients):
            found = found * ahead + coefficient[interval]
        return entries_of(found)
