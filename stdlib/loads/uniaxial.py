"""Pulling or pushing a sheet between two stiff grips (Mirramezani et al., ICLR 2025, section 5).

Quasi-static; hyperelastic or elasto-plastic, plane strain as the material's law has it.

Signs: `Response.strain` and displacements are positive in tension, negative in compression. What is reported is positive in
both: the curves of `stress` and `energy` run over the magnitude of the strain, and a compressive stress is positive in a
compression load, as such curves are usually drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax
from jax import Array

from metac.runtime.fem.equilibrium.problem import Problem
from metac.runtime.fem.path.load_history import solve_load_history
from metac.runtime.fem.path.warm_start import WarmStart
from metac.runtime.fem.status import Status
from metac.stdlib.loads.axial import AxialLoad
from metac.stdlib.loads.grips import Gripped, Grips


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Response:
    """What a body does under a load, by increment; NaN from the first increment on that failed (see `status`)."""

    strain: Array
    """`[increment]`: displacement of the moving grip over the sheet's length; negative in compression."""
    displacement: Array
    """`[increment, node, 2]`, mm."""
    reaction: Array
    """`[increment, node, 2]`: forces of the grips on the sheet, N; zero at nodes that are not held."""
    energy: Array
    """`[increment]`: elastic energy stored in the sheet, N·mm."""
    status: Status
    start: WarmStart | None = None
    """What the response of a neighbouring design may start from; None where every path begins at rest."""


class Uniaxial(Gripped, AxialLoad):
    """A sheet between grips; `sign` tells which way they move."""

    def __init__(self, body: Any, strain: Array | float, along: str = "y", steps: int = 10, clamp: str = "both") -> None:
        """As `AxialLoad`; the edges along the axis must not be empty. `clamp` as in `Grips`."""
        super().__init__(body, strain, along, steps)
        self.grips = Grips(body, along, clamp)

    @cached_property
    def problem(self) -> Problem:
        """Mesh, law and held degrees of freedom."""
        return self.grips.problem

    @cached_property
    def response(self) -> Response:
        """Equilibrium at equal increments of the grip's displacement; differentiable."""
        grips, strain = self.grips, self.strains
        prescribed = strain[:, None] * grips.length * grips.unit
        history = solve_load_history(grips.problem, self.start, self.body.coordinates, grips.parameters, prescribed)
        energy = self.body.thickness * history.energy
        return Response(strain, history.displacement, grips.reaction(history.force), energy, history.status, history.start)


class Tension(Uniaxial):
    """The grips move apart."""

    sign = 1
    largest_strain = float("inf")


class Compression(Uniaxial):
    """The grips move towards each other; contact between the walls of a pore is not seen."""

    sign = -1
    largest_strain = 1.0
