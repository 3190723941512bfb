"""Pulling or pushing an endless sheet, of which one period is simulated.

Displacements repeat from period to period but for a macroscopic displacement gradient H, and the mean first Piola–Kirchhoff
stress P is conjugate to it. Control is mixed. For a load along y, across x:

- H_yy is the prescribed strain;
- P_xx = 0: the sheet is free to grow narrower or wider;
- H_xy = 0 holds the rotation: lines along the load keep their direction, as between grips that move straight apart;
- P_yx = 0: the sheet is free to shear. With the balance of moments (P Fᵀ is symmetric) P_xy then vanishes too, so that the
  mean stress is uniaxial also where the symmetry of the pattern does not see to it.

One node is held, since translations move nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.fem.assembly.constraints import CONTROLS
from metac.runtime.fem.equilibrium.problem import Problem, make_problem
from metac.runtime.fem.path.load_history import solve_load_history
from metac.runtime.fem.path.warm_start import WarmStart
from metac.runtime.fem.status import Status
from metac.stdlib.loads.axial import AxialLoad


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class PeriodicResponse:
    """What one period does under a load, by increment; NaN from the first increment on that failed (see `status`)."""

    strain: Array
    """`[increment]`: nominal strain along the load; negative in compression."""
    displacement: Array
    """`[increment, node, 2]`, mm."""
    gradient: Array
    """`[increment, 2, 2]`: macroscopic displacement gradient H."""
    stress: Array
    """`[increment, 2, 2]`: mean first Piola–Kirchhoff stress over the period, pores included, MPa."""
    energy: Array
    """`[increment]`: elastic energy stored in one period, N·mm."""
    status: Status
    start: WarmStart
    """What the response of a neighbouring design may start from."""


class PeriodicUniaxial(AxialLoad):
    """A period of an endless sheet under uniaxial mean stress; `sign` tells whether it is pulled or pushed."""

    def __init__(self, body: Any, strain: Array | float, along: str = "y", steps: int = 10) -> None:
        """As `AxialLoad`; `body` has `constraints` too."""
        if getattr(body, "constraints", None) is None:
            raise FieldError(
                "body", "a periodic load needs a body that repeats, and this one has edges", help="take a `cell`"
            )
        super().__init__(body, strain, along, steps)

    @cached_property
    def problem(self) -> Problem:
        """Mesh, law, constraints and what is held: one node, and the macroscopic strains along the load."""
        constraints = self.body.constraints
        strains = 2 * (constraints.point_count - CONTROLS + self.axis)
        fixed = np.array([0, 1, strains, strains + 1])
        return make_problem(self.body.mesh, fixed, self.body.material.functions, constraints=constraints)

    @cached_property
    def response(self) -> PeriodicResponse:
        """Equilibrium at equal increments of the strain; differentiable."""
        problem, body, constraints = self.problem, self.body, self.body.constraints
        parameters = tuple(jnp.asarray(value, dtype=float) for value in body.material.parameters)
        driven = 2 * (constraints.point_count - CONTROLS + self.axis) + self.axis
        unit = (problem.assembly.fixed == driven).astype(float)
        strain = self.strains
        prescribed = strain[:, None] * constraints.length * unit
        history = solve_load_history(problem, self.start, body.coordinates, parameters, prescribed)
        return PeriodicResponse(
            strain=strain,
            displacement=jax.vmap(problem.nodal)(history.displacement),
            gradient=constraints.gradient(history.displacement),
            stress=constraints.mean_stress(history.force, body.domain.area),
            energy=body.thickness * history.energy,
            status=history.status,
            start=history.start,
        )

    @cached_property
    def nominal_stress(self) -> Array:
        """`[increment]`: mean first Piola–Kirchhoff stress along the axis, MPa."""
        return self.response.stress[:, self.axis, self.axis]

    @cached_property
    def lateral_strain(self) -> Array:
        """Macroscopic nominal strain across the axis at the last increment."""
        across = 1 - self.axis
        return self.response.gradient[-1, across, across]


class PeriodicTension(PeriodicUniaxial):
    """The sheet is pulled."""

    sign = 1
    largest_strain = float("inf")


class PeriodicCompression(PeriodicUniaxial):
    """The sheet is pushed; contact between the walls of a pore is not seen."""

    sign = -1
    largest_strain = 1.0
