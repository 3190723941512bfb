"""One period of an endless pattern under mean strains and stresses.

Displacements repeat from period to period but for a macroscopic displacement gradient H, and the mean first Piola–Kirchhoff
stress P is conjugate to it. Control is mixed: each component of H is prescribed, or the one of P is. One component of H_xy
and H_yx is zero, which holds the rotation: lines along one axis keep their direction, as between grips that move straight
apart. Where the other one is free, P_xy and P_yx both vanish by the balance of moments (P Fᵀ is symmetric), so that the mean
stress is free of shear also where the symmetry of the pattern does not see to it. One node is held, since translations move
nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.fem.assembly.constraints import MultiPointConstraints
from metac.runtime.fem.constitutive_law import HistoryDependentLaw
from metac.runtime.fem.equilibrium.problem import Problem, make_problem
from metac.runtime.fem.homogenise import homogenisation_problem, tangent_stiffness
from metac.runtime.fem.status import LINEAR_TOLERANCE
from metac.stdlib.controls.mean_strain import MeanStrain
from metac.stdlib.controls.shear import Shear
from metac.stdlib.controls.stretch import Stretch
from metac.stdlib.loads.paths import PathTest

if TYPE_CHECKING:
    from metac.compiler.interfaces.mechanical_response import Component
    from metac.stdlib.loads.paths import Course
    from metac.stdlib.loads.responses import MechanicalResponse


class PeriodicTest(PathTest):
    """`body` has `mesh`, `coordinates[node, 2]`, `material`, `thickness`, `domain` and `constraints`."""

    def __init__(self, body: Any, control: Stretch | Shear | MeanStrain, path: Any) -> None:
        super().__init__(body, control, path)
        self.mixed = mixed_control(control)
        self._simple = isinstance(control, Shear)

    @property
    def constraints(self) -> MultiPointConstraints:
        """Which nodes are images of each other."""
        return self.body.constraints

    @property
    def driven(self) -> Component | None:
        """The component that the load drives."""
        return self.mixed.shear if self._simple else self.mixed.driven

    @property
    def uniaxial(self) -> bool:
        """Whether one normal component drives the body and all others are free of stress."""
        return self.driven in ((0, 0), (1, 1))

    @property
    def applied(self) -> Array:
        """The strain that drives the body, or the largest of them, with its sign; 1 where only stresses are given."""
        strains = self.mixed.strains
        if self.driven in strains:
            return jnp.asarray(strains[self.driven], float)
        given = [jnp.asarray(value, float) for component, value in strains.items() if component != self.mixed.held]
        if not given:
            return jnp.ones(())
        return jnp.abs(jnp.stack(given)).max()

    @property
    def by_strain(self) -> bool:
        """Whether a strain beside the shear that is held at zero is prescribed."""
        return self.driven in self.mixed.strains or bool(self.mixed.strains.keys() - {self.mixed.held})

    @property
    def driving(self) -> Array:
        """The strain or the stress that drives the body, with its sign."""
        stresses = self.mixed.stresses
        return jnp.asarray(stresses[self.driven], float) if self.driven in stresses else self.applied

    def _dof(self, component: Component) -> int:
        """The degree of freedom of a component of H."""
        i, j = component
        return int(self.constraints.dimension * self.constraints.controls[j]) + i

    @cached_property
    def problem(self) -> Problem:
        """Mesh, law, constraints and what is held: one node, and the components of H that are prescribed."""
        fixed = np.array([0, 1, *sorted(map(self._dof, self.mixed.strains))])
        return make_problem(self.body.mesh, fixed, self.body.material.functions, constraints=self.constraints)

    def tangent_stiffness(self, response: MechanicalResponse) -> Array:
        """`[4, 4]`, MPa: ∂P/∂H at the end of the path, in the order (xx, yy, xy, yx); NaN where a solve is not accurate.

        FieldError M0523 on `of` for a law with internal variables, whose tangent depends on the way.
        """
        body, constraints = self.body, self.constraints
        if isinstance(body.material.functions, HistoryDependentLaw):
            message = "a body with internal variables, a plastic one, has no tangent of its own"
            raise FieldError("of", message, code="M0523", help="its stiffness depends on which way it goes on")
        controls = constraints.length * response.mean_strain[-1].T
        displacement = jnp.concatenate([response.displacement[-1][constraints.masters], controls])
        problem = homogenisation_problem(body.mesh, constraints, body.material.functions)
        found, residual = tangent_stiffness(problem, body.coordinates, self.parameters, displacement, body.domain.area)
        return jnp.where((residual <= LINEAR_TOLERANCE).all(), found, jnp.nan)

    @property
    def prescribed(self) -> Array:
        """`[fixed]`, mm."""
        fixed = self.problem.assembly.fixed
        values = jnp.zeros(len(fixed))
        for component, value in self.mixed.strains.items():
            values = values + (fixed == self._dof(component)) * (value * self.constraints.length)
        return values

    @property
    def forces(self) -> Array | None:
        """`[point, 2]`, N/mm: what is conjugate to the mean stresses that are given."""
        if not self.mixed.stresses:
            return None
        forces = jnp.zeros(self.constraints.dimension * self.constraints.point_count)
        for component, value in self.mixed.stresses.items():
            forces = forces.at[self._dof(component)].set(value * self.body.domain.area / self.constraints.length)
        return forces.reshape(-1, self.constraints.dimension)

    def read(self, course: Course) -> dict[str, Any]:
        """Fields of the response beside those of every path."""
        return {
            "displacement": jax.vmap(self.problem.nodal)(course.displacement),
            "mean_strain": self.constraints.gradient(course.displacement),
            "mean_stress": self.constraints.mean_stress(course.force, self.body.domain.area),
        }


def mixed_control(control: Stretch | Shear | MeanStrain) -> MeanStrain:
    """The components of mean strain and stress that a control prescribes."""
    nothing = {"xx": None, "yy": None, "xy": None, "stress_xx": None, "stress_yy": None, "stress_xy": None}
    if isinstance(control, Stretch):
        assert control.along is not None
        return MeanStrain(**{**nothing, 2 * control.along: control.strain}, keep=control.along)
    if isinstance(control, Shear):
        return MeanStrain(**{**nothing, "xx": 0.0, "yy": 0.0, "xy": control.strain}, keep="x")
    return control
