"""Equilibrium at a given distance from a state, the load factor unknown: a bordered system.

    R(u, λ) = 0,    |u − u₋|² = Δs²

Newton's method solves both at once: two back-substitutions with one factor of K (Riks 1979; Crisfield 1981, his cylindrical
constraint, with the driven boundary among what moves).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jaxtyping import Float

from metac.runtime.fem.equilibrium import linear_solve_callback as callback
from metac.runtime.fem.equilibrium.equilibrium_data import ProblemData
from metac.runtime.fem.equilibrium.newton import Balance, rounding_floor
from metac.runtime.fem.equilibrium.problem import Extreme, Problem

ON_SPHERE = 1e-12
"""Relative error of |u − u₋|² that counts as none."""


class ProportionalLoad(NamedTuple):
    """What grows with the load factor."""

    prescribed: Float[Array, " fixed"]
    """`[fixed]`: displacements, mm, at load factor one."""
    forces: Float[Array, "point d"]
    """Dead forces on the points per thickness, `[point, d]`, N/mm, at load factor one."""


class PathPoint(NamedTuple):
    """An unknown of the bordered system."""

    free: Float[Array, " free"]
    """`[free]`, mm."""
    factor: Array


class CorrectorState(NamedTuple):
    """Newton's method on its way to a sphere."""

    point: PathPoint
    iteration: Array
    relative: Array
    linear_residual: Array
    determinant: Extreme
    converged: Array
    failed: Array
    handle: Array


class ArcLengthSystem:
    """Equilibrium on a sphere, for one design."""

    def __init__(self, problem: Problem, data: ProblemData, load: ProportionalLoad) -> None:
        self.problem, self.data, self.load = problem, data, load
        areas = problem.mesh.node_areas
        self.weights = jnp.asarray((areas / areas.sum())[:, None])

    def field(self, point: PathPoint) -> Float[Array, "point d"]:
        """Displacements `[point, d]`."""
        return self.problem.join(point.free, point.factor * self.load.prescribed)

    def inner(self, first: Float[Array, "point d"], second: Float[Array, "point d"]) -> Float[Array, ""]:
        """Mean over the area of the product of two fields `[point, 2]`, mm²."""
        return jnp.sum(self.weights * self.problem.nodal(first) * self.problem.nodal(second))

    def out_of_balance(self, point: PathPoint) -> Float[Array, "point d"]:
        """`[point, d]`, N/mm; at fixed degrees of freedom the reactions."""
        internal = self.problem.internal_force(self.data.parameters, self.data.shape, self.field(point))
        return internal - point.factor * self.load.forces

    def load_derivative(self, point: PathPoint) -> Array:
        """How the free forces out of balance change with the load factor alone, `[free]`."""
        still = jnp.zeros_like(point.free)
        change = jax.jvp(self.out_of_balance, (point,), (PathPoint(still, jnp.ones(())),))[1]
        return self.problem.free(change)

    def stiffness(self, point: PathPoint) -> Array:
        """Values of K."""
        return self.problem.stiffness(self.data.parameters, self.data.shape, self.field(point))

    def smallest_determinant(self, point: PathPoint) -> Extreme:
        """Smallest det F at quadrature points and nodes."""
        return self.problem.smallest_determinant(self.data.shape, self.field(point))

    def smallest_jacobian(self, point: PathPoint) -> Extreme:
        """Smallest Jacobian of the deformed against the unloaded elements, rims included, which the law does not see."""
        return self.problem.smallest_jacobian(self.data.coordinates, self.field(point))

    def border(self, point: PathPoint, origin: Array) -> PathPoint:
        """Derivative of |u − u₋|²."""
        return jax.grad(lambda at: self.inner(self.field(at) - origin, self.field(at) - origin))(point)

    def solve(self, values: Array, right_side: Array, handle: Array) -> callback.LinearSolution:
        """With the factor at hand where it is that of these values, or close."""
        nothing = jnp.zeros((), dtype=bool)
        return callback.solve(self.problem.assembly, values, right_side, handle, nothing, nothing, keep=False)


