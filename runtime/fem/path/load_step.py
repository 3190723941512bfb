"""One load increment: halved where Newton's method fails, and led to a stable branch where equilibrium is unstable.

Each equilibrium is examined for stability. Where one is unstable, the increment is halved to find the first that is, the
state is pushed along its lowest mode and runs downhill from there, and the path continues along the stable branch.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jaxtyping import Float

from metac.runtime.fem.equilibrium import linear_solve_callback as callback
from metac.runtime.fem.equilibrium.equilibrium_data import BoundaryValues, InitialGuess, LastEquilibrium, ProblemData
from metac.runtime.fem.equilibrium.newton import NewtonSolver, NewtonState
from metac.runtime.fem.equilibrium.problem import NewtonSettings, Problem
from metac.runtime.fem.path.path_status import IncrementRecord
from metac.runtime.mesh.mesh import Mesh

SIGN_CONSTANTS = np.array([1.0, 0.6, 0.8])
SIGN_SLOPES = np.array([[0.7, 0.4, -0.3], [0.3, -0.5, 0.2], [-0.4, 0.9, 0.1]])
"""Of the linear form that gives a mode its sign, by component and axis: nothing but generic."""


class Increment(NamedTuple):
    """How one increment ended; scalars but for `displacement[point, d]`."""

    displacement: Array
    converged: Array
    record: IncrementRecord
    handle: Array
    """Names the last factor on the host; an earlier increment's where that was good enough."""
    critical: Array
    """Part of the increment after which the path lost stability; NaN where it did not."""
    switched: Array
    """bool: the path was led to another, stable branch."""
    last_equilibrium: LastEquilibrium


class _BranchSwitching(NamedTuple):
    """The search for a stable branch."""

    ceiling: Array
    """Part of the increment at which the path is known to be unstable; infinite where it is not."""
    pending: Array
    """bool: there is an unstable equilibrium at the ceiling, to be left."""
    saddle: Float[Array, "point d"]
    """`[point, d]`: that equilibrium."""
    direction: Float[Array, "point d"]
    """`[point, d]`, mm: its lowest mode, of fixed sign, scaled to the smallest push."""
    attempts: Array
    critical: Array
    switched: Array


class _IncrementProgress(NamedTuple):
    """An increment that may be taken in parts; `done` of it is behind us."""

    displacement: Array
    done: Array
    part: Array
    failed: Array
    record: IncrementRecord
    last_equilibrium: LastEquilibrium
    branch_switching: _BranchSwitching
    handle: Array
    own: Array


def solve_increment(
    problem: Problem,
    data: ProblemData,
    start: Float[Array, "point d"],
    before: BoundaryValues,
    after: BoundaryValues,
    last_equilibrium: LastEquilibrium,
    handle: Array,
    *,
    keep: bool,
) -> Increment:
    """From equilibrium `start[point, d]` under `before` to that under `after`; `keep` the last factor for the adjoint.

    `handle` names the factor that the increment before ended with.
    """

    def advance(progress: _IncrementProgress) -> _IncrementProgress:
        target = _target(progress, problem.settings)
        pending = progress.branch_switching.pending
        guess = InitialGuess(_start(progress, problem.settings), progress.last_equilibrium, progress.handle, progress.own)
        reached = NewtonSolver(problem, data, before.towards(after, target), pending, keep).solve(guess)
        return _judge(problem, progress, reached, target)

    first = _beginning(start, last_equilibrium, handle)
    last = lax.while_loop(lambda progress: ~progress.failed & (progress.done < 1), advance, first)
    return Increment(
        displacement=last.displacement,
        converged=~last.failed,
        record=last.record._replace(cutbacks=jnp.minimum(last.record.cutbacks, problem.settings.maximum_cutbacks)),
        handle=last.handle,
        critical=last.branch_switching.critical,
        switched=last.branch_switching.switched,
        last_equilibrium=last.last_equilibrium,
    )


def _beginning(start: Array, last_equilibrium: LastEquilibrium, handle: Array) -> _IncrementProgress:
    """Nothing is done, and the whole increment is to be taken at once."""
    zero, count, nothing = jnp.zeros(()), jnp.zeros((), dtype=np.int64), jnp.zeros((), dtype=bool)
    return _IncrementProgress(
        displacement=start,
        done=zero,
        part=jnp.ones(()),
        failed=nothing,
        record=IncrementRecord.blank(),
        last_equilibrium=last_equilibrium,
        branch_switching=_BranchSwitching(
            ceiling=jnp.asarray(jnp.inf),
            pending=nothing,
            saddle=jnp.zeros_like(start),
            direction=jnp.zeros_like(start),
            attempts=count,
            critical=jnp.asarray(jnp.nan),
            switched=nothing,
        ),
        handle=handle,
        own=nothing,
    )


def _start(progress: _IncrementProgress, limits: NewtonSettings) -> Float[Array, "point d"]:
    """Where Newton's method begins, `[point, d]`: the last equilibrium, or the unstable one pushed along its mode."""
    switching = progress.branch_switching
    push = jnp.asarray(limits.push_growth) ** (switching.attempts - 1) * switching.direction
    return jnp.where(switching.pending, switching.saddle + push, progress.displacement)


