"""Load paths followed by their length: through limit points of the load, snap-through and snap-back.

The load is proportional: prescribed displacements and dead forces both grow with one *load factor* λ, which is an unknown.
What is given is how far the body moves from one recorded state to the next, in root mean square over its area, Δs:

    R(u, λ) = 0,    |u − u₋|² = Δs²

(Riks 1979; Crisfield 1981, his cylindrical constraint, with the driven boundary among what moves). Newton's method solves
both at once, bordered: two back-substitutions with one factor of K. On the way from one state to the next, the path is
followed over spheres of growing radius around the last one, in smaller steps where Newton's method asks for them; as only
the last sphere defines the state, derivatives do not depend on those steps. They are those of
`arc_length_adjoint`. An equilibrium path is followed as it is, stable or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jaxtyping import Float

from metac.runtime.fem.constitutive_law import HistoryDependentLaw, Parameters
from metac.runtime.fem.equilibrium import linear_solve_callback as callback
from metac.runtime.fem.equilibrium.equilibrium_data import ProblemData
from metac.runtime.fem.equilibrium.problem import Problem
from metac.runtime.fem.path.arc_length_adjoint import SavedArcs, arc_length_cotangents
from metac.runtime.fem.path.arc_length_corrector import (
    ArcLengthSystem,
    CorrectorState,
    PathPoint,
    ProportionalLoad,
    SphereCorrector,
)
from metac.runtime.fem.path.path_status import IncrementRecord, check_inputs, critical_point, path_status
from metac.runtime.fem.status import LINEAR_TOLERANCE, Status
from metac.runtime.linear_solvers.stability import UNKNOWN


def follow_path(
    problem: Problem,
    coordinates: Array | np.ndarray,
    parameters: Parameters,
    load: ProportionalLoad,
    arcs: Float[Array | np.ndarray, " increment"],
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
    load = ProportionalLoad(*map(jnp.asarray, load))
    return _follow(problem, jnp.asarray(coordinates), parameters, load, jnp.asarray(arcs, dtype=float))


class ArcProgress(NamedTuple):
    """The way from one recorded state to the next."""

    point: PathPoint
    radius: Array
    """Distance from the last recorded state, mm."""
    part: Array
    """The next step, as a part of the arc."""
    failed: Array
    record: IncrementRecord
    handle: Array


@dataclass(frozen=True)
class ArcIncrement:
    """From one recorded state to the next, over spheres of growing radius; its methods are the pieces of the loop."""

    system: ArcLengthSystem
    start: PathPoint
    origin: Float[Array, "point d"]
    """`[point, d]`, mm: displacements at the start."""
    came: Float[Array, "point d"]
    """`[point, d]`, mm: the way from the state before, zero at rest."""
    arc: Array
    """mm."""

    def solve(self, handle: Array) -> ArcProgress:
        """Step until the arc is as long as asked for, or the steps are too small; `handle` names a factor to begin with."""
        zero, nothing = jnp.zeros(()), jnp.zeros((), dtype=bool)
        first = ArcProgress(self.start, zero, jnp.ones(()), nothing, IncrementRecord.blank(), handle)
        return lax.while_loop(lambda progress: ~progress.failed & (progress.radius < self.arc), self.step, first)

    def step(self, progress: ArcProgress) -> ArcProgress:
        """To the next sphere, or half as far where Newton's method does not reach it."""
        system = self.system
        radius = jnp.minimum(progress.radius + progress.part * self.arc, self.arc)
        predicted, handle = self.predict(progress, radius)
        found = SphereCorrector(system, self.origin, radius).solve(predicted, handle)
        determinant = lax.cond(found.converged, system.smallest_jacobian, lambda _: found.determinant, found.point)
        good = found.converged & (determinant.value > 0) & self.leads_on(progress, found.point)
        return self.judged(progress, found._replace(determinant=determinant), radius, good)

    def predict(self, progress: ArcProgress, radius: Array) -> tuple[PathPoint, Array]:
        """Where the tangent of the path leaves the sphere of this radius, and the handle of the factor that gave it."""
        system, point = self.system, progress.point
        moving = system.solve(system.stiffness(point), -system.load_derivative(point), progress.handle)
        tangent, offset = system.problem.join(moving.x, system.load.prescribed), system.field(point) - self.origin
        sign = jnp.where(system.inner(self.direction(progress), tangent) < 0, -1.0, 1.0)
        square, along = system.inner(tangent, tangent), sign * system.inner(offset, tangent)
        gain = radius**2 - progress.radius**2
        by = sign * gain / (along + jnp.sqrt(along**2 + square * gain))
        return PathPoint(point.free + by * moving.x, point.factor + by), moving.handle

    def direction(self, progress: ArcProgress) -> Float[Array, "point d"]:
        """`[point, d]`: the way that the path has come, from the start, or to it where nothing is behind us yet."""
        return jnp.where(progress.radius > 0, self.system.field(progress.point) - self.origin, self.came)

    def leads_on(self, progress: ArcProgress, point: PathPoint) -> Array:
        """bool: the point is not back where the path came from."""
        return self.system.inner(self.system.field(point) - self.origin, self.direction(progress)) >= 0

    def judged(self, progress: ArcProgress, found: CorrectorState, radius: Array, good: Array) -> ArcProgress:
        """Progress with the point found, where that is `good`; else where it was, with half the step."""
        record = progress.record
        cutbacks, before = record.cutbacks + ~good, record.linear_residual
        return ArcProgress(
            point=jax.tree.map(lambda new, old: jnp.where(good, new, old), found.point, progress.point),
            radius=jnp.where(good, radius, progress.radius),
            part=jnp.where(good, 2 * progress.part, progress.part / 2),
            failed=cutbacks > self.system.problem.settings.maximum_cutbacks,
            record=IncrementRecord(
                iterations=record.iterations + found.iteration,
                residual=found.relative,
                cutbacks=cutbacks,
                linear_residual=jnp.where(good, jnp.maximum(before, found.linear_residual), before),
                determinant=found.determinant,
            ),
            handle=found.handle,
        )


