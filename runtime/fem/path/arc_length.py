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

from metac.runtime.fem.constitutive_law import HistoryDependentLaw, Parameters
from metac.runtime.fem.equilibrium import linear_solve_callback as callback
from metac.runtime.fem.equilibrium.newton import ProblemData
from metac.runtime.fem.equilibrium.problem import Extreme, Problem, smallest
from metac.runtime.fem.path.arc_length_corrector import (
    ArcLengthSystem,
    PathPoint,
    ProportionalLoad,
    correct_onto_sphere,
    solve_transposed,
)
from metac.runtime.fem.path.critical_point import critical_point
from metac.runtime.fem.status import LINEAR_TOLERANCE, Status
from metac.runtime.linear_solvers.stability import UNKNOWN
from metac.runtime.mesh.quality import jacobian_ratio


@partial(jax.jit, static_argnums=0)
def follow_path(
    problem: Problem, coordinates: Array, parameters: Parameters, load: ProportionalLoad, arcs: Array
) -> tuple[Array, Array, Status]:
    """Displacements `[increment, point, d]`, mm, load factors `[increment]`, and how it went, from rest.

    `arcs[increment]`, mm, all positive, is how far the body moves in each increment (root mean square over its unloaded
    area). The load factor grows at first; afterwards the path continues in the direction in which it came. Displacements and
    factors are NaN from the first increment on that found no equilibrium; nothing else is raised. Gradients with respect to
    coordinates `[node, d]`, parameters, load and arcs are exact at the states found, and NaN where the path failed.

    Raises:
        ValueError: for a law whose answer depends on how a state was reached.
    """
    if isinstance(problem.functions, HistoryDependentLaw):
        raise ValueError("paths of bodies with internal variables cannot be followed by arc length")
    parameters = tuple(jnp.asarray(value, dtype=float) for value in parameters)
    return _follow(
        problem, coordinates, parameters, ProportionalLoad(*map(jnp.asarray, load)), jnp.asarray(arcs, dtype=float)
    )


class _ArcProgress(NamedTuple):
    """The way from one recorded state to the next."""

    point: PathPoint
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


def _advance(system: ArcLengthSystem, start: PathPoint, came: Array, arc: Array, handle: Array) -> _ArcProgress:
    """From one recorded state to the next; `came[point, d]` is the way from the one before, zero at rest."""
    problem, limits, origin = system.problem, system.problem.settings, system.field(start)

    def step(progress: _ArcProgress) -> _ArcProgress:
        point, radius = progress.point, jnp.minimum(progress.radius + progress.part * arc, arc)
        moving = system.solve(system.stiffness(point), -system.load_derivative(point), progress.handle)
        tangent, offset = problem.join(moving.x, system.load.prescribed), system.field(point) - origin
        onwards = system.inner(jnp.where(progress.radius > 0, offset, came), tangent)
        tangent_sign = jnp.where(onwards < 0, -1.0, 1.0)
        # To where the tangent leaves the next sphere.
        square, along = system.inner(tangent, tangent), tangent_sign * system.inner(offset, tangent)
        gain = radius**2 - progress.radius**2
        by = tangent_sign * gain / (along + jnp.sqrt(along**2 + square * gain))
        predicted = PathPoint(point.free + by * moving.x, point.factor + by)
        found = correct_onto_sphere(system, predicted, origin, radius, moving.handle)
        determinant = lax.cond(found.converged, lambda: _rim(system, found.point), lambda: found.determinant)
        moved = system.field(found.point) - origin
        # Not back to where it came from.
        goes_on = system.inner(moved, jnp.where(progress.radius > 0, offset, came)) >= 0
        good = found.converged & (determinant.value > 0) & goes_on
        cutbacks, before = progress.cutbacks + ~good, progress.linear_residual
        return _ArcProgress(
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
    first = _ArcProgress(start, zero, jnp.ones(()), nothing, count, zero, count, zero, upright, handle)
    return lax.while_loop(lambda progress: ~progress.failed & (progress.radius < arc), step, first)


def _rim(system: ArcLengthSystem, point: PathPoint) -> Extreme:
    """Smallest Jacobian of the deformed against the unloaded elements, rims included, which the law does not see."""
    return system.problem.smallest_jacobian(system.data.coordinates, system.field(point))


class _ArcCarry(NamedTuple):
    point: PathPoint
    came: Array
    good: Array
    handle: Array
    mode: Array


def _follow_increments(
    problem: Problem, coordinates: Array, parameters: Parameters, load: ProportionalLoad, arcs: Array
) -> tuple[PathPoint, Array, Status]:
    """The recorded states, their displacements, and how it went."""
    data = ProblemData(coordinates, problem.geometry(coordinates), parameters)
    system = ArcLengthSystem(problem, data, load)
    ratio = smallest(jacobian_ratio(problem.mesh, coordinates))
    inputs = jax.tree.leaves((coordinates, parameters, load, arcs))
    is_finite = jnp.stack([jnp.isfinite(leaf).all() for leaf in inputs]).all()
    zero, count, nothing = jnp.zeros(()), jnp.zeros((), dtype=np.int64), jnp.zeros((), dtype=bool)
    unknown = jnp.asarray(jnp.nan)

    def advance(carry: _ArcCarry, arc: Array) -> tuple[_ArcCarry, tuple[PathPoint, Array, _ArcProgress, callback.Stability]]:
        def solve() -> tuple[_ArcProgress, callback.Stability]:
            progress = _advance(system, carry.point, carry.came, arc, carry.handle)
            values = system.stiffness(progress.point)
            return progress, callback.examine(problem.assembly, values, carry.mode, progress.handle, nothing, keep=False)

        def skip() -> tuple[_ArcProgress, callback.Stability]:
            worst = Extreme(unknown, count)
            progress = _ArcProgress(carry.point, zero, zero, ~nothing, count, unknown, count, zero, worst, carry.handle)
            return progress, callback.Stability(count + UNKNOWN, unknown, carry.mode, carry.handle, nothing)

        progress, examined = lax.cond(carry.good, solve, skip)
        good = carry.good & ~progress.failed
        field = system.field(progress.point)
        came = field - system.field(carry.point)
        after = _ArcCarry(progress.point, came, good, examined.handle, examined.mode)
        shown = jax.tree.map(lambda leaf: jnp.where(good, leaf, jnp.nan), (progress.point, field))
        return after, (*shown, progress, examined)

    rest = PathPoint(jnp.zeros(len(problem.assembly.free)), zero)
    mode = jnp.zeros(len(problem.assembly.free))
    sound = is_finite & (ratio.value > 0) & (arcs > 0).all()
    carry = _ArcCarry(rest, system.field(rest), sound, callback.no_factor(), mode)
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
    problem: Problem, coordinates: Array, parameters: Parameters, load: ProportionalLoad, arcs: Array
) -> tuple[Array, Array, Status]:
    points, displacement, status = _follow_increments(problem, coordinates, parameters, load, arcs)
    return displacement, points.factor, status


