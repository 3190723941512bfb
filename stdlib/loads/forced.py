"""Dead forces at points of a body that supports hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.load import Remark
from metac.compiler.interfaces.support import PointSupport
from metac.runtime.fem.equilibrium.linear import Linearised, linear_equilibrium
from metac.runtime.fem.equilibrium.problem import Problem, make_problem
from metac.runtime.fem.linear_status import LinearMeshStatus
from metac.runtime.fem.path.arc_length import ProportionalLoad, follow_path
from metac.runtime.fem.path.load_history import internal_forces_and_energies, solve_load_history
from metac.runtime.fem.path.warm_start import WarmStart, cold_start
from metac.runtime.grid.statics import HeldGrid, compliance
from metac.runtime.grid.status import LinearStatus
from metac.runtime.mesh.quality import jacobian_ratio
from metac.stdlib.loads.responses import ForcedResponse, travelled
from metac.stdlib.paths.arc_length import ArcLength
from metac.stdlib.paths.increments import Cycle
from metac.stdlib.paths.linear import Linear
from metac.stdlib.supports.held import NoSuchNode, node_at

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from metac.runtime.report.frame_input import AppliedLoad
    from metac.stdlib.boundaries.supported import Supported
    from metac.stdlib.controls.point_forces import PointForces

RIGID_MOTIONS = 3


class ForcedTest:
    """`body` has `mesh`, `coordinates[node, 2]`, `material`, `thickness` and `domain`.

    Raises:
        FieldError: on `control`, where no node is at the point of a force; on `boundary`, where none is at a support or the
            body is not held; on `path`.
    """

    def __init__(self, body: Any, boundary: Supported, control: PointForces, path: Any) -> None:
        self.body, self.control, self.path = body, control, path
        self.supports = boundary.supports
        self.held = held_degrees(body.mesh, boundary.supports)
        try:
            self.nodes = [node_at(body.mesh, point) for point in control.at]
        except NoSuchNode as problem:
            raise FieldError("at", str(problem), help="forces act on corners of elements") from None

    @property
    def remarks(self) -> Sequence[Remark]:
        """Points of forces and supports that lie inside the body: a mistake in its size or orientation looks like that."""
        mesh = self.body.mesh
        rim = boundary_nodes(mesh)
        points = [point for each in self.supports if isinstance(each, PointSupport) for point in each.places]
        held = [(point, "supports", "support") for point in points]
        given = [(point, "at", "force") for point in self.control.at] + held
        return [
            Remark(
                field,
                f"the {what} at ({point[0]:.6g}, {point[1]:.6g}) mm lies inside the body, not on its edge",
                f"the body fills {mesh.domain.width:.6g} by {mesh.domain.height:.6g} mm: look at its size and orientation",
            )
            for point, field, what in given
            if node_at(mesh, point) not in rim
        ]

    @cached_property
    def problem(self) -> Problem:
        """Mesh, law and held degrees of freedom."""
        return make_problem(self.body.mesh, self.held.astype(np.int32), self.body.material.functions)

    @property
    def parameters(self) -> tuple[Array, ...]:
        """Of the body's law."""
        return tuple(jnp.asarray(value, dtype=float) for value in self.body.material.parameters)

    @property
    def forces(self) -> Array:
        """`[node, 2]`, N, at load factor 1."""
        forces = jnp.zeros(self.body.mesh.nodes.shape)
        for node, force in zip(self.nodes, self.control.forces, strict=True):
            forces = forces.at[node].add(jnp.stack([jnp.asarray(part, float) for part in force]))
        return forces

    def applied_loads(self, name: str) -> list[AppliedLoad]:
        """Supports and forces at load factor 1, of concrete values."""
        from metac.runtime.report.frame_input import AppliedLoad

        prescribed = np.full((len(self.body.mesh.nodes), 2), np.nan)
        prescribed.reshape(-1)[self.held] = 0.0
        return [AppliedLoad(name, prescribed, np.asarray(self.forces))]

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
        body, problem, forces = self.body, self.problem, self.forces
        at_rest = Linearised(problem, body.coordinates, self.parameters)
        prescribed = jnp.zeros((1, len(problem.assembly.fixed)))
        found, residual = linear_equilibrium(at_rest, prescribed, forces[None] / body.thickness)
        work = jnp.vdot(forces, found[0])
        finite = jnp.isfinite(found).all()
        status = LinearMeshStatus.of(residual, finite, jacobian_ratio(body.mesh, body.coordinates))
        return ForcedResponse(
            displacement=found,
            compliance=work,
            energy=work[None] / 2,
            abscissa=jnp.ones(1),
            status=status,
            force=forces[None],
        )

    def _driven(self, start: WarmStart | None) -> ForcedResponse:
        problem, body, factors = self.problem, self.body, jnp.asarray(self.path.factors)
        nothing = jnp.zeros((len(factors), len(problem.assembly.fixed)))
        forces = factors[:, None, None] * self.forces / body.thickness
        course = solve_load_history(problem, start, body.coordinates, self.parameters, nothing, forces)
        turns = isinstance(self.path, Cycle)
        abscissa = travelled(factors) if turns else factors
        return self._read(course.displacement, course.energy, factors, abscissa, course.status, course.start)

    def _followed(self) -> ForcedResponse:
        problem, body = self.problem, self.body
        load = ProportionalLoad(jnp.zeros(len(problem.assembly.fixed)), self.forces / body.thickness)
        arcs = jnp.full(self.path.count, 1.0) * self.path.travel / self.path.count
        displacement, factor, status = follow_path(problem, body.coordinates, self.parameters, load, arcs)
        energy = internal_forces_and_energies(problem, body.coordinates, self.parameters, displacement)[1]
        return self._read(displacement, energy, factor, factor, status, None)

    def _read(
        self, displacement: Array, energy: Array, factors: Array, abscissa: Array, status: Any, start: WarmStart | None
    ) -> ForcedResponse:
        work = jnp.vdot(self.forces, displacement[-1])
        energy = self.body.thickness * energy
        return ForcedResponse(
            displacement=displacement,
            compliance=work,
            energy=energy,
            abscissa=abscissa,
            status=status,
            start=start,
            force=factors[:, None, None] * self.forces,
        )