@dataclass(frozen=True)
class SphereCorrector:
    """Newton's method for the equilibrium at a distance from a point of the path; its methods are the pieces of the loop."""

    system: ArcLengthSystem
    origin: Float[Array, "point d"]
    """`[point, d]`, mm: displacements at the centre."""
    radius: Array
    """mm, root mean square over the area."""

    def solve(self, start: PathPoint, handle: Array) -> CorrectorState:
        """Iterate until the state is in balance on the sphere, or no step helps any more."""
        return lax.while_loop(lambda state: ~(state.converged | state.failed), self.step, self.initial_state(start, handle))

    def initial_state(self, start: PathPoint, handle: Array) -> CorrectorState:
        """Before the first iteration; `handle` names a factor of a matrix that may be close."""
        determinant = self.system.smallest_determinant(start)
        return CorrectorState(
            point=start,
            iteration=jnp.zeros((), dtype=np.int64),
            relative=jnp.asarray(jnp.inf),
            linear_residual=jnp.zeros(()),
            determinant=determinant,
            converged=jnp.zeros((), dtype=bool),
            failed=~(determinant.value > 0),
            handle=handle,
        )

    def step(self, state: CorrectorState) -> CorrectorState:
        """One bordered Newton step."""
        values = self.system.stiffness(state.point)
        after, linear_residual, handle = self.moved(state.point, values, state.handle)
        arrived, relative = self.judge(after, values)
        determinant = self.system.smallest_determinant(after)
        sound = jnp.isfinite(after.free).all() & jnp.isfinite(after.factor) & (determinant.value > 0)
        most_iterations = self.system.problem.settings.maximum_iterations
        return CorrectorState(
            point=after,
            iteration=state.iteration + 1,
            relative=relative,
            linear_residual=linear_residual,
            determinant=determinant,
            converged=sound & arrived,
            failed=~sound | (~arrived & (state.iteration + 1 >= most_iterations)),
            handle=handle,
        )

    def moved(self, point: PathPoint, values: Array, handle: Array) -> tuple[PathPoint, Array, Array]:
        """The point after a step, the larger relative residual of its two linear solves, and the handle of their factor."""
        system = self.system
        residual, load_derivative = system.problem.free(system.out_of_balance(point)), system.load_derivative(point)
        border = system.border(point, self.origin)
        still = system.solve(values, -residual, handle)
        moving = system.solve(values, -load_derivative, still.handle)
        by = (-self.gap(point) - jnp.vdot(border.free, still.x)) / (border.factor + jnp.vdot(border.free, moving.x))
        after = PathPoint(point.free + still.x + by * moving.x, point.factor + by)
        return after, jnp.maximum(still.residual, moving.residual), moving.handle

    def gap(self, point: PathPoint) -> Array:
        """|u − u₋|² − Δs², mm²."""
        offset = self.system.field(point) - self.origin
        return self.system.inner(offset, offset) - self.radius**2

    def judge(self, point: PathPoint, values: Array) -> tuple[Array, Array]:
        """Whether a point is in balance on the sphere, and its relative force out of balance."""
        system, problem = self.system, self.system.problem
        forces, outer = system.out_of_balance(point), point.factor * system.load.forces
        reference = jnp.linalg.norm(forces + outer) + jnp.linalg.norm(outer)
        balance = Balance(jnp.linalg.norm(problem.free(forces)), reference, rounding_floor(problem, values))
        on_sphere = jnp.abs(self.gap(point)) <= ON_SPHERE * self.radius**2
        return balance.within(problem.settings.tolerance) & on_sphere, balance.relative


def solve_transposed(system: ArcLengthSystem, point: PathPoint, origin: Array, wanted: PathPoint) -> tuple[Array, Array]:
    """The solution (μ, ν) of the transposed bordered system: Kμ + cν = the free part wanted, rᵀμ + dν = the other."""
    values, load_derivative, border = system.stiffness(point), system.load_derivative(point), system.border(point, origin)
    direct = system.solve(values, wanted.free, callback.no_factor())
    across = system.solve(values, border.free, direct.handle)
    gap = (wanted.factor - jnp.vdot(load_derivative, direct.x)) / (border.factor - jnp.vdot(load_derivative, across.x))
    return direct.x - gap * across.x, gap
