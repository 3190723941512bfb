"""Forces, pressures that follow and prescribed displacements of a body that supports hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from metac.compiler.interfaces.action import AppliedForces, AtPoints, FollowerForces, Loaded
from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.load import Remark
from metac.runtime.dimensions import PLANE
from metac.runtime.fem.assembly.edge_load import EdgePart
from metac.runtime.fem.attachments import Attachments
from metac.runtime.fem.constitutive_law import HistoryDependentLaw
from metac.runtime.fem.equilibrium.linear import linear_equilibrium, linearised
from metac.runtime.fem.equilibrium.problem import Problem, make_problem
from metac.runtime.fem.linear_status import LinearMeshStatus
from metac.runtime.fem.path.arc_length import ProportionalLoad, follow_path
from metac.runtime.fem.path.load_history import internal_forces_and_energies, solve_load_history
from metac.runtime.fem.path.warm_start import WarmStart, cold_start
from metac.runtime.mesh.quality import jacobian_ratio
from metac.stdlib.actions.point_force import where
from metac.stdlib.loads.holding import held_by, require_felt, support_places
from metac.stdlib.loads.responses import ForcedResponse, travelled
from metac.stdlib.paths.arc_length import ArcLength
from metac.stdlib.paths.increments import Cycle
from metac.stdlib.paths.linear import Linear

if TYPE_CHECKING:
    from metac.runtime.report.frame_input import AppliedLoad
    from metac.stdlib.boundaries.supported import Supported
    from metac.stdlib.controls.applied import Applied
    from metac.stdlib.controls.point_forces import PointForces


class States(NamedTuple):
    """A body along its path."""

    factor: Array
    """`[increment]`: the load factor."""
    displacement: Array
    """`[increment, node, 2]`, mm."""
    internal: Array
    """`[increment, node, 2]`: what balances the stresses, N."""
    energy: Array
    """`[increment]`, N·mm."""


class ForcedTest:
    """`body` has `mesh`, `coordinates[node, 2]`, `material`, `thickness` and `domain`.

    Raises:
        FieldError: of a support or an action where the body has nothing at its place; on `supports` where the body is not
            held; of an action that moves what is held, or pushes what does not yield.
    """

    def __init__(self, body: Any, boundary: Supported, control: Applied | PointForces, path: Any) -> None:
        self.body, self.actions, self.path = body, control.actions, path
        self.supports = boundary.supports
        self.holding = held_by(body.mesh, boundary.supports, self.actions)
        self._require_elastic()
        # What has no place, or no potential, is reported now, at its own field, not when a measure asks for the response.
        for each in self.following:
            each.attached(body.mesh, self.holding.fixed)
        self.forces = self._dead_forces()
        """`[node, 2]`, N, at load factor 1: the dead ones."""
        for action, place in placed(self.actions):
            require_felt(
                self.holding, where(body.mesh, place, _owner(action, control)).nodes, place, _owner(action, control)
            )

    def _require_elastic(self) -> None:
        if isinstance(self.body.material.functions, HistoryDependentLaw) and (self.holding.springs or self.following):
            message = "springs, and pressures that follow, do not go with a body that flows plastically"
            field = "supports" if self.holding.springs else "body"
            raise FieldError(field, message, code="M0607", help="take dead pressures and firm supports")

    @property
    def remarks(self) -> Sequence[Remark]:
        """Points of forces and supports that lie inside the body: a mistake in its size or orientation looks like that."""
        mesh = self.body.mesh
        rim = boundary_nodes(mesh)
        given = [(place, "at", "force") for _, place in placed(self.actions)]
        given += [(point, "supports", "support") for point in support_places(self.supports)]
        return [
            Remark(
                field,
                f"the {what} at ({point[0]:.6g}, {point[1]:.6g}) mm lies inside the body, not on its edge",
                f"the body fills {mesh.domain.width:.6g} by {mesh.domain.height:.6g} mm: look at its size and orientation",
            )
            for point, field, what in given
            if _is_inside(mesh, point, rim)
        ]

    @property
    def prescribed_components(self) -> NDArray[np.bool_]:
        """`[node, 2]`: where supports hold, springs to the ground among them, or actions prescribe displacements."""
        return self.holding.acts_along(np.union1d(self.holding.fixed, self.holding.sprung))

    @cached_property
    def problem(self) -> Problem:
        """Mesh, law and prescribed degrees of freedom."""
        body, fixed = self.body, self.holding.fixed
        attached = (*self.holding.attached, *(each.attached(body.mesh, fixed) for each in self.following))
        load_points = 1 if self.following else 0
        last = PLANE * len(body.mesh.nodes)
        fixed = np.concatenate([fixed, np.arange(last, last + PLANE * load_points)]).astype(np.int32)
        attachments = Attachments(attached, load_points) if attached else None
        axes = self.holding.axes
        return make_problem(body.mesh, fixed, body.material.functions, attachments=attachments, axes=axes)

    @property
    def following(self) -> list[FollowerForces]:
        """Pressures that follow the deformed edges; for small displacements none does."""
        if isinstance(self.path, Linear):
            return []
        return [each for each in self.actions if isinstance(each, FollowerForces) and each.follows]

    @property
    def prescribed(self) -> Array:
        """`[fixed]`, mm, at load factor 1; of the load point the load factor itself."""
        factor = jnp.array([1.0, 0.0]) if self.following else jnp.zeros(0)
        return jnp.concatenate([self.holding.values, factor])

    @property
    def parameters(self) -> tuple[Array, ...]:
        """Stiffnesses of the springs per thickness, pressures that follow, and those of the body's law."""
        springs = (stiffness / self.body.thickness for stiffness in self.holding.stiffnesses)
        pressures = (jnp.asarray(each.value, float) for each in self.following)
        return (*springs, *pressures, *(jnp.asarray(value, dtype=float) for value in self.body.material.parameters))

    def _dead_forces(self) -> Array:
        body = Loaded(self.body.mesh, self.body.coordinates, self.body.thickness)
        following = self.following
        return total_forces(body, [each for each in self.actions if each not in following])

    def _on_points(self, forces: Array) -> Array:
        """Forces `[…, node, 2]` as those of the problem's points."""
        return jnp.vectorize(self.problem.of_nodes, signature="(n,d)->(p,d)")(forces)

    def _followed_forces(self, factors: Array, displacement: Array) -> Array:
        """`[increment, node, 2]`, N: of pressures that follow."""
        body, total = self.body, jnp.zeros_like(displacement)
        for each in self.following:
            part = EdgePart(body.mesh, np.array(each.attached(body.mesh, self.holding.fixed).facets))
            unit = jax.vmap(lambda u, part=part: part.pressed(body.coordinates, body.coordinates + u))(displacement)
            total = total + factors[:, None, None] * each.value * body.thickness * unit
        return total

    def applied_loads(self, name: str) -> list[AppliedLoad]:
        """Supports and actions at load factor 1, of concrete values."""
        from metac.runtime.report.frame_input import AppliedLoad

        prescribed = np.full((len(self.body.mesh.nodes), PLANE), np.nan)
        prescribed.reshape(-1)[self.holding.fixed] = np.asarray(self.holding.values)
        body = Loaded(self.body.mesh, self.body.coordinates, self.body.thickness)
        return [AppliedLoad(name, prescribed, np.asarray(total_forces(body, self.actions)))]

    @property
    def rest(self) -> WarmStart | None:
        """Nothing is known to start from; None where the path needs no start."""
        return None if isinstance(self.path, Linear | ArcLength) else cold_start(self.problem, self.path.total)

    def respond(self, start: WarmStart | None) -> ForcedResponse:
        """Equilibrium; differentiable."""
        if isinstance(self.path, Linear):
            return self._linear()
        return self._followed() if isinstance(self.path, ArcLength) else self._driven(start)

    def _linear(self) -> ForcedResponse:
        """For small displacements."""
        body = self.body
        at_rest = linearised(self.problem, body.coordinates, self.parameters)
        forces = self._on_points(self.forces[None] / body.thickness)
        points, residual = linear_equilibrium(at_rest, self.holding.values[None], forces)
        found, internal = self._at_nodes(points), body.thickness * self._at_nodes(at_rest.forces(points))
        finite = jnp.isfinite(found).all()
        status = LinearMeshStatus.of(residual, finite, jacobian_ratio(body.mesh, body.coordinates))
        energy = jnp.vdot(internal, found)[None] / 2
        return self._read(States(jnp.ones(1), found, internal, energy), status, None)

    def _driven(self, start: WarmStart | None) -> ForcedResponse:
        problem, body, factors = self.problem, self.body, jnp.asarray(self.path.factors)
        prescribed = factors[:, None] * self.prescribed
        forces = self._on_points(factors[:, None, None] * self.forces / body.thickness)
        course = solve_load_history(problem, start, body.coordinates, self.parameters, prescribed, forces)
        force = body.thickness * self._at_nodes(course.force)
        states = States(factors, self._at_nodes(course.displacement), force, body.thickness * course.energy)
        return self._read(states, course.status, course.start)

    def _at_nodes(self, field: Array) -> Array:
        """Along x and y, `[increment, node, 2]`, of displacements or forces `[increment, point, 2]`."""
        return jax.vmap(self.problem.nodal)(field)

    def _followed(self) -> ForcedResponse:
        problem, body = self.problem, self.body
        load = ProportionalLoad(self.prescribed, self._on_points(self.forces / body.thickness))
        arcs = jnp.full(self.path.count, 1.0) * self.path.travel / self.path.count
        displacement, factor, status = follow_path(problem, body.coordinates, self.parameters, load, arcs)
        force, energy = internal_forces_and_energies(problem, body.coordinates, self.parameters, displacement)
        force, displacement = body.thickness * self._at_nodes(force), self._at_nodes(displacement)
        return self._read(States(factor, displacement, force, body.thickness * energy), status, None)

    def _read(self, states: States, status: Any, start: WarmStart | None) -> ForcedResponse:
        dead = states.factor[:, None, None] * self.forces
        holding = self.holding
        reaction = holding.held_part(states.internal - dead)
        reaction = reaction + holding.ground_forces(states.displacement)
        driving = jnp.where(holding.is_prescribed(holding.moved), reaction, 0.0)
        acting = dead + driving + self._followed_forces(states.factor, states.displacement)
        turns = isinstance(self.path, Cycle)
        return self.response_type(
            displacement=states.displacement,
            compliance=jnp.vdot(acting[-1], states.displacement[-1]),
            energy=states.energy,
            abscissa=travelled(states.factor) if turns else states.factor,
            status=status,
            start=start,
            force=acting,
            reaction=reaction,
            held=jnp.asarray(holding.marks),
            springs=holding.spring_ends,
        )

    response_type: type[ForcedResponse] = ForcedResponse


def total_forces(body: Loaded, actions: Sequence[Any]) -> Array:
    """`[node, 2]`, N, of all actions that are forces."""
    forces = jnp.zeros(body.coordinates.shape)
    for action in actions:
        if isinstance(action, AppliedForces):
            forces = forces + action.nodal_forces(body)
    return forces


def placed(actions: Sequence[Any]) -> list[tuple[Any, Sequence[float]]]:
    """Actions at points, and the points, mm."""
    return [(action, place) for action in actions if isinstance(action, AtPoints) for place in action.places]


def boundary_nodes(mesh: Any) -> NDArray[np.int64]:
    """Nodes on the edges of a mesh, pores included."""
    return np.unique(np.concatenate([np.ravel(part) for part in mesh.facets.values()]))


def _owner(action: Any, control: Any) -> Any | None:
    """The object whose field says where the action is; None for the load that is being made."""
    return None if action is control else action


def _is_inside(mesh: Any, point: Sequence[float], rim: NDArray[np.int64]) -> bool:
    """Whether a point is on no edge: one of the nodes that share it is not."""
    nodes, weights = where(mesh, point, None)
    return not np.isin(nodes[np.abs(weights) > jnp.finfo(float).eps ** 0.5], rim).all()
