"""A network of springs strained along x and along y."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.core import Tracer

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.dimensions import PLANE
from metac.runtime.springs.equilibrium import StrainedStates, strained_states
from metac.runtime.springs.network import Connections
from metac.runtime.springs.network_files import without_removed
from metac.runtime.springs.status import StaticStatus, too_few
from metac.stdlib.loads.responses import MechanicalResponse

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from metac.compiler.interfaces.load import Load, OnBody
    from metac.compiler.interfaces.mechanical_response import DirectedResponse, DrawnResponse
    from metac.compiler.interfaces.satisfies import Satisfies


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class PulledSprings:
    """What a network does in both tests."""

    cases: tuple[MechanicalResponse, MechanicalResponse]
    """Along x, along y; mm, N·mm, MPa."""
    status: StaticStatus

    @property
    def strain(self) -> Array:
        """`[increment]`: nominal, of both."""
        return self.cases[0].strain

    @property
    def displacement(self) -> Array:
        """`[case, node, 2]`, mm, at the end."""
        return jnp.stack([case.displacement[-1] for case in self.cases])

    def figure(self, title: str, body: Any) -> Figure:
        """Both strained networks, of a concrete response."""
        from metac.runtime.report.spring_plots import draw_strained

        positions, connections, unit = drawn(body)
        states = []
        for axis, case in enumerate(self.cases):
            strains = np.diagonal(np.asarray(case.mean_strain[-1]))
            name = f"along {'xy'[axis]}: strain {float(case.strain[-1]):.3g}"
            states.append((name, positions + np.asarray(case.displacement[-1]), connections.box * (1 + strains)))
        return draw_strained(positions, connections, unit, states, title)


def drawn(body: Any) -> tuple[np.ndarray, Connections, float]:
    """Places at rest (mm), connections of the bonds that are there, and the unit of length (mm) of a concrete body."""
    found, unit = without_removed(body.network), float(body.unit)
    return found.positions * unit, found.connections, unit


class QuasiStatic:
    """Both tests of one body. Raises `FieldError` on `strain` where it is zero."""

    def __init__(self, *, body: Any, strain: Any, increments: int) -> None:
        self.body, self.strain, self.increments = body, strain, int(increments)
        if not isinstance(strain, Tracer) and float(strain) == 0:
            raise FieldError("strain", "a strain of zero strains nothing", code="M0561", help="write `0.1 %`, or `-0.1 %`")

    @cached_property
    def response(self) -> PulledSprings:
        """Equilibria; differentiable with respect to weights and stiffness of bonds, and places of nodes."""
        strains = self.strain * jnp.arange(1, self.increments + 1) / self.increments
        found = [strained_states(self.body.network, self.body.angle_stiffness, strains, axis) for axis in range(2)]
        status = StaticStatus(
            residual=jnp.stack([each.residual for each in found]),
            stable=jnp.stack([each.stable for each in found]),
            flipped=jnp.stack([each.flipped for each in found]),
            edge=jnp.stack([1 + each.lateral for each in found]),
            missing=self._missing,
        )
        return PulledSprings((self._case(found[0]), self._case(found[1])), status)

    @property
    def _missing(self) -> Array:
        """Bonds, of a box whose edge across is free."""
        return too_few(self.body.network, self.body.angle_stiffness, 1)

    def _case(self, states: StrainedStates) -> MechanicalResponse:
        body, axis = self.body, states.axis
        across = 1 - axis
        sense = jnp.sign(jnp.asarray(self.strain, float))
        mean_strain = jnp.zeros((len(states.strain), PLANE, PLANE))
        mean_strain = mean_strain.at[:, axis, axis].set(states.strain).at[:, across, across].set(states.lateral)
        lateral = 1 + states.lateral[None]
        status = StaticStatus(states.residual[None], states.stable[None], states.flipped[None], lateral, self._missing)
        return MechanicalResponse(
            strain=states.strain,
            abscissa=jnp.abs(states.strain),
            sense=sense,
            displacement=(states.positions - body.network.positions) * body.unit,
            mean_strain=mean_strain,
            mean_stress=states.stress * body.unit_stress,
            energy=states.energy * body.unit_energy,
            status=status,
            driven=(axis, axis),
            uniaxial=True,
        )


if TYPE_CHECKING:
    Satisfies[Load](QuasiStatic)
    Satisfies[DirectedResponse](PulledSprings)
    Satisfies[DrawnResponse](PulledSprings)
    Satisfies[OnBody](QuasiStatic)
