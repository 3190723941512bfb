"""Linear homogenisation: the three unit macroscopic strains on one period."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from metac.runtime.fem.homogenise import effective_stiffness, homogenisation_problem
from metac.runtime.fem.linear_status import LinearMeshStatus
from metac.runtime.grid.homogenise import effective_stiffness as effective_stiffness_of_grid
from metac.runtime.grid.lattice import PeriodicLattice
from metac.runtime.grid.status import LinearStatus
from metac.runtime.mesh.quality import jacobian_ratio
from metac.stdlib.loads.responses import HomogenisedResponse


class HomogenisedTest:
    """A meshed period: `body` has `mesh`, `coordinates[node, 2]`, `material`, `domain` and `constraints`."""

    rest = None

    def __init__(self, body: Any) -> None:
        self.body = body

    def respond(self, start: None) -> HomogenisedResponse:
        """The effective stiffness; differentiable as often as one likes."""
        del start
        body = self.body
        problem = homogenisation_problem(body.mesh, body.constraints, body.material.functions)
        stiffness, residual = effective_stiffness(problem, body.coordinates, body.material.parameters, body.domain.area)
        finite = jnp.isfinite(stiffness).all()
        status = LinearMeshStatus.of(residual, finite, jacobian_ratio(body.mesh, body.coordinates))
        return HomogenisedResponse(stiffness=stiffness, status=status)


class HomogenisedPixelsTest(HomogenisedTest):
    """A period of pixels: `body` has `density[row, column]`, its `rows`, `columns`, `width`, `height` (mm), `order` and
    `stiffness`."""

    def respond(self, start: None) -> HomogenisedResponse:
        """By the stiffnesses of the pixels."""
        del start
        body = self.body
        lattice = PeriodicLattice(body.rows, body.columns, body.width, body.height, body.order)
        stiffness, residual = effective_stiffness_of_grid(lattice, body.stiffness)
        density = body.density
        status = LinearStatus(residual, jnp.isfinite(stiffness).all(), density.min(), density.max())
        return HomogenisedResponse(stiffness=stiffness, status=status)
