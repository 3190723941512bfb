"""Frames between grips, pulled, pushed or sheared; no node turns in a grip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from metac.compiler.interfaces.cached_property import cached_property
from metac.runtime.beams.beam_element import stiffness_blocks
from metac.runtime.beams.frame_equilibrium import forces
from metac.runtime.beams.frame_status import FrameStatus
from metac.runtime.beams.frame_topology import FrameTopology
from metac.runtime.beams.grid_grips import GripSolution, gripped_nodes, gripped_topology, solve_between_grips
from metac.runtime.dimensions import PLANE
from metac.stdlib.bodies.frame_loads import gripped_load
from metac.stdlib.bodies.linear_frame import FrameResponse, FrameTest
from metac.stdlib.boundaries.grips import CLAMPED, Grips
from metac.stdlib.controls.grip_force import GripForce
from metac.stdlib.controls.shear import Shear

if TYPE_CHECKING:
    from metac.runtime.report.frame_input import AppliedLoad
    from metac.stdlib.bodies.frame import Frame


class GrippedFrame(FrameTest):
    """Between grips, pulled, pushed or sheared."""

    def __init__(self, body: Frame, boundary: Grips, control: Any, path: Any) -> None:
        super().__init__(body, control, path)
        self.boundary, self.axis, self.sheared = boundary, boundary.axis, isinstance(control, Shear)

    @property
    def moved(self) -> int:
        """The direction that the moving grip moves in."""
        return 1 - self.axis if self.sheared else self.axis

    @property
    def topology(self) -> FrameTopology:
        """Which degrees of freedom the grips prescribe."""
        return gripped_topology(self.body.grid, self.axis, CLAMPED[self.boundary.clamp])

    @property
    def prescribed_components(self) -> NDArray[np.bool_]:
        """`[node, 2]`: where the grips hold or move the frame."""
        return self.topology.prescribed[:, :2]

    @cached_property
    def unit(self) -> GripSolution:
        """Where the moving grip goes by 1 mm."""
        body = self.body
        return solve_between_grips(body.grid, body.beams, self.axis, self.moved, CLAMPED[self.boundary.clamp])

    @property
    def travel(self) -> Array:
        """Of the moving grip at load factor 1, mm."""
        if isinstance(self.control, GripForce):
            return jnp.asarray(self.control.force, float) / self.unit.force
        return jnp.asarray(self.control.strain, float) * self.body.extent[self.axis]

    @property
    def strain(self) -> Array:
        """The nominal strain at load factor 1."""
        return self.travel / self.body.extent[self.axis]

    def applied_loads(self, name: str) -> list[AppliedLoad]:
        """What the grips prescribe at load factor 1, of concrete values."""
        clamped = CLAMPED[self.boundary.clamp]
        return [gripped_load(name, self.body, self.axis, self.moved, self.strain, clamped)]

    def respond(self, start: None) -> FrameResponse:
        """Equilibrium at each increment."""
        body, found = self.body, self.unit
        applied = jnp.ones(()) if isinstance(self.control, GripForce) else self.strain
        displacement = self.travel * found.displacement
        nodal = forces(self.topology, stiffness_blocks(body.beams), displacement[..., None])[:, :2, 0]
        reaction = jnp.where(self.prescribed_components, nodal, 0.0)
        return FrameResponse(
            **self._along_path(
                applied,
                self.travel,
                found.force * self.travel**2 / 2,
                displacement=displacement,
                reaction=reaction,
                mean_strain=self._mean_strain(self.strain, displacement),
                mean_stress=self._mean_stress(reaction),
            ),
            status=FrameStatus(found.residual[None], jnp.isfinite(displacement).all() & jnp.isfinite(found.force)),
            driven=(self.moved, self.axis),
            uniaxial=not self.sheared,
            von_mises=self._von_mises(body.beams, displacement),
        )

    def _mean_strain(self, applied: Array, displacement: Array) -> Array:
        """`[2, 2]`: along the grips' axis what they apply, across what the free sides show, in the mean of their nodes."""
        low, high = gripped_nodes(self.body.grid, 1 - self.axis)
        apart = displacement[high, :2].mean(axis=0) - displacement[low, :2].mean(axis=0)
        own = jnp.zeros(PLANE).at[self.moved].set(applied)
        columns = [own, apart / self.body.extent[1 - self.axis]]
        return jnp.stack(columns if self.axis == 0 else columns[::-1], axis=1)

    def _mean_stress(self, reaction: Array) -> Array:
        """`[2, 2]`, MPa: P = Σ f ⊗ X over the held nodes per volume; on the grips, the force of the resting one per area."""
        body, across = self.body, 1 - self.axis
        area = body.extent[across] * body.thickness
        on_grip = -reaction[gripped_nodes(body.grid, self.axis)[0]].sum(axis=0) / area
        on_side = reaction.T @ body.positions[:, across] / (area * body.extent[self.axis])
        return jnp.stack([on_grip, on_side] if self.axis == 0 else [on_side, on_grip], axis=1)