class _ArcCarry(NamedTuple):
    """A recorded state, where the next increment starts."""

    point: PathPoint
    came: Array
    good: Array
    handle: Array
    mode: Array


class _ArcState(NamedTuple):
    """What the path records of one increment; with the axis `[increment]` first after all of them."""

    point: PathPoint
    displacement: Array
    converged: Array
    record: IncrementRecord
    negative: Array
    lowest: Array


@partial(jax.jit, static_argnums=0)  # one trace, with and without the derivative in mind
def _follow_increments(
    problem: Problem, coordinates: Array, parameters: Parameters, load: ProportionalLoad, arcs: Array
) -> tuple[PathPoint, Array, Status]:
    """The recorded states, their displacements, and how it went."""
    system = ArcLengthSystem(problem, ProblemData(coordinates, problem.geometry(coordinates), parameters), load)
    inputs = check_inputs(problem, coordinates, parameters, load, arcs)
    still = jnp.zeros(len(problem.assembly.free))
    rest, sound = PathPoint(still, jnp.zeros(())), inputs.sound & (arcs > 0).all()
    carry = _ArcCarry(rest, system.field(rest), sound, callback.no_factor(), still)
    _, path = lax.scan(partial(_advance, system), carry, arcs)
    status = path_status(
        inputs,
        path.converged,
        path.record,
        negative=path.negative,
        lowest=path.lowest,
        critical=critical_point(jnp.where(path.negative > 0, 1.0, jnp.nan), path.lowest),
        switched=jnp.zeros(len(arcs), dtype=bool),
        warm=False,
    )
    return path.point, path.displacement, status


def _advance(system: ArcLengthSystem, carry: _ArcCarry, arc: Array) -> tuple[_ArcCarry, _ArcState]:
    """One increment, where all before it are good, and what is recorded of it."""
    progress, examined = lax.cond(carry.good, partial(_solve, system), _skipped, carry, arc)
    good, most_cutbacks = carry.good & ~progress.failed, system.problem.settings.maximum_cutbacks
    field = system.field(progress.point)
    after = _ArcCarry(progress.point, field - system.field(carry.point), good, examined.handle, examined.mode)
    shown = jax.tree.map(lambda leaf: jnp.where(good, leaf, jnp.nan), (progress.point, field))
    return after, _ArcState(
        *shown,
        converged=~progress.failed,
        record=progress.record._replace(cutbacks=jnp.minimum(progress.record.cutbacks, most_cutbacks)),
        negative=jnp.where(progress.failed, UNKNOWN, examined.negative),
        lowest=jnp.where(progress.failed, jnp.nan, examined.lowest),
    )


def _solve(system: ArcLengthSystem, carry: _ArcCarry, arc: Array) -> tuple[ArcProgress, callback.Stability]:
    """The next state at this distance, and its stability."""
    progress = ArcIncrement(system, carry.point, system.field(carry.point), carry.came, arc).solve(carry.handle)
    values, nothing = system.stiffness(progress.point), jnp.zeros((), dtype=bool)
    assembly = system.problem.assembly
    return progress, callback.examine(assembly, values, carry.mode, progress.handle, nothing, keep=False)


def _skipped(carry: _ArcCarry, arc: Array) -> tuple[ArcProgress, callback.Stability]:
    """An increment after one that failed."""
    del arc
    zero, nothing, unknown = jnp.zeros(()), jnp.zeros((), dtype=bool), jnp.asarray(jnp.nan)
    progress = ArcProgress(carry.point, zero, zero, ~nothing, IncrementRecord.unknown(), carry.handle)
    negative = jnp.full((), UNKNOWN, dtype=np.int64)
    return progress, callback.Stability(negative, unknown, carry.mode, carry.handle, nothing)


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def _follow(
    problem: Problem, coordinates: Array, parameters: Parameters, load: ProportionalLoad, arcs: Array
) -> tuple[Array, Array, Status]:
    points, displacement, status = _follow_increments(problem, coordinates, parameters, load, arcs)
    return displacement, points.factor, status


@partial(jax.jit, static_argnums=0)
def _forward(problem: Problem, coordinates: Array, parameters: Parameters, load: ProportionalLoad, arcs: Array):
    points, displacement, status = _follow_increments(problem, coordinates, parameters, load, arcs)
    good = status.converged & (status.linear_residual <= LINEAR_TOLERANCE)
    return (displacement, points.factor, status), SavedArcs(coordinates, parameters, load, arcs, points, good)


def _backward(problem: Problem, saved: SavedArcs, cotangents):
    return arc_length_cotangents(problem, saved, *cotangents[:2])


_follow.defvjp(_forward, _backward)
