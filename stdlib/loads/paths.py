"""What a meshed body does along a path: growing and turning strains and stresses, or arc length."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, NamedTuple

import jax.numpy as jnp
from jax import Array

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.fem.constitutive_law import HistoryDependentLaw, Parameters
from metac.runtime.fem.path.arc_length import ProportionalLoad, follow_path
from metac.runtime.fem.path.load_history import internal_forces_and_energies, solve_load_history
from metac.runtime.fem.path.warm_start import WarmStart, cold_start
from metac.runtime.fem.status import Status
from metac.stdlib.loads.responses import MechanicalResponse, travelled
from metac.stdlib.paths.arc_length import ArcLength
from metac.stdlib.paths.increments import Cycle, Increments

if TYPE_CHECKING:
    from metac.compiler.interfaces.mechanical_response import Component
    from metac.runtime.fem.equilibrium.problem import Problem


class Course(NamedTuple):
    """A body along its path, per thickness."""

    factor: Array
    """`[increment]`: the load factor."""
    displacement: Array
    """`[increment, point, 2]`, mm."""
    force: Array
    """`[increment, point, 2]`, N/mm."""
    energy: Array
    """`[increment]`, N."""
    status: Status
    start: WarmStart | None


class PathTest:
    """A body whose prescribed displacements and forces grow in proportion.

    Raises `FieldError` on `path`, M0521, where it is none for this body.
    """

    def __init__(self, body: Any, control: Any, path: Any) -> None:
        self.body, self.control, self.path = body, control, path
        if not isinstance(path, Increments | Cycle | ArcLength):
            raise FieldError(
                "path",
                "strains and mean stresses grow along a path",
                code="M0521",
                help="take `increments`, `cycle` or `arc_length`",
            )
        if isinstance(path, ArcLength) and isinstance(body.material.functions, HistoryDependentLaw):
            raise FieldError(
                "path",
                "a body with internal variables, a plastic one, cannot be followed by arc length",
                code="M0521",
                help="take `increments`",
            )

    @cached_property
    def problem(self) -> Problem:
        """Mesh, law and held degrees of freedom."""
        raise NotImplementedError

    @property
    @abstractmethod
    def applied(self) -> Array:
        """The strain at load factor 1, which curves run over; 1 where only stresses or forces are given."""

    @property
    def driving(self) -> Array:
        """What the sign of the load is taken from: the strain or the stress that is applied."""
        return self.applied

    @property
    @abstractmethod
    def driven(self) -> Component | None:
        """The component that the load drives."""

    @property
    def by_strain(self) -> bool:
        """Whether a strain is prescribed; `applied` is 1 where it is not."""
        return True

    @property
    @abstractmethod
    def uniaxial(self) -> bool:
        """Whether the body is free across."""

    @property
    @abstractmethod
    def prescribed(self) -> Array:
        """`[fixed]`, mm, at load factor 1."""

    @property
    def forces(self) -> Array | None:
        """Dead forces per thickness `[point, 2]`, N/mm, at load factor 1."""
        return None

    @abstractmethod
    def read(self, course: Course) -> dict[str, Any]:
        """Fields of the response beside those of every path: displacements, mean strain and stress."""

    @property
    def parameters(self) -> Parameters:
        """Of the body's law."""
        return tuple(jnp.asarray(value, dtype=float) for value in self.body.material.parameters)

    @property
    def rest(self) -> WarmStart | None:
        """Nothing is known to start from; None for arc length."""
        return None if isinstance(self.path, ArcLength) else cold_start(self.problem, self.path.total)

    def respond(self, start: WarmStart | None) -> MechanicalResponse:
        """Equilibrium at each increment; differentiable."""
        course = self._followed() if isinstance(self.path, ArcLength) else self._driven(start)
        turns, strain = isinstance(self.path, Cycle), course.factor * self.applied
        return MechanicalResponse(
            strain=strain,
            abscissa=travelled(strain) if turns else jnp.abs(strain),
            sense=1.0 if turns else jnp.where(self.driving < 0, -1.0, 1.0),
            energy=self.body.thickness * course.energy,
            status=course.status,
            start=course.start,
            driven=self.driven,
            uniaxial=self.uniaxial,
            by_strain=self.by_strain,
            **self.read(course),
        )

    def _driven(self, start: WarmStart | None) -> Course:
        factors = self.path.factors
        forces = None if self.forces is None else factors[:, None, None] * self.forces
        prescribed = factors[:, None] * self.prescribed
        course = solve_load_history(self.problem, start, self.body.coordinates, self.parameters, prescribed, forces)
        return Course(jnp.asarray(factors), course.displacement, course.force, course.energy, course.status, course.start)

    def _followed(self) -> Course:
        problem, coordinates = self.problem, self.body.coordinates
        nothing = jnp.zeros((problem.assembly.point_count, problem.dimension))
        load = ProportionalLoad(self.prescribed, nothing if self.forces is None else self.forces)
        arcs = jnp.full(self.path.count, 1.0) * self.path.travel / self.path.count
        displacement, factor, status = follow_path(problem, coordinates, self.parameters, load, arcs)
        force, energy = internal_forces_and_energies(problem, coordinates, self.parameters, displacement)
        return Course(factor, displacement, force, energy, status, None)
