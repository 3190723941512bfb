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
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.core import Tracer

from metac.compiler.interfaces import FieldError
from metac.runtime.fem.path import solve_path
from metac.runtime.fem.problem import Problem, make_problem
from metac.runtime.fem.status import Status

AXES = {"x": 0, "y": 1}
GRIPS = {"x": ("left", "right"), "y": ("bottom", "top")}
"""The clamped and the moving edge."""
SIDES = {"x": ("bottom", "top"), "y": ("left", "right")}
"""The free edges, lower coordinate first."""


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


class Uniaxial:
    """A sheet between grips; `sign` tells which way they move."""

    sign: ClassVar[int]
    largest_strain: ClassVar[float]

    def __init__(self, body: Any, strain: Array | float, along: str = "y", steps: int = 10) -> None:
        """`body` has `mesh`, `coordinates[node, 2]`, `material`, `thickness`, `domain`; `strain` is a positive magnitude."""
        if along not in AXES:
            raise FieldError("along", f"a load acts along x or y, not along {along}")
        if steps < 1:
            raise FieldError("steps", f"a load needs one increment at least, not {steps}")
        # Inside a trace the value is not known; a wrong one then shows in the status.
        if not isinstance(strain, Tracer):
            value = float(strain)
            if not 0 < value < self.largest_strain:
                limit = "" if np.isinf(self.largest_strain) else f" and less than {self.largest_strain:.0%}"
                raise FieldError("strain", f"strain must be more than zero{limit}, got {value:g}", help=self._direction())
        for part in GRIPS[along]:
            if not len(body.mesh.facets.get(part, ())):
                raise FieldError("body", f"the {part} edge is empty: there is nothing to hold the body by")
        self.body, self.along, self.steps = body, along, steps
        self.strain = jnp.asarray(strain, dtype=float)

    def _direction(self) -> str:
        return "give the magnitude; `tension` pulls and `compression` pushes"

    @property
    def axis(self) -> int:
        """0 where the load acts along x, 1 along y."""
        return AXES[self.along]

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
        strain = self.sign * self.strain * np.linspace(0, 1, self.steps + 1)[1:]
        displacement, status = solve_path(problem, body.coordinates, parameters, strain[:, None] * self.length * unit)

        shape = problem.geometry(body.coordinates)
        held = np.zeros(2 * len(body.mesh.nodes), dtype=bool)
        held[problem.assembly.fixed] = True

        def forces(displacement: Array) -> tuple[Array, Array]:
            internal = problem.internal_force(parameters, shape, displacement)
            return jnp.where(held.reshape(-1, 2), internal, 0.0), problem.energy(parameters, shape, displacement)

        reaction, energy = jax.vmap(forces)(displacement)
        return Response(strain, displacement, body.thickness * reaction, body.thickness * energy, status)


class Tension(Uniaxial):
    """The grips move apart."""

    sign = 1
    largest_strain = float("inf")


class Compression(Uniaxial):
    """The grips move towards each other; contact between the walls of a pore is not seen."""

    sign = -1
    largest_strain = 1.0
