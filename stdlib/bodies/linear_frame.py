"""What all tests of frames share: they are linear, so that a path scales one equilibrium; responses that draw themselves."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from metac.compiler.interfaces.mechanical_response import BeamStressResponse, NodalForces, SupportedResponse
from metac.compiler.interfaces.response import LabelledResponse, Response
from metac.runtime.beams.beam_stress import end_stresses
from metac.stdlib.loads.responses import LOAD_FACTOR, ForcedResponse, MechanicalResponse, travelled
from metac.stdlib.paths.increments import Cycle
from metac.stdlib.paths.linear import Linear

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from metac.compiler.interfaces.mechanical_response import ComplianceResponse, DrawnResponse, MeanFieldResponse
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.runtime.beams.beam_element import Beams
    from metac.stdlib.bodies.frame import Frame


class LoadedFrame(LabelledResponse, NodalForces, BeamStressResponse, Protocol):
    """What the figure of a frame under a load is drawn of."""


@dataclass(frozen=True, kw_only=True)
class BeamStresses:
    """What every response of a frame has; its `displacement[increment, node, 3]` has a last component in radian."""

    von_mises: Array
    """`[increment, edge, end]`, MPa, of all candidates; zero where no beam is."""

    def figure(self: LoadedFrame, title: str, body: Frame) -> Figure:
        """The displaced frame at the last increment, coloured by von Mises' stress, of a concrete response."""
        from metac.runtime.report.frame_plots import draw_loaded

        there = np.asarray(body.widths) > 0
        displacement, stress = np.asarray(self.displacement[-1]), np.asarray(self.von_mises[-1])[there]
        label = "" if self.applied == LOAD_FACTOR else f"{self.applied} {100 * float(self.strain[-1]):.3g} %"
        force = None if self.force is None else np.asarray(self.force[-1])
        held = np.asarray(self.held) if isinstance(self, SupportedResponse) and self.held is not None else None
        ends = self.springs if isinstance(self, SupportedResponse) else None
        springs = None if ends is None else [np.asarray(part) for part in ends]
        nodes, edges = np.asarray(body.positions), body.grid.edges[there]
        return draw_loaded(nodes, edges, displacement, stress, title, label, force, held, springs)


@jax.tree_util.register_dataclass
@dataclass(frozen=True, kw_only=True)
class FrameResponse(BeamStresses, MechanicalResponse):
    """A frame under a growing strain or mean stress."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True, kw_only=True)
class ForcedFrameResponse(BeamStresses, ForcedResponse):
    """A frame under forces."""


class FrameTest:
    """A frame whose equilibrium is found once, at load factor 1."""

    def __init__(self, body: Frame, control: Any, path: Any) -> None:
        self.body, self.control, self.path = body, control, path

    rest = None
    """Nothing is gained by a start."""

    @abstractmethod
    def respond(self, start: None) -> Response:
        """The response; differentiable by widths, places and material."""

    @property
    def factors(self) -> Array:
        """`[increment]`: load factors."""
        return jnp.ones(1) if isinstance(self.path, Linear) else jnp.asarray(self.path.factors, float)

    def _von_mises(self, beam: Beams, displacement: Array) -> Array:
        """`[increment, edge, end]`, MPa, of displacements at load factor 1."""
        found = end_stresses(beam, self.body.grid.edges, displacement, self.body.thickness).von_mises
        return jnp.abs(self.factors)[:, None, None] * found

    def _along_path(self, applied: Array, driving: Array, energy: Array, **unit: Array) -> dict[str, Any]:
        """Fields of a response from values at load factor 1: those of `unit` grow with it, the energy with its square."""
        factors = self.factors
        strain, turns = factors * applied, isinstance(self.path, Cycle)
        return {
            "strain": strain,
            "abscissa": travelled(strain) if turns else jnp.abs(strain),
            "sense": 1.0 if turns else jnp.where(driving < 0, -1.0, 1.0),
            "energy": factors**2 * energy,
            **{name: jnp.tensordot(factors, value, 0) for name, value in unit.items()},
        }


if TYPE_CHECKING:
    Satisfies[MeanFieldResponse](FrameResponse)
    Satisfies[ComplianceResponse](ForcedFrameResponse)
    Satisfies[LoadedFrame](FrameResponse, ForcedFrameResponse)
    Satisfies[DrawnResponse](FrameResponse, ForcedFrameResponse)
