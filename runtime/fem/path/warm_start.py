"""A load path from the equilibria of a neighbouring design: each increment on its own, all of them side by side.

Between two steps of an optimisation the geometry changes little, and what is prescribed does not. Newton's method starts
from each stored equilibrium with the tangent there, kept for some iterations (a chord, Kelley 1995, ch. 5); a new one is
made where it converges too slowly. Nothing is halved and nothing searched for: where an increment does not converge,
inverts an element, or ends in a state that is not known to be stable, the whole path is left to the solution from rest
(`incremental.py`).

The result is a function of the stored states alone, not of factors that earlier steps may have left.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from metac.runtime.fem.equilibrium import linear_solve_callback as callback
from metac.runtime.fem.equilibrium import linear_solve_callback_batched as batched_callback
from metac.runtime.fem.equilibrium.newton import BoundaryValues, ProblemData
from metac.runtime.fem.equilibrium.problem import Extreme, Problem
from metac.runtime.linear_solvers.stability import UNKNOWN

MARGIN = 1e-2
"""Chord iterations continue to this part of the tolerance: they converge linearly, where Newton's method oversteps it by
far."""
SLOWEST = 0.3
"""A chord that leaves more than this part of the forces out of balance is given up for a new tangent."""
MAXIMUM_CHORDS = 8
"""Iterations with one tangent."""
MAXIMUM_TANGENTS = 4


class WarmStart(NamedTuple):
    """What a path hands on to that of a neighbouring design; arrays, so that a checkpoint can hold it."""

    displacement: Array
    """`[increment, point, d]`, mm."""
    mode: Array
    """`[increment, free]`: rich in the softest modes of each equilibrium."""
    critical_point: Array
    """As in `Status`; of the last solution from rest, since only that finds it."""
    switched: Array
    """`[increment]`: as in `Status`, likewise."""
    known: Array
    """bool: there is something to start from."""


def cold_start(problem: Problem, increments: int) -> WarmStart:
    """Nothing to start from but rest."""
    return WarmStart(
        jnp.zeros((increments, problem.assembly.point_count, problem.dimension)),
        jnp.zeros((increments, problem.assembly.matrix.size)),
        jnp.full((), jnp.nan),
        jnp.zeros(increments, dtype=bool),
        jnp.zeros((), dtype=bool),
    )


class Correction(NamedTuple):
    """All increments together; every array but `good` has the axis `[increment]` first."""

    good: Array
    """bool: every increment converged to a stable equilibrium. The rest holds only if so."""
    displacement: Array
    iterations: Array
    residual: Array
    determinant: Extreme
    lowest: Array
    mode: Array
    values: Array
    """`[increment, entry]`: tangent stiffness at the equilibria."""
    handles: Array


class _Balance(NamedTuple):
    """How far one increment is from equilibrium; with the axis `[increment]` first."""

    displacement: Array
    out_of_balance: Array
    """`[free]`, N/mm."""
    error: Array
    """Its norm; infinite where the state is none (an inverted element, values that are not finite)."""
    reference: Array
    """Norms of all internal and external forces."""


class _Course(NamedTuple):
    balance: _Balance
    iterations: Array
    values: Array
    handles: Array
    tangents: Array
    balanced: Array
    """`[increment]` bool."""
    complete: Array
    """bool: balanced, and examined with the tangent there."""
    failed: Array
    negative: Array
    lowest: Array
    mode: Array


class _Chords(NamedTuple):
    balance: _Balance
    iterations: Array
    handles: Array
    active: Array
    passes: Array
    failed: Array


def correct(problem: Problem, data: ProblemData, boundary: BoundaryValues, start: WarmStart, *, keep: bool) -> Correction:
    """Equilibria under `boundary`, each with the axis `[increment]` first; factors are kept for the adjoint or given up."""
    limits, count = problem.settings, len(start.displacement)

    def weigh(displacement: Array, forces: Array) -> _Balance:
        total = problem.internal_force(data.parameters, data.shape, displacement) - forces
        upright = problem.smallest_determinant(data.shape, displacement).value > 0
        free = problem.free(total)
        error = jnp.where(upright & jnp.isfinite(total).all(), jnp.linalg.norm(free), jnp.inf)
        return _Balance(displacement, free, error, jnp.linalg.norm(total + forces) + jnp.linalg.norm(forces))

    def goal(balance: _Balance, values: Array, part: float) -> Array:
        # Rounding in F alone leaves about this much out of balance.
        floor = 4 * np.finfo(float).eps * problem.size * jnp.abs(values[:, problem.assembly.matrix.diagonal]).max(axis=1)
        return jnp.maximum(part * limits.tolerance * balance.reference, floor)

    def chord(values: Array, state: _Chords) -> _Chords:
        before, active = state.balance, state.active
        renew = state.passes == 0
        step, handles = batched_callback.substitute(
            problem.assembly, values, -before.out_of_balance, state.handles, active, renew
        )

        def move(entry: tuple[_Balance, Array, Array, Array]) -> _Balance:
            balance, step, forces, is_active = entry
            moved = problem.join(step, jnp.zeros(len(problem.assembly.fixed)))
            return lax.cond(is_active, lambda: weigh(balance.displacement + moved, forces), lambda: balance)

        trial = lax.map(move, (before, step, boundary.forces, active))
        better = active & (trial.error < before.error)
        after = jax.tree.map(lambda new, old: jnp.where(_along(better, new), new, old), trial, before)
        enough = before.error <= goal(before, values, 1.0)
        contracts = trial.error <= SLOWEST * before.error
        return _Chords(
            balance=after,
            iterations=state.iterations + active,
            handles=handles,
            active=better & (contracts | renew) & (after.error > goal(after, values, MARGIN)),
            passes=state.passes + 1,
            # Newton's own step must lead on.
            failed=state.failed | (renew & active & ~better & ~enough).any(),
        )

    def examine(course: _Course, values: Array) -> _Course:
        found = batched_callback.examine(problem.assembly, values, course.mode, course.handles, keep=keep)
        return course._replace(
            complete=jnp.ones((), dtype=bool),
            handles=found.handles,
            negative=found.negative,
            lowest=found.lowest,
            mode=found.modes,
        )

    def approach(course: _Course, values: Array) -> _Course:
        passes = jnp.zeros((), dtype=np.int64)
        first = _Chords(course.balance, course.iterations, course.handles, ~course.balanced, passes, course.failed)
        last = lax.while_loop(
            lambda state: state.active.any() & (state.passes < MAXIMUM_CHORDS) & ~state.failed, partial(chord, values), first
        )
        balanced = last.balance.error <= goal(last.balance, values, 1.0)
        tangents = course.tangents + 1
        return course._replace(
            balance=last.balance,
            iterations=last.iterations,
            handles=last.handles,
            tangents=tangents,
            balanced=balanced,
            failed=last.failed | (~balanced.all() & (tangents >= MAXIMUM_TANGENTS)),
        )

    def advance(course: _Course) -> _Course:
        values = lax.map(lambda u: problem.stiffness(data.parameters, data.shape, u), course.balance.displacement)
        light = course._replace(values=jnp.zeros((count, 0)))
        return lax.cond(course.balanced.all(), examine, approach, light, values)._replace(values=values)

    at_once = jax.vmap(lambda u, prescribed: problem.join(problem.free(u), prescribed))(
        start.displacement, boundary.prescribed
    )
    balance = lax.map(lambda pair: weigh(*pair), (at_once, boundary.forces))
    none, nothing = jnp.zeros(count, dtype=np.int64), jnp.zeros((), dtype=bool)
    first = _Course(
        balance=balance,
        iterations=none,
        values=jnp.zeros((count, len(problem.assembly.matrix.indices))),
        handles=none + callback.no_factor(),
        tangents=jnp.zeros((), dtype=np.int64),
        balanced=jnp.zeros(count, dtype=bool),
        complete=nothing,
        failed=~jnp.isfinite(balance.error).all(),
        negative=none + UNKNOWN,
        lowest=jnp.full(count, jnp.nan),
        mode=start.mode,
    )
    last = lax.while_loop(lambda course: ~(course.complete | course.failed), advance, first)
    balance = last.balance

    determinant = lax.map(partial(problem.smallest_jacobian, data.coordinates), balance.displacement)
    good = last.complete & (last.negative == 0).all() & (determinant.value > 0).all()
    negligible = balance.reference <= goal(balance, last.values, 0.0)
    return Correction(
        good=good,
        displacement=balance.displacement,
        iterations=last.iterations,
        residual=jnp.where(negligible, 0.0, balance.error / balance.reference),
        determinant=determinant,
        lowest=last.lowest,
        mode=last.mode,
        values=last.values,
        handles=last.handles,
    )


def _along(flags: Array, like: Array) -> Array:
    """`[increment]` shaped so that it goes with an array of more axes."""
    return flags.reshape(flags.shape + (1,) * (like.ndim - 1))