def _judge(problem: Problem, progress: _IncrementProgress, reached: NewtonState, target: Array) -> _IncrementProgress:
    """Take what was reached where it is a stable equilibrium; else try a smaller part, or another branch."""
    limits, pending = problem.settings, progress.branch_switching.pending
    unstable = reached.converged & (reached.last_equilibrium.negative > 0) & ~progress.last_equilibrium.lost
    good = reached.converged & ~unstable
    # An equilibrium that is unstable asks for a smaller part as well, but it is no failure.
    cutbacks = progress.record.cutbacks + (~reached.converged & ~pending)
    smaller = jnp.where(reached.converged | pending, progress.part, progress.part / 2)
    worst_residual = jnp.maximum(progress.record.linear_residual, reached.linear_residual)
    return _IncrementProgress(
        displacement=jnp.where(good, reached.displacement, progress.displacement),
        done=jnp.where(good, target, progress.done),
        part=jnp.where(good, 2 * progress.part, smaller),
        failed=cutbacks > limits.maximum_cutbacks,
        record=IncrementRecord(
            iterations=progress.record.iterations + reached.iteration,
            residual=reached.relative,
            cutbacks=cutbacks,
            linear_residual=jnp.where(good, worst_residual, reached.linear_residual),
            determinant=reached.determinant,
        ),
        last_equilibrium=_next_last_equilibrium(progress, reached, good, limits),
        branch_switching=_branch_switching(problem, progress, reached, target, good, unstable),
        handle=reached.handle,
        own=reached.own,
    )


def _target(progress: _IncrementProgress, limits: NewtonSettings) -> Array:
    """How much of the increment to take next: never beyond an unstable state, and half-way there while that is far."""
    done, ceiling = progress.done, progress.branch_switching.ceiling
    near = ceiling - done <= limits.branch_resolution
    most = jnp.where(near | jnp.isinf(ceiling), jnp.minimum(ceiling, 1.0), (done + ceiling) / 2)
    return jnp.where(progress.branch_switching.pending, ceiling, jnp.minimum(done + progress.part, most))


def _next_last_equilibrium(
    progress: _IncrementProgress, reached: NewtonState, good: Array, limits: NewtonSettings
) -> LastEquilibrium:
    """What the next equilibrium may start from: nothing of a state that was refused."""
    found = reached.last_equilibrium
    kept = jax.tree.map(lambda new, old: jnp.where(good, new, old), found, progress.last_equilibrium)
    in_vain = progress.branch_switching.pending & ~good & (progress.branch_switching.attempts >= limits.maximum_pushes)
    return kept._replace(lost=progress.last_equilibrium.lost | in_vain)


def _branch_switching(
    problem: Problem, progress: _IncrementProgress, reached: NewtonState, target: Array, good: Array, unstable: Array
) -> _BranchSwitching:
    """Close in on the first unstable state; once near, push it along its lowest mode; harder where that does not help."""
    before, limits = progress.branch_switching, problem.settings
    is_found = unstable & ~before.pending
    is_new = is_found & (target - progress.done <= limits.branch_resolution)

    def look(values: Array, values_before: Array) -> tuple[Array, Array, Array]:
        return callback.lowest_mode(problem.assembly, values, values_before)

    def skip(values: Array, values_before: Array) -> tuple[Array, Array, Array]:
        del values, values_before
        return jnp.zeros(len(problem.assembly.free)), jnp.zeros(()), jnp.zeros(())

    mode, now, earlier = lax.cond(is_new, look, skip, reached.last_equilibrium.values, progress.last_equilibrium.values)
    share = jnp.where(progress.last_equilibrium.current, earlier / (earlier - now), jnp.nan)
    critical = progress.done + (target - progress.done) * jnp.clip(share, 0.0, 1.0)
    again = before.pending & ~good
    in_vain = again & (before.attempts >= limits.maximum_pushes)
    return _BranchSwitching(
        ceiling=jnp.where(is_found, target, jnp.where(good & (target >= before.ceiling), jnp.inf, before.ceiling)),
        pending=is_new | (again & ~in_vain),
        saddle=jnp.where(is_new, reached.displacement, before.saddle),
        direction=jnp.where(is_new, _push(problem, mode), before.direction),
        attempts=before.attempts + (is_new | again),
        critical=jnp.where(is_new & jnp.isnan(before.critical), critical, before.critical),
        switched=before.switched | (before.pending & good),
    )


def _push(problem: Problem, mode: Array) -> Float[Array, "point d"]:
    """The smallest push along a mode, `[point, d]`, mm, with the sign for which a fixed linear form is positive."""
    field = problem.join(mode, jnp.zeros(len(problem.assembly.fixed)))
    nodal = problem.nodal(field)
    largest = jnp.sqrt(jnp.max(jnp.sum(nodal**2, axis=1)))
    sign = jnp.where(jnp.vdot(jnp.asarray(sign_form(problem.mesh)), nodal) < 0, -1.0, 1.0)
    return sign * problem.settings.push * problem.size / largest * field


def sign_form(mesh: Mesh) -> Float[np.ndarray, "node d"]:
    """Weights `[node, d]` that no reflection or rotation of the domain maps onto themselves: of a mode and its mirror image
    one gets the positive sign, on coarse meshes and on fine ones."""
    places = (mesh.nodes - mesh.domain.lower) / mesh.domain.extents
    constant, slopes = SIGN_CONSTANTS[: mesh.dimension], SIGN_SLOPES[: mesh.dimension, : mesh.dimension]
    # Each node stands for the area around it, so that dense parts of a mesh do not count for more.
    return mesh.node_areas[:, None] * (constant + places @ slopes.T)
