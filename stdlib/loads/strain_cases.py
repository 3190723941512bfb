"""Homogenisation: the three unit macroscopic strains on one period of a grid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from metac.runtime.grid.homogenise import effective_stiffness
from metac.runtime.grid.lattice import PeriodicLattice
from metac.runtime.grid.status import LinearStatus


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Homogenised:
    """What an endless pattern does under small mean strains."""

    stiffness: Array
    """`[3, 3]`: effective stiffness in Voigt form, MPa: mean stress (σ11, σ22, σ12) of the mean strain (ε11, ε22, γ12)."""
    status: LinearStatus


class StrainCases:
    """One period of a grid under the three unit strains, by one factorisation."""

    def __init__(self, body: Any) -> None:
        """`body` has `density[row, column]`, `rows`, `columns`, `width` and `height` (mm), `order` and `stiffness[cell, 3, 3]` (MPa)."""
        self.body = body

    @cached_property
    def response(self) -> Homogenised:
        """The effective stiffness; differentiable as often as one likes."""
        body = self.body
        lattice = PeriodicLattice(body.rows, body.columns, body.width, body.height, body.order)
        stiffness, residual = effective_stiffness(lattice, body.stiffness)
        density = body.density
        status = LinearStatus(residual, jnp.isfinite(stiffness).all(), density.min(), density.max())
        return Homogenised(stiffness, status)
