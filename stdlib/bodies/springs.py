"""Networks of springs as bodies: one period, with what its units stand for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.springs.lammps_files import lammps_data
from metac.runtime.springs.network_files import without_removed
from metac.runtime.springs.response import elastic_constants
from metac.runtime.springs.status import HomogenisedStatus, too_few
from metac.stdlib.boundaries.periodic import Periodic
from metac.stdlib.controls.unit_strains import UnitStrains
from metac.stdlib.loads.responses import HomogenisedResponse

if TYPE_CHECKING:
    from jax import Array
    from matplotlib.figure import Figure

    from metac.compiler.interfaces.body import LoadableBody, SpringBody
    from metac.compiler.interfaces.boundary import Boundary
    from metac.compiler.interfaces.control import Control
    from metac.compiler.interfaces.drawing import Drawable, Exported
    from metac.compiler.interfaces.path import Path
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.runtime.springs.network import SpringNetwork

SAME = 1e-9
"""Relative difference of stiffnesses that is none."""


@dataclass(frozen=True)
class HomogenisedSprings:
    """A network under small mean strains, shear included."""

    body: Springs

    @property
    def rest(self) -> None:
        """It begins at rest."""
        return

    def respond(self, start: None) -> HomogenisedResponse:
        """MPa; differentiable with respect to weights and stiffness of bonds, and places of nodes."""
        body = self.body
        constants = elastic_constants(body.network, body.angle_stiffness)
        stiffness = constants.stiffness * body.unit_stress
        status = HomogenisedStatus(constants.residual, too_few(body.network, body.angle_stiffness, 0))
        return HomogenisedResponse(stiffness=stiffness, status=status)


class Springs:
    """Fields as in `springs.meta`; lengths in mm, energies in N·mm.

    Raises:
        FieldError: M0560 on `angle_stiffness` where the network comes with another.
    """

    def __init__(
        self,
        *,
        network: SpringNetwork,
        angle_stiffness: Array | float,
        mass: Array | float,
        unit: Array | float,
        unit_energy: Array | float,
        thickness: Array | float,
        width: Array | float,
    ) -> None:
        self.network, self.angle_stiffness = network, angle_stiffness
        _check_angles(network.stated_angle_stiffness, angle_stiffness)
        # A plain number: how time is cut follows from it.
        self.mass = float(mass)
        self.unit, self.unit_energy, self.thickness, self.width = unit, unit_energy, thickness, width

    @property
    def unit_stress(self) -> Array | float:
        """What an energy over area of 1 is, MPa."""
        return self.unit_energy / (self.unit**2 * self.thickness)

    def test(self, boundary: Boundary, control: Control, path: Path) -> HomogenisedSprings:
        """The closed-form response to small mean strains (`LoadableBody`).

        Raises:
            FieldError: M0521 on `body` for other tests.
        """
        if not (isinstance(boundary, Periodic) and isinstance(control, UnitStrains)):
            message = "a network of springs is homogenised by `periodic`; it has no edges that could be held"
            raise FieldError("body", message, code="M0521", help="for a growing strain take `quasi_static` or `compress`")
        return HomogenisedSprings(self)

    def figure(self, title: str) -> Figure:
        """The network; bonds that leave the box end at images of nodes."""
        from metac.runtime.report.spring_plots import draw_network

        found, unit = without_removed(self.network), float(self.unit)
        return draw_network(found.positions * unit, found.connections, unit, title)

    def arrays(self) -> dict[str, np.ndarray]:
        """What `network_file` reads: of the bonds that are there."""
        found = without_removed(self.network)
        connections = found.connections
        return {
            "positions": found.positions,
            "box": connections.box,
            "bonds": connections.bonds,
            "images": connections.images,
            "stiffness": found.factors / np.hypot(*connections.vectors(found.positions).T),
        }

    def files(self) -> dict[str, bytes]:
        """Drawings and a solid (mm), and LAMMPS data (dimensionless), by the end of the name."""
        from metac.runtime.report.frame_export import bars_outline
        from metac.runtime.report.outline_export import outline_files
        from metac.runtime.report.spring_plots import bars

        found, unit = without_removed(self.network), float(self.unit)
        ends = bars(found.positions * unit, found.connections, unit)
        outline = bars_outline(ends, np.full(len(ends), float(self.width)))
        data = lammps_data(found, float(self.angle_stiffness), float(self.mass))
        return {**outline_files(outline, float(self.thickness)), ".data": data}


def _check_angles(stated: float | None, given: Array | float) -> None:
    """Raises `FieldError` M0560 where a network comes with another stiffness of its angles than the body is given."""
    if stated is None or abs(float(given) - stated) <= SAME * max(stated, SAME):
        return
    raise FieldError(
        "angle_stiffness",
        f"the network comes with angles of stiffness {stated:g}, and here they have {float(given):g}",
        code="M0560",
        help=f"write `angle_stiffness = {stated:g}`",
    )


if TYPE_CHECKING:
    Satisfies[SpringBody](Springs)
    Satisfies[LoadableBody](Springs)
    Satisfies[Drawable](Springs)
    Satisfies[Exported](Springs)