def _forward(problem: Problem, coordinates: Array, parameters: Parameters, load: ProportionalLoad, arcs: Array):
    points, displacement, status = _follow_increments(problem, coordinates, parameters, load, arcs)
    good = status.converged & (status.linear_residual <= LINEAR_TOLERANCE)
    return (displacement, points.factor, status), (coordinates, parameters, load, arcs, points, good)


def _backward(problem: Problem, saved, cotangents):
    coordinates, parameters, load, arcs, points, good = saved
    here = ArcLengthSystem(problem, ProblemData(coordinates, problem.geometry(coordinates), parameters), load)
    rest = jax.tree.map(lambda leaf: jnp.zeros_like(leaf[:1]), points)
    before = jax.tree.map(lambda first, leaf: jnp.concatenate([first, leaf[:-1]]), rest, points)

    def conditions(
        point: PathPoint, before: PathPoint, coordinates: Array, parameters: Parameters, load: ProportionalLoad, arc: Array
    ):
        """What vanishes at a recorded state."""
        system = ArcLengthSystem(problem, ProblemData(coordinates, problem.geometry(coordinates), parameters), load)
        offset = system.field(point) - system.field(before)
        return problem.free(system.out_of_balance(point)), system.inner(offset, offset) - arc**2

    def reverse(carry, increment):
        sums, later = carry
        point, origin, arc, is_good, field_cotangent, factor_cotangent = increment

        def shown(point: PathPoint, load: ProportionalLoad) -> Array:
            return ArcLengthSystem(problem, here.data, load).field(point)

        by_point, by_load = jax.vjp(shown, point, load)[1](field_cotangent)
        wanted = PathPoint(by_point.free + later.free, by_point.factor + later.factor + factor_cotangent)
        adjoint, gap = solve_transposed(here, point, here.field(origin), wanted)
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


def _distance(found: PathPoint, wanted: PathPoint) -> Array:
    """Relative, over both parts; zero where nothing was wanted."""
    error = jnp.sum((found.free - wanted.free) ** 2) + (found.factor - wanted.factor) ** 2
    size = jnp.sum(wanted.free**2) + wanted.factor**2
    return jnp.where(size > 0, jnp.sqrt(error / jnp.where(size > 0, size, 1.0)), 0.0)


_follow.defvjp(_forward, _backward)
