"""Newton's method for one load increment: line search, convergence, and halving of the increment where it fails.

All of it is loops inside a trace; only factorisations and solves cross to the host.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from metac.runtime.fem import host, kernels
from metac.runtime.fem.geometry import jacobian_ratio
from metac.runtime.fem.law import Parameters
from metac.runtime.fem.problem import Extreme, Problem, smallest


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


class _State(NamedTuple):
    """Newton's method on its way to one boundary."""

    displacement: Array
    out_of_balance: Array
    """`[point, 2]`, at `displacement`."""
    relative: Array
    iteration: Array
    converged: Array
    failed: Array
    linear_residual: Array
    determinant: Extreme
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
    handle: Array
    own: Array


def solve_increment(
    problem: Problem, setting: Setting, start: Array, before: Boundary, after: Boundary, handle: Array, *, keep: bool
) -> Increment:
    """From equilibrium `start[point, 2]` under `before` to that under `after`; `keep` the last factor for the adjoint.

    `handle` names the factor that the increment before ended with.
    """
    limits = problem.settings

    def advance(progress: _Progress) -> _Progress:
        target = jnp.minimum(progress.done + progress.part, 1.0)
        boundary = before.towards(after, target)
        reached = _equilibrium(problem, setting, progress, boundary, keep=keep)
        good = reached.converged
        cutbacks = progress.cutbacks + ~good
        return _Progress(
            displacement=jnp.where(good, reached.displacement, progress.displacement),
            done=jnp.where(good, target, progress.done),
            part=jnp.where(good, 2 * progress.part, progress.part / 2),
            failed=cutbacks > limits.maximum_cutbacks,
            iterations=progress.iterations + reached.iteration,
            relative=reached.relative,
            cutbacks=cutbacks,
            linear_residual=jnp.where(
                good, jnp.maximum(progress.linear_residual, reached.linear_residual), reached.linear_residual
            ),
            determinant=reached.determinant,
            handle=reached.handle,
            own=reached.own,
        )

    zero, count = jnp.zeros(()), jnp.zeros((), dtype=np.int64)
    first = _Progress(
        displacement=start,
        done=zero,
        part=jnp.ones(()),
        failed=jnp.zeros((), dtype=bool),
        iterations=count,
        relative=zero,
        cutbacks=count,
        linear_residual=zero,
        determinant=Extreme(jnp.ones(()), count),
        handle=handle,
        own=jnp.zeros((), dtype=bool),
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
    )


def _equilibrium(problem: Problem, setting: Setting, progress: _Progress, boundary: Boundary, *, keep: bool) -> _State:
    """Newton's method from where we are; the first step carries the boundary to its new place along the tangent."""
    limits, start = problem.settings, progress.displacement
    jump = problem.join(jnp.zeros(len(problem.assembly.free)), boundary.prescribed - problem.prescribed(start))

    def out_of_balance(displacement: Array) -> Array:
        return problem.internal_force(setting.parameters, setting.shape, displacement) - boundary.forces

    def boundary_pull(displacement: Array) -> Array:
        return jax.jvp(out_of_balance, (displacement,), (jump,))[1]

    def folding(displacement: Array) -> Extreme:
        return smallest(jacobian_ratio(problem.mesh, setting.coordinates + problem.nodal(displacement), setting.coordinates))

    def step(state: _State) -> _State:
        is_first = state.iteration == 0
        values = problem.stiffness(setting.parameters, setting.shape, state.displacement)
        pull = lax.cond(is_first, boundary_pull, jnp.zeros_like, state.displacement)
        right_side = -problem.free(state.out_of_balance + pull)
        solved = host.solve(problem.assembly, values, right_side, state.handle, state.own, keep=keep)
        direction = problem.join(solved.x, jnp.where(is_first, problem.prescribed(jump), 0.0))
        trial = _search(problem, setting, state, direction, out_of_balance, is_first)
        # Rounding in F alone leaves about this much out of balance.
        floor = 4 * np.finfo(float).eps * problem.size * jnp.abs(values[problem.assembly.matrix.diagonal]).max()
        error = jnp.linalg.norm(problem.free(trial.out_of_balance))
        # Internal forces, reactions included, and external ones: zero only where nothing is loaded.
        reference = jnp.linalg.norm(trial.out_of_balance + boundary.forces) + jnp.linalg.norm(boundary.forces)
        balanced = trial.accepted & (error <= jnp.maximum(limits.tolerance * reference, floor))
        # The law sees quadrature points only; an element may have folded at its rim all the same.
        rim = lax.cond(balanced, folding, lambda _: trial.determinant, trial.displacement)
        converged = balanced & (rim.value > 0)
        return _State(
            displacement=trial.displacement,
            out_of_balance=trial.out_of_balance,
            relative=jnp.where(converged & (reference <= floor), 0.0, error / reference),
            iteration=state.iteration + 1,
            converged=converged,
            failed=~trial.accepted | (balanced & ~converged) | (state.iteration + 1 >= limits.maximum_iterations),
            linear_residual=jnp.maximum(state.linear_residual, solved.residual),
            determinant=rim,
            handle=solved.handle,
            own=solved.own,
        )

    first = _State(
        displacement=start,
        out_of_balance=out_of_balance(start),
        relative=jnp.asarray(jnp.inf),
        iteration=jnp.zeros((), dtype=np.int64),
        converged=jnp.zeros((), dtype=bool),
        failed=jnp.zeros((), dtype=bool),
        linear_residual=jnp.zeros(()),
        determinant=problem.smallest_determinant(setting.shape, start),
        handle=progress.handle,
        own=progress.own,
    )
    return lax.while_loop(lambda state: ~(state.converged | state.failed), step, first)


def _search(problem: Problem, setting: Setting, state: _State, direction: Array, out_of_balance, is_first: Array) -> _Trial:
    """Halve the step until it leaves every element upright and the forces better balanced.

    Balance is judged by the norm of the residual or by its work on the step (the slope of the energy along it): near a
    buckling load the norm may have to grow first. The first step moves the boundary and is taken whole or not at all.
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
        descends = (jnp.linalg.norm(residual) <= norm) | (
            jnp.abs(jnp.vdot(moving, residual)) <= problem.settings.descent * work
        )
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
