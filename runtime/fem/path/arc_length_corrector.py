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

from metac.runtime.fem.equilibrium import linear_solve_callback as host
from metac.runtime.fem.equilibrium.newton import Setting
from metac.runtime.fem.equilibrium.problem import Extreme, Problem

ON_SPHERE = 1e-12
"""Relative error of |u − u₋|² that counts as none."""


class Load(NamedTuple):
    """What grows with the load factor."""

    prescribed: Array
    """`[fixed]`: displacements, mm, at load factor one."""
    forces: Array
    """Dead forces on the points per thickness, `[point, 2]`, N/mm, at load factor one."""


class Point(NamedTuple):
    """An unknown of the bordered system."""

    free: Array
    """`[free]`, mm."""
    factor: Array


class Arrival(NamedTuple):
    """Newton's method on its way to a sphere."""

    point: Point
    iteration: Array
    relative: Array
    linear_residual: Array
    determinant: Extreme
    converged: Array
    failed: Array
    handle: Array


class System:
    """Equilibrium on a sphere, for one design."""

    def __init__(self, problem: Problem, setting: Setting, load: Load) -> None:
        self.problem, self.setting, self.load = problem, setting, load
        areas = problem.mesh.node_areas
        self.weights = jnp.asarray((areas / areas.sum())[:, None])

    def field(self, point: Point) -> Array:
        """Displacements `[point, 2]`."""
        return self.problem.join(point.free, point.factor * self.load.prescribed)

    def inner(self, first: Array, second: Array) -> Array:
        """Mean over the area of the product of two fields, mm²."""
        return jnp.sum(self.weights * first * second)

    def out_of_balance(self, point: Point) -> Array:
        """`[point, 2]`, N/mm; at fixed degrees of freedom the reactions."""
        internal = self.problem.internal_force(self.setting.parameters, self.setting.shape, self.field(point))
        return internal - point.factor * self.load.forces

    def pull(self, point: Point) -> Array:
        """How the free forces out of balance change with the load factor alone, `[free]`."""
        still = jnp.zeros_like(point.free)
        change = jax.jvp(self.out_of_balance, (point,), (Point(still, jnp.ones(())),))[1]
        return self.problem.free(change)

    def stiffness(self, point: Point) -> Array:
        """Values of K."""
        return self.problem.stiffness(self.setting.parameters, self.setting.shape, self.field(point))

    def border(self, point: Point, origin: Array) -> Point:
        """Derivative of |u − u₋|²."""
        return jax.grad(lambda at: self.inner(self.field(at) - origin, self.field(at) - origin))(point)

    def solve(self, values: Array, right_side: Array, handle: Array) -> host.Solved:
        """With the factor at hand where it is that of these values, or close."""
        nothing = jnp.zeros((), dtype=bool)
        return host.solve(self.problem.assembly, values, right_side, handle, nothing, nothing, keep=False)


def arrive(system: System, start: Point, origin: Array, radius: Array, handle: Array) -> Arrival:
    """Newton's method for the equilibrium at a distance from `origin[point, 2]`."""
    problem, limits = system.problem, system.problem.settings

    def judge(point: Point, values: Array) -> tuple[Array, Array, Extreme]:
        """Whether it has arrived; the relative force out of balance; smallest det F."""
        forces = system.out_of_balance(point)
        outer = jnp.linalg.norm(point.factor * system.load.forces)
        reference = jnp.linalg.norm(forces + point.factor * system.load.forces) + outer
        error = jnp.linalg.norm(problem.free(forces))
        floor = 4 * np.finfo(float).eps * problem.size * jnp.abs(values[problem.assembly.matrix.diagonal]).max()
        offset = system.field(point) - origin
        on_sphere = jnp.abs(system.inner(offset, offset) - radius**2) <= ON_SPHERE * radius**2
        determinant = problem.smallest_determinant(system.setting.shape, system.field(point))
        return (error <= jnp.maximum(limits.tolerance * reference, floor)) & on_sphere, error / reference, determinant

    def step(state: Arrival) -> Arrival:
        point = state.point
        values = system.stiffness(point)
        residual, pull = problem.free(system.out_of_balance(point)), system.pull(point)
        border, offset = system.border(point, origin), system.field(point) - origin
        gap = system.inner(offset, offset) - radius**2
        still = system.solve(values, -residual, state.handle)
        moving = system.solve(values, -pull, still.handle)
        by = (-gap - jnp.vdot(border.free, still.x)) / (border.factor + jnp.vdot(border.free, moving.x))
        after = Point(point.free + still.x + by * moving.x, point.factor + by)
        arrived, relative, determinant = judge(after, values)
        sound = jnp.isfinite(after.free).all() & jnp.isfinite(after.factor) & (determinant.value > 0)
        return Arrival(
            point=after,
            iteration=state.iteration + 1,
            relative=relative,
            linear_residual=jnp.maximum(still.residual, moving.residual),
            determinant=determinant,
            converged=sound & arrived,
            failed=~sound | (~arrived & (state.iteration + 1 >= limits.maximum_iterations)),
            handle=moving.handle,
        )

    determinant = problem.smallest_determinant(system.setting.shape, system.field(start))
    nothing, zero = jnp.zeros((), dtype=bool), jnp.zeros(())
    upright = determinant.value > 0
    count = jnp.zeros((), dtype=np.int64)
    first = Arrival(start, count, jnp.asarray(jnp.inf), zero, determinant, nothing, ~upright, handle)
    return lax.while_loop(lambda state: ~(state.converged | state.failed), step, first)


def solve_transposed(system: System, point: Point, origin: Array, wanted: Point) -> tuple[Array, Array]:
    """The solution (μ, ν) of the transposed bordered system: Kμ + cν = the free part wanted, rᵀμ + dν = the other."""
    values, pull, border = system.stiffness(point), system.pull(point), system.border(point, origin)
    direct = system.solve(values, wanted.free, host.no_factor())
    across = system.solve(values, border.free, direct.handle)
    gap = (wanted.factor - jnp.vdot(pull, direct.x)) / (border.factor - jnp.vdot(pull, across.x))
    return direct.x - gap * across.x, gap
