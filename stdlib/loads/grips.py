"""A sheet between two stiff grips (Mirramezani et al., ICLR 2025, section 5).

One edge rests, the opposite one moves by the same displacement everywhere, the two other edges and all pores are free.
Clamped edges do not move sideways; others slide along their grips without friction.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.fem.assembly.boundary import mean_on_straight_part
from metac.runtime.fem.constitutive_law import Parameters
from metac.runtime.fem.equilibrium.problem import Problem, make_problem
from metac.stdlib.loads.axial import AXES

GRIPS = {"x": ("left", "right"), "y": ("bottom", "top")}
"""The resting and the moving edge."""
SIDES = {"x": ("bottom", "top"), "y": ("left", "right")}
"""The free edges, lower coordinate first."""
CLAMPED = {"both": 2, "base": 1, "neither": 0}
"""How many of the two gripped edges, the resting one first, are kept from moving sideways."""
MIDDLE = (0.25, 0.75)
"""The part of the free edges, of the distance of the grips, over which the lateral strain is taken."""


@dataclass(frozen=True, eq=False)
class Grips:
    """What holds `body` along x or y.

    Raises:
        FieldError: on `body`, where an edge that is to be held is empty; on `clamp`, where it is none of `CLAMPED`.
    """

    body: Any
    """Has `mesh`, `coordinates[node, 2]`, `material`, `thickness`, `domain`."""
    along: str
    clamp: str = "both"
    """Which edges do not move sideways; of `neither`, the corner of the resting edge with the lowest coordinate."""

    def __post_init__(self) -> None:
        if self.clamp not in CLAMPED:
            raise FieldError("clamp", f"grips clamp {' or '.join(CLAMPED)}, not {self.clamp}")
        for part in GRIPS[self.along]:
            if not len(self.body.mesh.facets.get(part, ())):
                raise FieldError("body", f"the {part} edge is empty: there is nothing to hold the body by")

    @property
    def sides(self) -> tuple[str, str]:
        """Names of the free edges, the one at the lower coordinate first."""
        return SIDES[self.along]

    @property
    def axis(self) -> int:
        """0 where the grips move along x, 1 along y."""
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

    @cached_property
    def problem(self) -> Problem:
        """Mesh, law and held degrees of freedom."""
        gripped = [self.body.mesh.nodes_on(part) for part in GRIPS[self.along]]
        across = 1 - self.axis
        corner = gripped[0][[np.argmin(self.body.mesh.nodes[gripped[0], across])]]
        still = gripped[: CLAMPED[self.clamp]] or [corner]
        fixed = [2 * nodes + self.axis for nodes in gripped] + [2 * nodes + across for nodes in still]
        return make_problem(self.body.mesh, np.concatenate(fixed), self.body.material.functions)

    @property
    def parameters(self) -> Parameters:
        """Of the body's law."""
        return tuple(jnp.asarray(value, dtype=float) for value in self.body.material.parameters)

    @property
    def unit(self) -> NDArray[np.float64]:
        """`[fixed]`, mm: the prescribed displacements that move the grip by 1 mm."""
        moving = 2 * self.body.mesh.nodes_on(GRIPS[self.along][1]) + self.axis
        return np.isin(self.problem.assembly.fixed, moving).astype(float)

    def reaction(self, force: Array) -> Array:
        """Forces of the grips on the sheet `[increment, node, 2]`, N: zero at nodes that are not held.

        `force[increment, node, 2]`: internal forces per thickness of a sheet in equilibrium, N/mm.
        """
        held = np.zeros(2 * len(self.body.mesh.nodes), dtype=bool)
        held[self.problem.assembly.fixed] = True
        return self.body.thickness * jnp.where(held.reshape(-1, 2), force, 0.0)

    def nominal_stress(self, reaction: Array) -> Array:
        """`[increment]`, MPa: force along the axis over undeformed width and thickness.

        `reaction[increment, node, 2]`, N.
        """
        # The resting grip pulls the sheet against the load's direction.
        resting = self.body.mesh.nodes_on(GRIPS[self.along][0])
        force = -reaction[:, resting, self.axis].sum(axis=1)
        return force / (self.width * self.body.thickness)

    def lateral_strain(self, displacement: Array) -> Array:
        """The numerator of Mirramezani et al. (ICLR 2025), eq. 7, over the width, for one `displacement[node, 2]`.

        Difference of the mean sideways displacements of the middle halves of the two free edges, over the sheet's width.
        """
        body, domain = self.body, self.body.domain
        origin = domain.x0 if self.along == "x" else domain.y0
        lower, upper = (origin + share * self.length for share in MIDDLE)
        sideways = displacement[:, 1 - self.axis]
        low, high = (
            mean_on_straight_part(body.mesh, body.coordinates, side, sideways, self.axis, lower, upper)
            for side in self.sides
        )
        return (high - low) / self.width


class Gripped:
    """A load on a sheet between grips: what measures ask of it."""

    grips: Grips

    @cached_property
    def response(self) -> Any:
        """Equilibrium at each increment: `displacement[increment, node, 2]`, mm, `reaction[increment, node, 2]`, N."""
        raise NotImplementedError

    @cached_property
    def nominal_stress(self) -> Array:
        """`[increment]`: reaction along the axis over undeformed width and thickness, MPa."""
        return self.grips.nominal_stress(self.response.reaction)

    @cached_property
    def lateral_strain(self) -> Array:
        """At the last increment (Mirramezani et al., ICLR 2025, eq. 7)."""
        return self.grips.lateral_strain(self.response.displacement[-1])
