"""Homogenisation: the three unit macroscopic strains on one period of a grid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from metac.runtime.grid.elasticity import poisson_ratio, youngs_modulus
from metac.runtime.grid.homogenise import effective_stiffness
from metac.runtime.grid.lattice import PeriodicLattice
from metac.runtime.grid.status import LinearStatus

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DIRECTIONS = 361
"""Points of a polar plot."""


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
        """`body` has `density[row, column]`, its `rows`, `columns`, `width` and `height` (mm), `order` and `stiffness`."""
        self.body = body

    def figure(self, title: str, response: Homogenised) -> Figure:
        """Young's modulus and Poisson's ratio in every direction, for a concrete response."""
        from metac.runtime.report.grid_plots import draw_directions

        angles = np.linspace(0, 2 * np.pi, DIRECTIONS)
        modulus, ratio = (np.asarray(read(response.stiffness, angles)) for read in (youngs_modulus, poisson_ratio))
        return draw_directions(angles, modulus, ratio, title)

    @cached_property
    def response(self) -> Homogenised:
        """The effective stiffness; differentiable as often as one likes."""
        body = self.body
        lattice = PeriodicLattice(body.rows, body.columns, body.width, body.height, body.order)
        stiffness, residual = effective_stiffness(lattice, body.stiffness)
        density = body.density
        status = LinearStatus(residual, jnp.isfinite(stiffness).all(), density.min(), density.max())
        return Homogenised(stiffness, status)
