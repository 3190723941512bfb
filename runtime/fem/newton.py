"""Newton's method for one load increment: line search, convergence, and halving of the increment where it fails.

Each equilibrium is examined for stability. Where one is unstable, the increment is halved to find the first that is, the
state is pushed along its lowest mode and runs downhill from there, and the path goes on along the stable branch.

All of it is loops inside a trace; only factorisations and solves cross to the host.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from numpy.typing import NDArray

from metac.runtime.fem import host, kernels
from metac.runtime.fem.geometry import jacobian_ratio
from metac.runtime.fem.law import Parameters
from metac.runtime.fem.mesh import Mesh
from metac.runtime.fem.problem import Extreme, NewtonSettings, Problem, smallest
from metac.runtime.solvers.stability import UNKNOWN


class Setting(NamedTuple):
    """What stays the same along a load path."""

    coordinates: Array
    """`[node, 2]`, unloaded, mm."""
    shape: kernels.Geometry
    parameters: Parameters


class Boundary(NamedTuple):
    """What is prescribed at one point of a load path."""

    prescribed: Array
    """`[fixed]`, mm."""
    forces: Array
    """Dead forces on the points per thickness, `[point, 2]`, N/mm."""

    def towards(self, other: Boundary, fraction: Array) -> Boundary:
        """Linear interpolation."""
        return jax.tree.map(lambda a, b: a + fraction * (b - a), self, other)


class Increment(NamedTuple):
    """How one increment ended; scalars but for `displacement[point, 2]`."""

    displacement: Array
    converged: Array
    iterations: Array
    residual: Array
    cutbacks: Array
    linear_residual: Array
    determinant: Extreme
    handle: Array
    """Names the last factor on the host; an earlier increment's where that was good enough."""
    critical: Array
    """Part of the increment after which the path lost stability; NaN where it did not."""
    switched: Array
    """bool: the path was led to another, stable branch."""
    memory: Memory


class Memory(NamedTuple):
    """What an equilibrium hands on to the next one."""

    values: Array
    """The tangent stiffness there, in the order of `assembly.matrix`."""
    current: Array
    """bool: `values` is filled."""
    negative: Array
    """int: its negative eigenvalues; -1 where they are not known."""
    lowest: Array
    """An estimate of its lowest eigenvalue, N/mm²."""
    mode: Array
    """`[free]`: rich in its softest modes."""
    lost: Array
    """bool: no stable branch was found; instabilities are reported and no longer acted on."""

    @classmethod
    def none(cls, problem: Problem) -> Memory:
        """At rest, before anything was computed."""
        return cls(
            jnp.zeros(len(problem.assembly.matrix.indices)),
            jnp.zeros((), dtype=bool),
            jnp.full((), UNKNOWN, dtype=np.int64),
            jnp.asarray(jnp.nan),
            jnp.zeros(len(problem.assembly.free)),
            jnp.asarray(problem.settings.maximum_pushes == 0),
        )


class _Buckling(NamedTuple):
    """The search for a stable branch."""

    ceiling: Array
    """Part of the increment at which the path is known to be unstable; infinite where it is not."""
    pending: Array
    """bool: there is an unstable equilibrium at the ceiling, to be left."""
    saddle: Array
    """`[point, 2]`: that equilibrium."""
    direction: Array
    """`[point, 2]`, mm: its lowest mode, of fixed sign, scaled to the smallest push."""
    attempts: Array
    critical: Array
    switched: Array


class _State(NamedTuple):
    """Newton's method on its way to one boundary."""

    displacement: Array
    out_of_balance: Array
    """`[point, 2]`, at `displacement`."""
    relative: Array
    iteration: Array
    balanced: Array
    converged: Array
    """bool: balanced and examined."""
    failed: Array
    linear_residual: Array
    determinant: Extreme
    memory: Memory
    """Its values are those at `displacement` where they are current."""
    handle: Array
    own: Array
    """bool: `handle` was made in this increment, so that a new factor may take its place."""


class _Trial(NamedTuple):
    length: Array
    displacement: Array
    out_of_balance: Array
    determinant: Extreme
    valid: Array
    accepted: Array
    halvings: Array


class _Progress(NamedTuple):
    """An increment that may be taken in parts; `done` of it is behind us."""

    displacement: Array
    done: Array
    part: Array
    failed: Array
    iterations: Array
    relative: Array
    cutbacks: Array
    linear_residual: Array
    determinant: Extreme
    memory: Memory
    buckling: _Buckling
    handle: Array
    own: Array


