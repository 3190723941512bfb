"""Equilibrium at a given distance from a state, the load factor unknown: a bordered system.

    R(u, λ) = 0,    |u − u₋|² = Δs²

Newton's method solves both at once: two back-substitutions with one factor of K (Riks 1979; Crisfield 1981, his cylindrical
constraint, with the driven boundary among what moves).
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from metac.runtime.fem.equilibrium import linear_solve_callback as callback
from metac.runtime.fem.equilibrium.newton import ProblemData
from metac.runtime.fem.equilibrium.problem import Extreme, Problem

ON_SPHERE = 1e-12
"""Relative error of |u − u₋|² that counts as none."""


class ProportionalLoad(NamedTuple):
    """What grows with the load factor."""

    prescribed: Array
    """`[fixed]`: displacements, mm, at load factor one."""
    forces: Array
    """Dead forces on the points per thickness, `[point, d]`, N/mm, at load factor one."""


class PathPoint(NamedTuple):
    """An unknown of the bordered system."""

    free: Array
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

    def field(self, point: PathPoint) -> Array:
        """Displacements `[point, d]`."""
        return self.problem.join(point.free, point.factor * self.load.prescribed)

    def inner(self, first: Array, second: Array) -> Array:
        """Mean over the area of the product of two fields `[point, 2]`, mm²."""
        return jnp.sum(self.weights * self.problem.nodal(first) * self.problem.nodal(second))

    def out_of_balance(self, point: PathPoint) -> Array:
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

    def border(self, point: PathPoint, origin: Array) -> PathPoint:
        """Derivative of |u − u₋|²."""
        return jax.grad(lambda at: self.inner(self.field(at) - origin, self.field(at) - origin))(point)

    def solve(self, values: Array, right_side: Array, handle: Array) -> callback.LinearSolution:
        """With the factor at hand where it is that of these values, or close."""
        nothing = jnp.zeros((), dtype=bool)
        return callback.solve(self.problem.assembly, values, right_side, handle, nothing, nothing, keep=False)


def correct_onto_sphere(
    system: ArcLengthSystem, start: PathPoint, origin: Array, radius: Array, handle: Array
) -> CorrectorState:
    """Newton's method for the equilibrium at a distance from `origin[point, d]`."""
    problem, limits = system.problem, system.problem.settings

    def judge(point: PathPoint, values: Array) -> tuple[Array, Array, Extreme]:
        """Whether it has arrived; the relative force out of balance; smallest det F."""
        forces = system.out_of_balance(point)
        outer = jnp.linalg.norm(point.factor * system.load.forces)
        reference = jnp.linalg.norm(forces + point.factor * system.load.forces) + outer
        error = jnp.linalg.norm(problem.free(forces))
        floor = 4 * np.finfo(float).eps * problem.size * jnp.abs(values[problem.assembly.matrix.diagonal]).max()
        offset = system.field(point) - origin
        on_sphere = jnp.abs(system.inner(offset, offset) - radius**2) <= ON_SPHERE * radius**2
        determinant = problem.smallest_determinant(system.data.shape, system.field(point))
        return (error <= jnp.maximum(limits.tolerance * reference, floor)) & on_sphere, error / reference, determinant

    def step(state: CorrectorState) -> CorrectorState:
        point = state.point
        values = system.stiffness(point)
        residual, load_derivative = problem.free(system.out_of_balance(point)), system.load_derivative(point)
        border, offset = system.border(point, origin), system.field(point) - origin
        gap = system.inner(offset, offset) - radius**2
        still = system.solve(values, -residual, state.handle)
        moving = system.solve(values, -load_derivative, still.handle)
        by = (-gap - jnp.vdot(border.free, still.x)) / (border.factor + jnp.vdot(border.free, moving.x))
        after = PathPoint(point.free + still.x + by * moving.x, point.factor + by)
        arrived, relative, determinant = judge(after, values)
        sound = jnp.isfinite(after.free).all() & jnp.isfinite(after.factor) & (determinant.value > 0)
        return CorrectorState(
            point=after,
            iteration=state.iteration + 1,
            relative=relative,
            linear_residual=jnp.maximum(still.residual, moving.residual),
            determinant=determinant,
            converged=sound & arrived,
            failed=~sound | (~arrived & (state.iteration + 1 >= limits.maximum_iterations)),
            handle=moving.handle,
        )

    determinant = problem.smallest_determinant(system.data.shape, system.field(start))
    nothing, zero = jnp.zeros((), dtype=bool), jnp.zeros(())
    upright = determinant.value > 0
    count = jnp.zeros((), dtype=np.int64)
    first = CorrectorState(start, count, jnp.asarray(jnp.inf), zero, determinant, nothing, ~upright, handle)
    return lax.while_loop(lambda state: ~(state.converged | state.failed), step, first)


def solve_transposed(system: ArcLengthSystem, point: PathPoint, origin: Array, wanted: PathPoint) -> tuple[Array, Array]:
    """The solution (μ, ν) of the transposed bordered system: Kμ + cν = the free part wanted, rᵀμ + dν = the other."""
    values, load_derivative, border = system.stiffness(point), system.load_derivative(point), system.border(point, origin)
    direct = system.solve(values, wanted.free, callback.no_factor())
    across = system.solve(values, border.free, direct.handle)
    gap = (wanted.factor - jnp.vdot(load_derivative, direct.x)) / (border.factor - jnp.vdot(load_derivative, across.x))
    return direct.x - gap * across.x, gap
