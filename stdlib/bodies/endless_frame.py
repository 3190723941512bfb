"""One period of an endless frame: linear homogenisation, and mixed control of mean strains and stresses."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.beams.beam_element import beams_between
from metac.runtime.beams.frame_status import FrameStatus
from metac.runtime.beams.network_geometry import NodeLayout
from metac.runtime.beams.periodic_frame import MixedControl, solve_unit_strains, superposed
from metac.runtime.beams.periodic_topology import NotPeriodic, PeriodicTopology, periodic_topology
from metac.stdlib.bodies.linear_frame import FrameResponse, FrameTest
from metac.stdlib.loads.repeated import PeriodicTest
from metac.stdlib.loads.responses import HomogenisedResponse
from metac.stdlib.paths.increments import Increments
from metac.stdlib.paths.linear import Linear

if TYPE_CHECKING:
    from metac.stdlib.bodies.frame import Frame

MECHANISM = 1e-12
"""Least eigenvalue of an effective stiffness over the largest, below which the endless frame does not resist a strain."""


@lru_cache(maxsize=32)
def _periodic(grid: NodeLayout) -> PeriodicTopology:
    return periodic_topology(grid.positions(1.0), grid.edges, np.diag(grid.size))


class EndlessFrame(FrameTest):
    """One period of an endless frame: opposite sides are images of each other.

    Raises:
        FieldError: on `body`, where a node on a side has no image on the opposite one.
    """

    def __init__(self, body: Frame, control: Any, path: Any) -> None:
        super().__init__(body, control, path)
        try:
            self.topology = _periodic(body.grid)
        except NotPeriodic as problem:
            raise FieldError("body", problem.message, help=problem.remedy) from None

    @cached_property
    def unit(self) -> Any:
        """Under the three unit strains (`PeriodicSolution`)."""
        body = self.body
        (a, b), (c, d) = self._vectors
        return solve_unit_strains(self.topology, body.positions, body.widths, body.beam_material, jnp.abs(a * d - b * c))

    @property
    def _vectors(self) -> Array:
        """`[2, 2]`: the two periods, one a row, mm."""
        return self.body.grid.periods(self.body.positions)

    def _status(self, residual: Array) -> FrameStatus:
        stiffness = self.unit.stiffness
        finite = jnp.isfinite(stiffness).all()
        values = jnp.linalg.eigvalsh(jnp.where(finite, stiffness, jnp.eye(3)))
        resists = values[0] > MECHANISM * values[-1]
        mismatch = self.topology.mismatch(self.body.positions, self._vectors) / jnp.abs(self._vectors).max()
        return FrameStatus(residual, finite, jax.lax.stop_gradient(mismatch), jax.lax.stop_gradient(resists))


class HomogenisedFrame(EndlessFrame):
    """Linear homogenisation."""

    def __init__(self, body: Frame) -> None:
        super().__init__(body, None, Linear())

    def respond(self, start: None) -> HomogenisedResponse:
        """The effective stiffness."""
        return HomogenisedResponse(stiffness=self.unit.stiffness, status=self._status(self.unit.residual))


class PeriodicFrame(EndlessFrame):
    """Mean strains and stresses; strains are small, so P is symmetric and a rotation changes nothing."""

    def __init__(self, body: Frame, control: Any, path: Any) -> None:
        super().__init__(body, control, path)
        # What the control means is that of meshed cells; a frame is linear, so its path may be too.
        self.control_of_cell = PeriodicTest(body, control, Increments(count=1))
        self.mixed = self.control_of_cell.mixed

    def respond(self, start: None) -> FrameResponse:
        """Equilibrium at each increment."""
        body, mixed, unit = self.body, self.mixed, self.unit
        components = ((0, 0), (1, 1), mixed.shear)
        given, wanted = mixed.strains, mixed.stresses
        control = MixedControl(((0, 0) in given, (1, 1) in given, mixed.shear in given))
        strain, stress, off = control.solve(
            unit.stiffness,
            jnp.stack([jnp.asarray(given.get(component, 0.0), float) for component in components]),
            jnp.stack([jnp.asarray(wanted.get(component, 0.0), float) for component in components]),
        )
        gradient = jnp.diag(strain[:2]).at[mixed.shear].set(strain[2])
        spin = strain[2] / 2 * (1 if mixed.shear == (1, 0) else -1)
        displacement = superposed(unit.displacement, strain, spin, body.positions)
        volume = body.extent[0] * body.extent[1] * body.thickness
        drawn = beams_between(body.grid.edges, body.positions, self.topology.shared_widths(body.widths), body.beam_material)
        return FrameResponse(
            **self._along_path(
                self.control_of_cell.applied,
                self.control_of_cell.driving,
                strain @ stress * volume / 2,
                displacement=displacement,
                mean_strain=gradient,
                mean_stress=jnp.diag(stress[:2]).at[0, 1].set(stress[2]).at[1, 0].set(stress[2]),
            ),
            status=self._status(jnp.append(unit.residual, off)),
            driven=self.control_of_cell.driven,
            uniaxial=self.control_of_cell.uniaxial,
            by_strain=self.control_of_cell.by_strain,
            von_mises=self._von_mises(drawn, displacement),
        )
