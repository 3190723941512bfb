"""A meshed body between two stiff grips (Mirramezani et al., ICLR 2025, section 5), pulled, pushed or sheared.

One edge rests, the opposite one moves by the same displacement everywhere, the two other edges and all pores are free.
Clamped edges do not move sideways, or together as shear prescribes; others slide along their grips without friction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.fem.assembly.boundary import mean_on_straight_part
from metac.runtime.fem.equilibrium.problem import Problem, make_problem
from metac.runtime.fem.numbering import degrees_of_freedom
from metac.stdlib.boundaries.grips import CLAMPED, Grips
from metac.stdlib.controls.grip_force import GripForce
from metac.stdlib.controls.shear import Shear
from metac.stdlib.controls.stretch import Stretch
from metac.stdlib.loads.paths import PathTest

if TYPE_CHECKING:
    from metac.compiler.interfaces.mechanical_response import Component
    from metac.runtime.report.frame_input import AppliedLoad
    from metac.stdlib.loads.paths import Course

GRIPS = {"x": ("left", "right"), "y": ("bottom", "top")}
"""The resting and the moving edge."""
SIDES = {"x": ("bottom", "top"), "y": ("left", "right")}
"""The free edges, lower coordinate first."""
MIDDLE = (0.25, 0.75)
"""The part of the free edges, of the distance of the grips, over which strains across are taken."""


class GrippedTest(PathTest):
    """`body` has `mesh`, `coordinates[node, 2]`, `material`, `thickness`, `domain`.

    Raises:
        FieldError: on `body`, where an edge that is to be held is empty.
    """

    def __init__(self, body: Any, boundary: Grips, control: Stretch | Shear | GripForce, path: Any) -> None:
        super().__init__(body, control, path)
        self.boundary = boundary
        for part in self.edges:
            if not len(body.mesh.facets.get(part, ())):
                raise FieldError("body", f"the {part} edge is empty: there is nothing to hold the body by")

    @property
    def axis(self) -> int:
        """0 where the grips lie opposite each other along x, 1 along y."""
        return self.boundary.axis

    @property
    def edges(self) -> tuple[str, str]:
        """Names of the gripped edges, the one that rests first."""
        return GRIPS[self.boundary.along]

    @property
    def sides(self) -> tuple[str, str]:
        """Names of the free edges, the one at the lower coordinate first."""
        return SIDES[self.boundary.along]

    @property
    def driven(self) -> Component:
        """The component of the mean displacement gradient that the moving grip applies."""
        return (1 - self.axis if isinstance(self.control, Shear) else self.axis), self.axis

    @property
    def uniaxial(self) -> bool:
        """Whether the free edges are free of what the load does."""
        return isinstance(self.control, Stretch)

    @property
    def length(self) -> float:
        """Distance of the grips in the unloaded state, mm."""
        domain = self.body.domain
        return domain.width if self.axis == 0 else domain.height

    @property
    def width(self) -> float:
        """Length of a gripped edge in the unloaded state, mm."""
        domain = self.body.domain
        return domain.height if self.axis == 0 else domain.width

    @cached_property
    def problem(self) -> Problem:
        """Mesh, law and held degrees of freedom."""
        return make_problem(self.body.mesh, self.still.astype(np.int32), self.body.material.functions)

    @property
    def unit(self) -> NDArray[np.float64]:
        """`[fixed]`, mm: the prescribed displacements that move the grip by 1 mm."""
        moving = degrees_of_freedom(self.body.mesh.nodes_on(self.edges[1]), [self.driven[0]], self.body.mesh.dimension)
        return np.isin(self.problem.assembly.fixed, moving).astype(float)

    @property
    def still(self) -> NDArray[np.int64]:
        """`[fixed]`: degrees of freedom of nodes that the grips hold: along their axis, and across where they clamp."""
        mesh, across = self.body.mesh, 1 - self.axis
        gripped = [mesh.nodes_on(part) for part in self.edges]
        corner = gripped[0][[np.argmin(mesh.nodes[gripped[0], across])]]
        clamped = gripped[: CLAMPED[self.boundary.clamp]] or [corner]
        parts = [(nodes, self.axis) for nodes in gripped] + [(nodes, across) for nodes in clamped]
        return np.concatenate([degrees_of_freedom(nodes, [component], mesh.dimension) for nodes, component in parts])

    @property
    def prescribed_components(self) -> NDArray[np.bool_]:
        """`[node, 2]`: where the grips hold or move the body."""
        held = np.zeros(self.body.mesh.nodes.size, dtype=bool)
        held[self.still] = True
        return held.reshape(-1, self.body.mesh.dimension)

    @property
    def applied(self) -> Array:
        """The nominal strain at load factor 1."""
        return jnp.asarray(self.control.strain, float)

    @property
    def prescribed(self) -> Array:
        """`[fixed]`, mm, at load factor 1."""
        return self.applied * self.length * self.unit

    def applied_loads(self, name: str) -> list[AppliedLoad]:
        """What the grips prescribe at load factor 1, of concrete values."""
        from metac.runtime.report.frame_input import AppliedLoad

        shape = (len(self.body.mesh.nodes), 2)
        prescribed = np.full(shape, np.nan)
        prescribed.reshape(-1)[self.problem.assembly.fixed] = np.asarray(self.prescribed)
        return [AppliedLoad(name, prescribed, np.zeros(shape))]

    def reaction(self, force: Array) -> Array:
        """Forces of the grips on the body `[increment, node, 2]`, N: zero at nodes that are not held.

        `force[increment, node, 2]`: internal forces per thickness of a body in equilibrium, N/mm.
        """
        return self.body.thickness * jnp.where(self.prescribed_components, force, 0.0)

    def mean_stress(self, reaction: Array) -> Array:
        """`[increment, 2, 2]`, MPa: P = Σ f ⊗ X over the held nodes, per undeformed area and thickness.

        `reaction[increment, node, 2]`, N. The traction on the grips is that of the resting one, which pulls the body
        against the load's direction.
        """
        resting = self.body.mesh.nodes_on(self.edges[0])
        on_grip = -reaction[:, resting].sum(axis=1) / (self.width * self.body.thickness)
        places = self.body.coordinates[:, 1 - self.axis]
        on_side = jnp.einsum("nki,k->ni", reaction, places) / (self.body.domain.area * self.body.thickness)
        return jnp.stack([on_grip, on_side] if self.axis == 0 else [on_side, on_grip], axis=-1)

    def mean_strain(self, strain: Array, displacement: Array) -> Array:
        """`[increment, 2, 2]`: H. Along the grips' axis what they apply, across it what the free edges show.

        That is the difference of the mean displacements of the middle halves of the two free edges over the body's width,
        the numerator of the effective Poisson's ratio (Mirramezani et al., ICLR 2025, eq. 7).
        """
        applied = jnp.zeros((*strain.shape, len(self.driven))).at[:, self.driven[0]].set(strain)
        across = jax.vmap(self._across)(displacement)
        return jnp.stack([applied, across] if self.axis == 0 else [across, applied], axis=-1)

    def _across(self, displacement: Array) -> Array:
        body, domain = self.body, self.body.domain
        origin = domain.x0 if self.axis == 0 else domain.y0
        lower, upper = (origin + share * self.length for share in MIDDLE)

        def mean(side: str) -> Array:
            return mean_on_straight_part(body.mesh, body.coordinates, side, displacement, self.axis, lower, upper)

        low, high = (mean(side) for side in self.sides)
        return (high - low) / self.width

    def read(self, course: Course) -> dict[str, Any]:
        """Fields of the response beside those of every path."""
        reaction = self.reaction(course.force)
        return {
            "displacement": course.displacement,
            "mean_strain": self.mean_strain(course.factor * self.applied, course.displacement),
            "mean_stress": self.mean_stress(reaction),
            "reaction": reaction,
        }
