"""A frame pulled along x and along y."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from metac.compiler.interfaces.cached_property import cached_property
from metac.runtime.beams.beam_stress import end_stresses
from metac.runtime.beams.frame_status import FrameStatus
from metac.runtime.beams.grid_grips import lateral_strain, solve_between_grips
from metac.runtime.dimensions import PLANE
from metac.stdlib.bodies.frame_loads import gripped_load
from metac.stdlib.loads.responses import MechanicalResponse

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from metac.compiler.interfaces.drawing import DrawableLoad
    from metac.compiler.interfaces.load import Load, OnBody
    from metac.compiler.interfaces.mechanical_response import BeamStressResponse, DirectedResponse, DrawnResponse
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.runtime.report.frame_input import AppliedLoad

CASES = 2
"""Along x, along y."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class PulledFrame:
    """What a frame does under both loads; case 0 is along x, case 1 along y."""

    displacement: Array
    """`[case, node, 3]`: u_x, u_y (mm), θ (radian)."""
    modulus: Array
    """`[case]`: E11 and E22, MPa: reactions at the moved nodes over thickness and extent across, over the strain."""
    ratio: Array
    """`[case]`: ν12 and ν21."""
    axial: Array
    """`[case, edge]`, MPa; these and the following for all candidates, zero where no beam is."""
    bending: Array
    """`[case, edge, end]`, MPa."""
    von_mises: Array
    """`[case, edge, end]`, MPa."""
    status: FrameStatus
    strain: Array
    """Of both loads."""
    energy: Array
    """`[case]`: stored elastic energy, N·mm."""

    @property
    def cases(self) -> tuple[MechanicalResponse, MechanicalResponse]:
        """The loads one by one, each in a single increment."""
        return self._case(0), self._case(1)

    def _case(self, axis: int) -> MechanicalResponse:
        strain, nothing = self.strain, jnp.zeros((PLANE, PLANE))
        across = 1 - axis
        return MechanicalResponse(
            strain=strain[None],
            abscissa=jnp.abs(strain)[None],
            sense=1.0,
            displacement=self.displacement[axis][None],
            mean_strain=nothing.at[axis, axis].set(strain).at[across, across].set(-self.ratio[axis] * strain)[None],
            mean_stress=nothing.at[axis, axis].set(self.modulus[axis] * strain)[None],
            energy=self.energy[axis][None],
            status=self.status,
            driven=(axis, axis),
            uniaxial=True,
        )

    def figure(self, title: str, body: Any) -> Figure:
        """Both deformed frames, coloured by von Mises' stress, of a concrete response."""
        from metac.runtime.report.frame_plots import draw_pulled

        there = np.asarray(body.widths) > 0
        return draw_pulled(
            np.asarray(body.positions),
            body.grid.edges[there],
            np.asarray(self.displacement),
            np.asarray(self.von_mises)[:, there],
            title,
        )


class TensionCases:
    """Both loads on one frame."""

    def __init__(self, *, body: Any, strain: Any) -> None:
        """`body` is a `metac.stdlib.bodies.frame:Frame` or has its attributes."""
        self.body, self.strain = body, strain

    @cached_property
    def response(self) -> PulledFrame:
        """Linear equilibrium; differentiable with respect to widths and positions."""
        cases = [self._case(axis) for axis in range(CASES)]
        displacement, modulus, ratio, axial, bending, von_mises, residual = (
            jnp.stack(each) for each in zip(*cases, strict=True)
        )
        finite = jnp.isfinite(modulus).all() & jnp.isfinite(ratio).all()
        strain = jnp.asarray(self.strain, float)
        volume = self.body.extent[0] * self.body.extent[1] * self.body.thickness
        return PulledFrame(
            displacement=displacement,
            modulus=modulus,
            ratio=ratio,
            axial=axial,
            bending=bending,
            von_mises=von_mises,
            status=FrameStatus(residual, finite),
            strain=strain,
            energy=modulus * strain**2 * volume / 2,
        )

    def _case(self, axis: int) -> tuple[Array, ...]:
        body = self.body
        along, across = body.extent[axis], body.extent[1 - axis]
        found = solve_between_grips(body.grid, body.beams, axis)
        displacement = found.displacement * (self.strain * along)
        stresses = end_stresses(body.beams, body.grid.edges, displacement, body.thickness)
        ratio = -lateral_strain(body.grid, displacement, axis, across) / self.strain
        modulus = found.force * along / (across * body.thickness)
        return displacement, modulus, ratio, *stresses, found.residual

    def applied_loads(self, name: str) -> list[AppliedLoad]:
        """Both loads, each by itself, of concrete values: what grips prescribe at the nodes."""
        return [gripped_load(f"{name}, along {'xy'[axis]}", self.body, axis, axis, self.strain) for axis in range(CASES)]

    def figure(self, title: str, response: PulledFrame) -> Figure:
        """Both deformed frames, coloured by von Mises' stress, of a concrete response."""
        return response.figure(title, self.body)


if TYPE_CHECKING:
    Satisfies[Load](TensionCases)
    Satisfies[DrawableLoad](TensionCases)
    Satisfies[DirectedResponse](PulledFrame)
    Satisfies[BeamStressResponse](PulledFrame)
    Satisfies[DrawnResponse](PulledFrame)
    Satisfies[OnBody](TensionCases)