def solve_increment(
    problem: Problem,
    setting: Setting,
    start: Array,
    before: Boundary,
    after: Boundary,
    memory: Memory,
    handle: Array,
    *,
    keep: bool,
) -> Increment:
    """From equilibrium `start[point, 2]` under `before` to that under `after`; `keep` the last factor for the adjoint.

    `handle` names the factor that the increment before ended with.
    """
    limits = problem.settings

    def advance(progress: _Progress) -> _Progress:
        buckling = progress.buckling
        target = _target(progress, limits)
        boundary = before.towards(after, target)
        reached = _equilibrium(problem, setting, progress, boundary, keep=keep)
        unstable = reached.converged & (reached.memory.negative > 0) & ~progress.memory.lost
        good = reached.converged & ~unstable
        # An equilibrium that is unstable asks for a smaller part as well, but it is no failure.
        cutbacks = progress.cutbacks + (~reached.converged & ~buckling.pending)
        return _Progress(
            displacement=jnp.where(good, reached.displacement, progress.displacement),
            done=jnp.where(good, target, progress.done),
            part=jnp.where(
                good, 2 * progress.part, jnp.where(reached.converged | buckling.pending, progress.part, progress.part / 2)
            ),
            failed=cutbacks > limits.maximum_cutbacks,
            iterations=progress.iterations + reached.iteration,
            relative=reached.relative,
            cutbacks=cutbacks,
            linear_residual=jnp.where(
                good, jnp.maximum(progress.linear_residual, reached.linear_residual), reached.linear_residual
            ),
            determinant=reached.determinant,
            memory=_remember(progress, reached, good, limits),
            buckling=_buckle(problem, progress, reached, target, good, unstable),
            handle=reached.handle,
            own=reached.own,
        )

    zero, count, nothing = jnp.zeros(()), jnp.zeros((), dtype=np.int64), jnp.zeros((), dtype=bool)
    first = _Progress(
        displacement=start,
        done=zero,
        part=jnp.ones(()),
        failed=nothing,
        iterations=count,
        relative=zero,
        cutbacks=count,
        linear_residual=zero,
        determinant=Extreme(jnp.ones(()), count),
        memory=memory,
        buckling=_Buckling(
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
    last = lax.while_loop(lambda progress: ~progress.failed & (progress.done < 1), advance, first)
    return Increment(
        displacement=last.displacement,
        converged=~last.failed,
        iterations=last.iterations,
        residual=last.relative,
        cutbacks=jnp.minimum(last.cutbacks, limits.maximum_cutbacks),
        linear_residual=last.linear_residual,
        determinant=last.determinant,
        handle=last.handle,
        critical=last.buckling.critical,
        switched=last.buckling.switched,
        memory=last.memory,
    )


def _target(progress: _Progress, limits: NewtonSettings) -> Array:
    """How much of the increment to take next: never beyond an unstable state, and half-way there while that is far."""
    done, ceiling = progress.done, progress.buckling.ceiling
    near = ceiling - done <= limits.branch_resolution
    most = jnp.where(near | jnp.isinf(ceiling), jnp.minimum(ceiling, 1.0), (done + ceiling) / 2)
    return jnp.where(progress.buckling.pending, ceiling, jnp.minimum(done + progress.part, most))


def _remember(progress: _Progress, reached: _State, good: Array, limits: NewtonSettings) -> Memory:
    """What the next equilibrium may start from: nothing of a state that was refused."""
    found = reached.memory
    kept = jax.tree.map(lambda new, old: jnp.where(good, new, old), found, progress.memory)
    in_vain = progress.buckling.pending & ~good & (progress.buckling.attempts >= limits.maximum_pushes)
    return kept._replace(lost=progress.memory.lost | in_vain)


def _buckle(
    problem: Problem, progress: _Progress, reached: _State, target: Array, good: Array, unstable: Array
) -> _Buckling:
    """Close in on the first unstable state; once near, push it along its lowest mode; harder where that does not help."""
    before, limits = progress.buckling, problem.settings
    is_found = unstable & ~before.pending
    is_new = is_found & (target - progress.done <= limits.branch_resolution)

    def look(values: Array, values_before: Array) -> tuple[Array, Array, Array]:
        return host.lowest_mode(problem.assembly, values, values_before)

    def skip(values: Array, values_before: Array) -> tuple[Array, Array, Array]:
        del values, values_before
        return jnp.zeros(len(problem.assembly.free)), jnp.zeros(()), jnp.zeros(())

    mode, now, earlier = lax.cond(is_new, look, skip, reached.memory.values, progress.memory.values)
    share = jnp.where(progress.memory.current, earlier / (earlier - now), jnp.nan)
    critical = progress.done + (target - progress.done) * jnp.clip(share, 0.0, 1.0)
    again = before.pending & ~good
    in_vain = again & (before.attempts >= limits.maximum_pushes)
    return _Buckling(
        ceiling=jnp.where(is_found, target, jnp.where(good & (target >= before.ceiling), jnp.inf, before.ceiling)),
        pending=is_new | (again & ~in_vain),
        saddle=jnp.where(is_new, reached.displacement, before.saddle),
        direction=jnp.where(is_new, _push(problem, mode), before.direction),
        attempts=before.attempts + (is_new | again),
        critical=jnp.where(is_new & jnp.isnan(before.critical), critical, before.critical),
        switched=before.switched | (before.pending & good),
    )


def _push(problem: Problem, mode: Array) -> Array:
    """The smallest push along a mode, `[point, 2]`, mm, with the sign for which a fixed linear form is positive."""
    field = problem.join(mode, jnp.zeros(len(problem.assembly.fixed)))
    nodal = problem.nodal(field)
    largest = jnp.sqrt(jnp.max(jnp.sum(nodal**2, axis=1)))
    sign = jnp.where(jnp.vdot(jnp.asarray(sign_form(problem.mesh)), nodal) < 0, -1.0, 1.0)
    return sign * problem.settings.push * problem.size / largest * field


def sign_form(mesh: Mesh) -> NDArray[np.float64]:
    """Weights `[node, 2]` that no reflection or rotation of the domain maps onto themselves: of a mode and its mirror image
    one gets the positive sign, on coarse meshes and on fine ones."""
    domain = mesh.domain
    x = (mesh.nodes[:, 0] - domain.x0) / domain.width
    y = (mesh.nodes[:, 1] - domain.y0) / domain.height
    # Each node stands for the area around it, so that dense parts of a mesh do not count for more.
    corners = mesh.nodes[mesh.cells[:, :3]]
    (ax, ay), (bx, by) = (corners[:, 1] - corners[:, 0]).T, (corners[:, 2] - corners[:, 0]).T
    area = np.bincount(mesh.cells.ravel(), np.repeat(np.abs(ax * by - ay * bx), mesh.cells.shape[1]), len(mesh.nodes))
    return area[:, None] * np.stack([1 + 0.7 * x + 0.4 * y, 0.6 + 0.3 * x - 0.5 * y], axis=1)


def _equilibrium(problem: Problem, setting: Setting, progress: _Progress, boundary: Boundary, *, keep: bool) -> _State:
    """Newton's method from where we are; the first step carries the boundary to its new place along the tangent.

    Away from an unstable state it goes downhill instead, from that state's pushed neighbour.
    """
    limits, buckling = problem.settings, progress.buckling
    descending = buckling.pending
    push = jnp.asarray(limits.push_growth) ** (buckling.attempts - 1) * buckling.direction
    start = jnp.where(descending, buckling.saddle + push, progress.displacement)
    most_iterations = jnp.where(descending, limits.descent_iterations, limits.maximum_iterations)
    jump = problem.join(jnp.zeros(len(problem.assembly.free)), boundary.prescribed - problem.prescribed(start))

    def out_of_balance(displacement: Array) -> Array:
        return problem.internal_force(setting.parameters, setting.shape, displacement) - boundary.forces

    def boundary_pull(displacement: Array) -> Array:
        return jax.jvp(out_of_balance, (displacement,), (jump,))[1]

    def folding(displacement: Array) -> Extreme:
        return smallest(jacobian_ratio(problem.mesh, setting.coordinates + problem.nodal(displacement), setting.coordinates))

    def step(state: _State) -> _State:
        values = lax.cond(
            state.memory.current,
            lambda memory, _: memory.values,
            lambda _, u: problem.stiffness(setting.parameters, setting.shape, u),
            state.memory,
            state.displacement,
        )
        # The branches read the matrix and do not hand it on: what they return is copied.
        light = state._replace(memory=state.memory._replace(values=jnp.zeros(0), current=jnp.ones((), dtype=bool)))
        after = lax.cond(state.balanced, examine, improve, light, values)
        return after._replace(memory=after.memory._replace(values=values))

    def examine(state: _State, values: Array) -> _State:
        memory = state.memory
        found = host.examine(problem.assembly, values, memory.mode, state.handle, state.own, keep=keep)
        return state._replace(
            converged=jnp.ones((), dtype=bool),
            memory=memory._replace(negative=found.negative, lowest=found.lowest, mode=found.mode),
            handle=found.handle,
            own=found.own,
        )

    def improve(state: _State, values: Array) -> _State:
        is_first = (state.iteration == 0) & ~descending
        pull = lax.cond(is_first, boundary_pull, jnp.zeros_like, state.displacement)
        right_side = -problem.free(state.out_of_balance + pull)
        solved = host.solve(problem.assembly, values, right_side, state.handle, state.own, descending, keep=keep)
        direction = problem.join(solved.x, jnp.where(is_first, problem.prescribed(jump), 0.0))
        trial = _search(problem, setting, state, direction, out_of_balance, is_first, descending)
        # Rounding in F alone leaves about this much out of balance.
        floor = 4 * np.finfo(float).eps * problem.size * jnp.abs(values[problem.assembly.matrix.diagonal]).max()
        error = jnp.linalg.norm(problem.free(trial.out_of_balance))
        # Internal forces, reactions included, and external ones: zero only where nothing is loaded.
        reference = jnp.linalg.norm(trial.out_of_balance + boundary.forces) + jnp.linalg.norm(boundary.forces)
        near = trial.accepted & (error <= jnp.maximum(limits.tolerance * reference, floor))
        # The law sees quadrature points only; an element may have folded at its rim all the same.
        rim = lax.cond(near, folding, lambda _: trial.determinant, trial.displacement)
        balanced = near & (rim.value > 0)
        return _State(
            displacement=trial.displacement,
            out_of_balance=trial.out_of_balance,
            relative=jnp.where(balanced & (reference <= floor), 0.0, error / reference),
            iteration=state.iteration + 1,
            balanced=balanced,
            converged=state.converged,
            failed=~balanced & (~trial.accepted | near | (state.iteration + 1 >= most_iterations)),
            linear_residual=jnp.maximum(state.linear_residual, solved.residual),
            determinant=rim,
            memory=state.memory._replace(current=jnp.zeros((), dtype=bool)),
            handle=solved.handle,
            own=solved.own,
        )

    first = _State(
        displacement=start,
        out_of_balance=out_of_balance(start),
        relative=jnp.asarray(jnp.inf),
        iteration=jnp.zeros((), dtype=np.int64),
        balanced=jnp.zeros((), dtype=bool),
        converged=jnp.zeros((), dtype=bool),
        failed=jnp.zeros((), dtype=bool),
        linear_residual=jnp.zeros(()),
        determinant=problem.smallest_determinant(setting.shape, start),
        memory=progress.memory._replace(current=progress.memory.current & ~descending),
        handle=progress.handle,
        own=progress.own,
    )
    return lax.while_loop(lambda state: ~(state.converged | state.failed), step, first)


def _search(
    problem: Problem,
    setting: Setting,
    state: _State,
    direction: Array,
    out_of_balance: Callable[[Array], Array],
    is_first: Array,
    descending: Array,
) -> _Trial:
    """Halve the step until it leaves every element upright and the forces better balanced.

    Balance is judged by the norm of the residual or by its work on the step (the slope of the energy along it): near a
    buckling load the norm may have to grow first. The first step moves the boundary and is taken whole or not at all.
    Descending, only the slope counts: it may be as steep as it likes as long as it still leads down.
    """
    norm = jnp.linalg.norm(problem.free(state.out_of_balance))
    moving = problem.free(direction)
    work = jnp.abs(jnp.vdot(moving, problem.free(state.out_of_balance)))

    def attempt(length: Array, halvings: Array) -> _Trial:
        displacement = state.displacement + length * direction
        forces = out_of_balance(displacement)
        determinant = problem.smallest_determinant(setting.shape, displacement)
        residual = problem.free(forces)
        valid = (determinant.value > 0) & jnp.isfinite(forces).all()
        slope, least = jnp.vdot(moving, residual), problem.settings.descent * work
        descends = jnp.where(descending, slope <= least, (jnp.linalg.norm(residual) <= norm) | (jnp.abs(slope) <= least))
        return _Trial(length, displacement, forces, determinant, valid, valid & (descends | is_first), halvings)

    def keep_halving(trial: _Trial) -> Array:
        most = jnp.where(is_first, 0, problem.settings.maximum_step_halvings)
        return ~trial.accepted & (trial.halvings < most)

    # Starting before the first attempt, at twice the whole step, keeps one copy of the forces in the compiled loop.
    nothing = jnp.zeros((), dtype=bool)
    before = _Trial(
        jnp.asarray(2.0), state.displacement, state.out_of_balance, state.determinant, nothing, nothing, jnp.asarray(-1)
    )
    return lax.while_loop(keep_halving, lambda trial: attempt(trial.length / 2, trial.halvings + 1), before)