@jax.tree_util.register_dataclass
@dataclass(frozen=True, kw_only=True)
class ForcedPixelsResponse(ForcedResponse):
    """Of pixels, for small displacements."""

    def figure(self, title: str, body: Any) -> Figure:
        """The density on the displaced grid, displacements magnified, of a concrete response."""
        from metac.runtime.report.grid_plots import draw_displaced

        shape = (body.order * body.rows + 1, body.order * body.columns + 1, 2)
        corners, moved = (
            np.asarray(each).reshape(shape)[:: body.order, :: body.order] for each in (body.mesh.nodes, self.displacement[0])
        )
        force = None if self.force is None else np.asarray(self.force[0]).reshape(shape)[:: body.order, :: body.order]
        return draw_displaced(np.asarray(body.density), corners, moved, title, force)


class ForcedPixelsTest(ForcedTest):
    """`body` has `density[row, column]`, `rows`, `columns`, `width`, `height`, `order` and `stiffness` too."""

    def _linear(self) -> ForcedResponse:
        """By the stiffnesses of the pixels; the problem is self-adjoint, so that derivatives need no further solve."""
        body = self.body
        grid = HeldGrid(body.rows, body.columns, body.width, body.height, body.order, tuple(self.held.tolist()))
        forces = self.forces.reshape(-1)
        work, found, residual = compliance(grid, body.thickness * body.stiffness, forces)
        density, finite = body.density, jnp.isfinite(found).all()
        status = LinearStatus(residual[None], finite, density.min(), density.max(), subject="the body")
        return ForcedPixelsResponse(
            displacement=found.reshape(1, *body.mesh.nodes.shape),
            compliance=work,
            energy=work[None] / 2,
            abscissa=jnp.ones(1),
            status=status,
            force=self.forces[None],
        )


def boundary_nodes(mesh: Any) -> NDArray[np.int64]:
    """Nodes on the edges of a mesh, pores included."""
    return np.unique(np.concatenate([np.ravel(part) for part in mesh.facets.values()]))


def held_degrees(mesh: Any, supports: Sequence[Any]) -> NDArray[np.int64]:
    """Degrees of freedom `2 node + component` that supports hold.

    Raises:
        FieldError: on `supports`, where no node is at one, or the body can still move or turn.
    """
    try:
        held = np.unique(np.concatenate([support.degrees(mesh) for support in supports]))
    except NoSuchNode as problem:
        raise FieldError("supports", str(problem), help="supports hold corners of elements") from None
    x, y = mesh.nodes.T / max(mesh.domain.width, mesh.domain.height)
    motions = np.stack([np.stack([1 + 0 * x, 0 * x], 1), np.stack([0 * x, 1 + 0 * x], 1), np.stack([-y, x], 1)], axis=-1)
    if np.linalg.matrix_rank(motions.reshape(-1, RIGID_MOTIONS)[held], tol=1e-9) < RIGID_MOTIONS:
        raise FieldError(
            "supports",
            "the body can move or turn without resistance",
            help="hold an edge, or one point and another across: three directions at least",
        )
    return held
