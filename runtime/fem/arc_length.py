"""Load paths followed by their length: through limit points of the load, snap-through and snap-back.

The load is proportional: prescribed displacements and dead forces both grow with one *load factor* λ, which is an unknown.
What is given is how far the body moves from one recorded state to the next, in root mean square over its area, Δs:

    R(u, λ) = 0,    |u − u₋|² = Δs²

(Riks 1979; Crisfield 1981, his cylindrical constraint, with the driven boundary among what moves). Newton's method solves
both at once, bordered: two back-substitutions with one factor of K. On the way from one state to the next, the path is
followed over spheres of growing radius around the last one, in smaller steps where Newton's method asks for them; as only
the last sphere defines the state, derivatives do not depend on those steps. They run backwards through the states, each by
its transposed bordered system, since where a state is depends on the one before. An equilibrium path is followed as it is,
stable or not.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from metac.runtime.fem import host
from metac.runtime.fem.critical import critical_point
from metac.runtime.fem.geometry import jacobian_ratio
from metac.runtime.fem.law import Parameters
from metac.runtime.fem.newton import Setting
from metac.runtime.fem.problem import Extreme, Problem, smallest
from metac.runtime.fem.status import LINEAR_TOLERANCE, Status
from metac.runtime.solvers.stability import UNKNOWN

ON_SPHERE = 1e-12
"""Relative error of |u − u₋|² that counts as none."""


class Load(NamedTuple):
    """What grows with the load factor."""

    prescribed: Array
    """`[fixed]`: displacements, mm, at load factor one."""
    forces: Array
    """Dead forces on the points per thickness, `[point, 2]`, N/mm, at load factor one."""


@partial(jax.jit, static_argnums=0)
def follow_path(
    problem: Problem, coordinates: Array, parameters: Parameters, load: Load, arcs: Array
) -> tuple[Array, Array, Status]:
    """Displacements `[increment, point, 2]`, mm, load factors `[increment]`, and how it went, from rest.

    `arcs[increment]`, mm, all positive, is how far the body moves in each increment (root mean square over its unloaded
    area). The load factor grows at first; afterwards the path goes on in the direction in which it came. Displacements and
    factors are NaN from the first increment on that found no equilibrium; nothing else is raised. Gradients with respect to
    coordinates `[node, 2]`, parameters, load and arcs are exact at the states found, and NaN where the path failed.

    Raises:
        ValueError: if nodes are tied.
    """
    if problem.ties is not None:
        raise ValueError("paths of tied nodes cannot be followed by arc length")
    parameters = tuple(jnp.asarray(value, dtype=float) for value in parameters)
    return _follow(problem, coordinates, parameters, Load(*map(jnp.asarray, load)), jnp.asarray(arcs, dtype=float))


class _Point(NamedTuple):
    """An unknown of the bordered system."""

    free: Array
    """`[free]`, mm."""
    factor: Array


class _Progress(NamedTuple):
    """The way from one recorded state to the next."""

    point: _Point
    radius: Array
    """Distance from the last recorded state, mm."""
    part: Array
    """The next step, as a part of the arc."""
    failed: Array
    iterations: Array
    relative: Array
    cutbacks: Array
    linear_residual: Array
    determinant: Extreme
    handle: Array


class _Newton(NamedTuple):
    point: _Point
    iteration: Array
    relative: Array
    linear_residual: Array
    determinant: Extreme
    converged: Array
    failed: Array
    handle: Array


class _System:
    """Equilibrium on a sphere, for one design."""

    def __init__(self, problem: Problem, setting: Setting, load: Load) -> None:
        self.problem, self.setting, self.load = problem, setting, load
        areas = problem.mesh.node_areas
        self.weights = jnp.asarray((areas / areas.sum())[:, None])

    def field(self, point: _Point) -> Array:
        """Displacements `[point, 2]`."""
        return self.problem.join(point.free, point.factor * self.load.prescribed)

    def inner(self, first: Array, second: Array) -> Array:
        """Mean over the area of the product of two fields, mm²."""
        return jnp.sum(self.weights * first * second)

    def out_of_balance(self, point: _Point) -> Array:
        """`[point, 2]`, N/mm; at fixed degrees of freedom the reactions."""
        internal = self.problem.internal_force(self.setting.parameters, self.setting.shape, self.field(point))
        return internal - point.factor * self.load.forces

    def pull(self, point: _Point) -> Array:
        """How the free forces out of balance change with the load factor alone, `[free]`."""
        still = jnp.zeros_like(point.free)
        change = jax.jvp(self.out_of_balance, (point,), (_Point(still, jnp.ones(())),))[1]
        return self.problem.free(change)

    def stiffness(self, point: _Point) -> Array:
        """Values of K."""
        return self.problem.stiffness(self.setting.parameters, self.setting.shape, self.field(point))

    def border(self, point: _Point, origin: Array) -> _Point:
        """Derivative of |u − u₋|²."""
        return jax.grad(lambda at: self.inner(self.field(at) - origin, self.field(at) - origin))(point)

    def solve(self, values: Array, right_side: Array, handle: Array) -> host.Solved:
        """With the factor at hand where it is that of these values, or close."""
        nothing = jnp.zeros((), dtype=bool)
        return host.solve(self.problem.assembly, values, right_side, handle, nothing, nothing, keep=False)


def _correct(system: _System, start: _Point, origin: Array, radius: Array, handle: Array) -> _Newton:
    """Newton's method for the equilibrium at a distance from `origin[point, 2]`."""
    problem, limits = system.problem, system.problem.settings

    def judge(point: _Point, values: Array) -> tuple[Array, Array, Extreme]:
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

    def step(state: _Newton) -> _Newton:
        point = state.point
        values = system.stiffness(point)
        residual, pull = problem.free(system.out_of_balance(point)), system.pull(point)
        border, offset = system.border(point, origin), system.field(point) - origin
        gap = system.inner(offset, offset) - radius**2
        still = system.solve(values, -residual, state.handle)
        moving = system.solve(values, -pull, still.handle)
        by = (-gap - jnp.vdot(border.free, still.x)) / (border.factor + jnp.vdot(border.free, moving.x))
        after = _Point(point.free + still.x + by * moving.x, point.factor + by)
        arrived, relative, determinant = judge(after, values)
        sound = jnp.isfinite(after.free).all() & jnp.isfinite(after.factor) & (determinant.value > 0)
        return _Newton(
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
    first = _Newton(start, count, jnp.asarray(jnp.inf), zero, determinant, nothing, ~upright, handle)
    return lax.while_loop(lambda state: ~(state.converged | state.failed), step, first)


def _advance(system: _System, start: _Point, came: Array, arc: Array, handle: Array) -> _Progress:
    """From one recorded state to the next; `came[point, 2]` is the way from the one before, zero at rest."""
    problem, limits, origin = system.problem, system.problem.settings, system.field(start)

    def step(progress: _Progress) -> _Progress:
        point, radius = progress.point, jnp.minimum(progress.radius + progress.part * arc, arc)
        moving = system.solve(system.stiffness(point), -system.pull(point), progress.handle)
        tangent, offset = problem.join(moving.x, system.load.prescribed), system.field(point) - origin
        onwards = system.inner(jnp.where(progress.radius > 0, offset, came), tangent)
        tangent_sign = jnp.where(onwards < 0, -1.0, 1.0)
        # To where the tangent leaves the next sphere.
        square, along = system.inner(tangent, tangent), tangent_sign * system.inner(offset, tangent)
        gain = radius**2 - progress.radius**2
        by = tangent_sign * gain / (along + jnp.sqrt(along**2 + square * gain))
        predicted = _Point(point.free + by * moving.x, point.factor + by)
        found = _correct(system, predicted, origin, radius, moving.handle)
        determinant = lax.cond(found.converged, lambda: _rim(system, found.point), lambda: found.determinant)
        moved = system.field(found.point) - origin
        # Not back to where it came from.
        goes_on = system.inner(moved, jnp.where(progress.radius > 0, offset, came)) >= 0
        good = found.converged & (determinant.value > 0) & goes_on
        cutbacks, before = progress.cutbacks + ~good, progress.linear_residual
        return _Progress(
            point=jax.tree.map(lambda new, old: jnp.where(good, new, old), found.point, point),
            radius=jnp.where(good, radius, progress.radius),
            part=jnp.where(good, 2 * progress.part, progress.part / 2),
            failed=cutbacks > limits.maximum_cutbacks,
            iterations=progress.iterations + found.iteration,
            relative=found.relative,
            cutbacks=cutbacks,
            linear_residual=jnp.where(good, jnp.maximum(before, found.linear_residual), before),
            determinant=determinant,
            handle=found.handle,
        )

    zero, count = jnp.zeros(()), jnp.zeros((), dtype=np.int64)
    nothing = jnp.zeros((), dtype=bool)
    upright = Extreme(jnp.ones(()), count)
    first = _Progress(start, zero, jnp.ones(()), nothing, count, zero, count, zero, upright, handle)
    return lax.while_loop(lambda progress: ~progress.failed & (progress.radius < arc), step, first)


def _rim(system: _System, point: _Point) -> Extreme:
    """Smallest Jacobian of the deformed against the unloaded elements, rims included, which the law does not see."""
    coordinates = system.setting.coordinates
    moved = coordinates + system.problem.nodal(system.field(point))
    return smallest(jacobian_ratio(system.problem.mesh, moved, coordinates))


class _Carry(NamedTuple):
    point: _Point
    came: Array
    good: Array
    handle: Array
    mode: Array


def _march(
    problem: Problem, coordinates: Array, parameters: Parameters, load: Load, arcs: Array
) -> tuple[_Point, Array, Status]:
    """The recorded states, their displacements, and how it went."""
    setting = Setting(coordinates, problem.geometry(coordinates), parameters)
    system = _System(problem, setting, load)
    ratio = smallest(jacobian_ratio(problem.mesh, coordinates))
    inputs = jax.tree.leaves((coordinates, parameters, load, arcs))
    is_finite = jnp.stack([jnp.isfinite(leaf).all() for leaf in inputs]).all()
    zero, count, nothing = jnp.zeros(()), jnp.zeros((), dtype=np.int64), jnp.zeros((), dtype=bool)
    unknown = jnp.asarray(jnp.nan)

    def advance(carry: _Carry, arc: Array) -> tuple[_Carry, tuple[_Point, Array, _Progress, host.Examined]]:
        def solve() -> tuple[_Progress, host.Examined]:
            progress = _advance(system, carry.point, carry.came, arc, carry.handle)
            values = system.stiffness(progress.point)
            return progress, host.examine(problem.assembly, values, carry.mode, progress.handle, nothing, keep=False)

        def skip() -> tuple[_Progress, host.Examined]:
            worst = Extreme(unknown, count)
            progress = _Progress(carry.point, zero, zero, ~nothing, count, unknown, count, zero, worst, carry.handle)
            return progress, host.Examined(count + UNKNOWN, unknown, carry.mode, carry.handle, nothing)

        progress, examined = lax.cond(carry.good, solve, skip)
        good = carry.good & ~progress.failed
        field = system.field(progress.point)
        came = field - system.field(carry.point)
        after = _Carry(progress.point, came, good, examined.handle, examined.mode)
        shown = jax.tree.map(lambda leaf: jnp.where(good, leaf, jnp.nan), (progress.point, field))
        return after, (*shown, progress, examined)

    rest = _Point(jnp.zeros(len(problem.assembly.free)), zero)
    mode = jnp.zeros(len(problem.assembly.free))
    sound = is_finite & (ratio.value > 0) & (arcs > 0).all()
    carry = _Carry(rest, system.field(rest), sound, host.no_factor(), mode)
    _, (points, displacement, progress, examined) = lax.scan(advance, carry, arcs)
    good = ~progress.failed
    lowest = jnp.where(good, examined.lowest, jnp.nan)
    status = Status(
        converged=good,
        iterations=progress.iterations,
        residual=progress.relative,
        cutbacks=jnp.minimum(progress.cutbacks, problem.settings.maximum_cutbacks),
        linear_residual=progress.linear_residual,
        smallest_determinant=progress.determinant.value,
        smallest_determinant_element=progress.determinant.element,
        reference_jacobian=ratio.value,
        reference_jacobian_element=ratio.element,
        not_finite=~is_finite,
        negative_eigenvalues=jnp.where(good, examined.negative, UNKNOWN),
        lowest_eigenvalue=lowest,
        critical_point=critical_point(jnp.where(good & (examined.negative > 0), 1.0, jnp.nan), lowest),
        switched=jnp.zeros(len(arcs), dtype=bool),
        warm=nothing,
    )
    return points, displacement, status


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def _follow(
    problem: Problem, coordinates: Array, parameters: Parameters, load: Load, arcs: Array
) -> tuple[Array, Array, Status]:
    points, displacement, status = _march(problem, coordinates, parameters, load, arcs)
    return displacement, points.factor, status


def _forward(problem: Problem, coordinates: Array, parameters: Parameters, load: Load, arcs: Array):
    points, displacement, status = _march(problem, coordinates, parameters, load, arcs)
    good = status.converged & (status.linear_residual <= LINEAR_TOLERANCE)
    return (displacement, points.factor, status), (coordinates, parameters, load, arcs, points, good)


def _backward(problem: Problem, saved, cotangents):
    coordinates, parameters, load, arcs, points, good = saved
    here = _System(problem, Setting(coordinates, problem.geometry(coordinates), parameters), load)
    rest = jax.tree.map(lambda leaf: jnp.zeros_like(leaf[:1]), points)
    before = jax.tree.map(lambda first, leaf: jnp.concatenate([first, leaf[:-1]]), rest, points)

    def conditions(point: _Point, before: _Point, coordinates: Array, parameters: Parameters, load: Load, arc: Array):
        """What vanishes at a recorded state."""
        system = _System(problem, Setting(coordinates, problem.geometry(coordinates), parameters), load)
        offset = system.field(point) - system.field(before)
        return problem.free(system.out_of_balance(point)), system.inner(offset, offset) - arc**2

    def reverse(carry, increment):
        sums, later = carry
        point, origin, arc, is_good, field_cotangent, factor_cotangent = increment

        def shown(point: _Point, load: Load) -> Array:
            return _System(problem, here.setting, load).field(point)

        by_point, by_load = jax.vjp(shown, point, load)[1](field_cotangent)
        wanted = _Point(by_point.free + later.free, by_point.factor + later.factor + factor_cotangent)
        adjoint, gap = _transposed(here, point, here.field(origin), wanted)
        inputs = (point, origin, coordinates, parameters, load, arc)
        found, to_before, *direct, by_arc = jax.vjp(conditions, *inputs)[1]((adjoint, gap))
        poison = jnp.where(is_good & (_distance(found, wanted) <= LINEAR_TOLERANCE), 0.0, jnp.nan)
        sums = jax.tree.map(lambda total, change: total - change + poison, sums, tuple(direct))
        sums = (*sums[:2], jax.tree.map(jnp.add, sums[2], by_load))
        return (sums, jax.tree.map(jnp.negative, to_before)), -by_arc + poison

    zeros = jax.tree.map(jnp.zeros_like, (coordinates, parameters, load))
    carry = (zeros, jax.tree.map(lambda leaf: jnp.zeros_like(leaf[0]), points))
    increments = (points, before, arcs, good, *cotangents[:2])
    (sums, _), by_arcs = lax.scan(reverse, carry, increments, reverse=True)
    return (*sums, by_arcs)


def _transposed(system: _System, point: _Point, origin: Array, wanted: _Point) -> tuple[Array, Array]:
    """The solution (μ, ν) of the transposed bordered system: Kμ + cν = the free part wanted, rᵀμ + dν = the other."""
    values, pull, border = system.stiffness(point), system.pull(point), system.border(point, origin)
    direct = system.solve(values, wanted.free, host.no_factor())
    across = system.solve(values, border.free, direct.handle)
    gap = (wanted.factor - jnp.vdot(pull, direct.x)) / (border.factor - jnp.vdot(pull, across.x))
    return direct.x - gap * across.x, gap


def _distance(found: _Point, wanted: _Point) -> Array:
    """Relative, over both parts; zero where nothing was wanted."""
    error = jnp.sum((found.free - wanted.free) ** 2) + (found.factor - wanted.factor) ** 2
    size = jnp.sum(wanted.free**2) + wanted.factor**2
    return jnp.where(size > 0, jnp.sqrt(error / jnp.where(size > 0, size, 1.0)), 0.0)


_follow.defvjp(_forward, _backward)
