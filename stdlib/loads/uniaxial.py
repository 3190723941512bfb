"""Pulling or pushing a sheet between two stiff grips (Mirramezani et al., ICLR 2025, section 5).

One edge is clamped, the opposite one moves by the same displacement everywhere and does not move sideways, the two other
edges and all pores are free. Quasi-static, hyperelastic, plane strain as the material's law has it.

Signs: `Response.strain` and displacements are positive in tension, negative in compression. What is reported is positive in
both: the curves of `stress` and `energy` run over the magnitude of the strain, and a compressive stress is positive in a
compression load, as such curves are usually drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from metac.compiler.interfaces import FieldError
from metac.runtime.fem.boundary import mean_on_straight_part
from metac.runtime.fem.path import solve_path_from
from metac.runtime.fem.problem import Problem, make_problem
from metac.runtime.fem.status import Status
from metac.runtime.fem.warm import Start
from metac.stdlib.loads.axial import AxialLoad

GRIPS = {"x": ("left", "right"), "y": ("bottom", "top")}
"""The clamped and the moving edge."""
SIDES = {"x": ("bottom", "top"), "y": ("left", "right")}
"""The free edges, lower coordinate first."""
MIDDLE = (0.25, 0.75)
"""The part of the free edges, of the distance of the grips, over which the lateral strain is taken."""


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
    """`[increment]`: energy stored in the sheet, N·mm."""
    status: Status
    start: Start
    """What the response of a neighbouring design may start from."""


class Uniaxial(AxialLoad):
    """A sheet between grips; `sign` tells which way they move."""

    def __init__(self, body: Any, strain: Array | float, along: str = "y", steps: int = 10) -> None:
        """As `AxialLoad`; the edges along the axis must not be empty."""
        super().__init__(body, strain, along, steps)
        for part in GRIPS[along]:
            if not len(body.mesh.facets.get(part, ())):
                raise FieldError("body", f"the {part} edge is empty: there is nothing to hold the body by")

    @property
    def length(self) -> float:
        """Distance of the grips in the unloaded state, mm."""
        domain = self.body.domain
        return domain.width if self.along == "x" else domain.height

    @property
    def width(self) -> float:
        """Length of a gripped edge in the unloaded state, mm."""
        domain = self.body.domain
        return domain.height if self.along == "x" else domain.width

    @property
    def clamped_nodes(self) -> np.ndarray:
        """Nodes on the edge that stays."""
        return self.body.mesh.nodes_on(GRIPS[self.along][0])

    @property
    def sides(self) -> tuple[str, str]:
        """Names of the free edges, the one at the lower coordinate first."""
        return SIDES[self.along]

    @cached_property
    def problem(self) -> Problem:
        """Mesh, law and held degrees of freedom."""
        held = np.concatenate([self.body.mesh.nodes_on(part) for part in GRIPS[self.along]])
        return make_problem(self.body.mesh, np.concatenate([2 * held, 2 * held + 1]), self.body.material.functions)

    @cached_property
    def response(self) -> Response:
        """Equilibrium at equal increments of the grip's displacement; differentiable."""
        problem, body = self.problem, self.body
        parameters = tuple(jnp.asarray(value, dtype=float) for value in body.material.parameters)
        moving = 2 * body.mesh.nodes_on(GRIPS[self.along][1]) + self.axis
        unit = np.isin(problem.assembly.fixed, moving).astype(float)
        strain = self.strains
        displacement, status, start = solve_path_from(
            problem, self.start, body.coordinates, parameters, strain[:, None] * self.length * unit
        )

        shape = problem.geometry(body.coordinates)
        held = np.zeros(2 * len(body.mesh.nodes), dtype=bool)
        held[problem.assembly.fixed] = True

        def forces(displacement: Array) -> tuple[Array, Array]:
            internal = problem.internal_force(parameters, shape, displacement)
            return jnp.where(held.reshape(-1, 2), internal, 0.0), problem.energy(parameters, shape, displacement)

        reaction, energy = jax.vmap(forces)(displacement)
        return Response(strain, displacement, body.thickness * reaction, body.thickness * energy, status, start)

    @cached_property
    def nominal_stress(self) -> Array:
        """`[increment]`: reaction along the axis over undeformed width and thickness, MPa."""
        # The clamp pulls the sheet against the load's direction.
        force = -self.response.reaction[:, self.clamped_nodes, self.axis].sum(axis=1)
        return force / (self.width * self.body.thickness)

    @cached_property
    def lateral_strain(self) -> Array:
        """At the last increment (Mirramezani et al., ICLR 2025, eq. 7).

        Difference of the mean sideways displacements of the middle halves of the two free edges, over the sheet's width.
        """
        body, domain = self.body, self.body.domain
        origin = domain.x0 if self.along == "x" else domain.y0
        lower, upper = (origin + share * self.length for share in MIDDLE)
        sideways = self.response.displacement[-1, :, 1 - self.axis]
        low, high = (
            mean_on_straight_part(body.mesh, body.coordinates, side, sideways, self.axis, lower, upper)
            for side in self.sides
        )
        return (high - low) / self.width


class Tension(Uniaxial):
    """The grips move apart."""

    sign = 1
    largest_strain = float("inf")


class Compression(Uniaxial):
    """The grips move towards each other; contact between the walls of a pore is not seen."""

    sign = -1
    largest_strain = 1.0
