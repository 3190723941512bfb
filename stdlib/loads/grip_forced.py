"""A meshed body between two stiff grips, the moving one pulled by a force.

The moving grip goes along its axis as a whole: its nodes follow one *control point* (`runtime/fem/assembly/constraints.py`),
whose displacement is what is conjugate to the force on all of them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from metac.compiler.interfaces.cached_property import cached_property
from metac.runtime.fem.assembly.constraints import MultiPointConstraints
from metac.runtime.fem.equilibrium.problem import Problem, make_problem
from metac.runtime.fem.numbering import degrees_of_freedom
from metac.stdlib.loads.gripped import GrippedTest

if TYPE_CHECKING:
    from metac.compiler.interfaces.mechanical_response import Component
    from metac.runtime.mesh.mesh import Mesh
    from metac.stdlib.controls.grip_force import GripForce
    from metac.stdlib.loads.paths import Course


class GripForcedTest(GrippedTest):
    """As `GrippedTest`, with a dead force on the moving grip along the axis."""

    control: GripForce

    @property
    def driven(self) -> Component:
        """The component that the force pulls."""
        return self.axis, self.axis

    @property
    def uniaxial(self) -> bool:
        """The free edges are free of what the force does."""
        return True

    @property
    def applied(self) -> Array:
        """The load factor at the end."""
        return jnp.ones(())

    @property
    def driving(self) -> Array:
        """The force, with its sign."""
        return jnp.asarray(self.control.force, float)

    @property
    def constraints(self) -> MultiPointConstraints:
        """The nodes of the moving grip, which go along the axis with the first control point."""
        return moving_together(self.body.mesh, self.edges[1])

    @property
    def _pulled(self) -> int:
        """The degree of freedom of the grip."""
        return int(self.body.mesh.dimension * self.constraints.controls[0] + self.axis)

    @cached_property
    def problem(self) -> Problem:
        """Mesh, law, constraints and what is held: control points but for the grip itself, too."""
        constraints = self.constraints
        dimension = constraints.dimension
        controls = degrees_of_freedom(constraints.controls, range(dimension), dimension)
        held = np.concatenate([self.still, controls[controls != self._pulled]])
        return make_problem(self.body.mesh, held.astype(np.int32), self.body.material.functions, constraints=constraints)

    @property
    def prescribed(self) -> Array:
        """`[fixed]`: nothing moves."""
        return jnp.zeros(len(self.problem.assembly.fixed))

    @property
    def forces(self) -> Array:
        """`[point, 2]`, N/mm: on the grip."""
        forces = jnp.zeros(self.body.mesh.dimension * self.constraints.point_count)
        return forces.at[self._pulled].set(self.driving / self.body.thickness).reshape(-1, self.body.mesh.dimension)

    def read(self, course: Course) -> dict[str, Any]:
        """Fields of the response beside those of every path."""
        displacement = jax.vmap(self.problem.nodal)(course.displacement)
        travel = course.displacement.reshape(len(course.factor), -1)[:, self._pulled]
        reaction = self.reaction(course.force[:, : len(self.body.mesh.nodes)])
        return {
            "displacement": displacement,
            "mean_strain": self.mean_strain(travel / self.length, displacement),
            "mean_stress": self.mean_stress(reaction),
            "reaction": reaction,
        }


@lru_cache(maxsize=32)
def moving_together(mesh: Mesh, edge: str) -> MultiPointConstraints:
    """All nodes are points, and those on an edge go with the first control point as well."""
    count, nodes = len(mesh.nodes), mesh.nodes_on(edge)
    arms = np.zeros((count, mesh.dimension))
    arms[nodes, 0] = 1.0
    return MultiPointConstraints(np.arange(count, dtype=np.int32), arms, 1.0)
