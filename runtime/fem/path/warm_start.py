"""A load path from the equilibria of a neighbouring design: each increment on its own, all of them side by side.

Between two steps of an optimisation the geometry changes little, and what is prescribed does not. Newton's method starts
from each stored equilibrium with the tangent there, kept for some iterations (a chord, Kelley 1995, ch. 5); a new one is
made where it converges too slowly. Nothing is halved and nothing searched for: where an increment does not converge,
inverts an element, or ends in a state that is not known to be stable, the whole path is left to the solution from rest
(`incremental.py`).

The result is a function of the stored states alone, not of factors that earlier steps may have left.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jaxtyping import Bool, Float, Shaped

from metac.runtime.fem.equilibrium import linear_solve_callback as callback
from metac.runtime.fem.equilibrium import linear_solve_callback_batched as batched_callback
from metac.runtime.fem.equilibrium.equilibrium_data import BoundaryValues, ProblemData
from metac.runtime.fem.equilibrium.newton import rounding_floor
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

    displacement: Float[Array, "increment point d"]
    """`[increment, point, d]`, mm."""
    mode: Float[Array, "increment free"]
    """`[increment, free]`: rich in the softest modes of each equilibrium."""
    critical_point: Array
    """As in `Status`; of the last solution from rest, since only that finds it."""
    switched: Bool[Array, " increment"]
    """`[increment]`: as in `Status`, likewise."""
    known: Array
    """bool: there is something to start from."""


def cold_start(problem: Problem, increments: int) -> WarmStart:
    """Nothing to start from but rest; of the types that a path leaves, so that what takes either is one program."""
    return WarmStart(
        jnp.zeros((increments, problem.assembly.point_count, problem.dimension)),
        jnp.zeros((increments, problem.assembly.matrix.size)),
        jnp.full((), jnp.nan, dtype=float),
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
    values: Float[Array, "increment entry"]
    """`[increment, entry]`: tangent stiffness at the equilibria."""
    handles: Array


class StateBalance(NamedTuple):
    """How far each increment is from equilibrium; with the axis `[increment]` first."""

    displacement: Array
    out_of_balance: Float[Array, " free"]
    """`[free]`, N/mm."""
    error: Array
    """Its norm; infinite where the state is none (an inverted element, values that are not finite)."""
    reference: Array
    """Norms of all internal and external forces."""


class ChordState(NamedTuple):
    """Iterations with one tangent."""

    balance: StateBalance
    iterations: Array
    handles: Array
    active: Bool[Array, " increment"]
    """`[increment]` bool: not yet in balance, and worth another pass."""
    passes: Array
    failed: Array
    """bool: Newton's own step led nowhere in some increment."""


class CorrectionState(NamedTuple):
    """All increments on their way from the equilibria of the neighbouring design to those of this one."""

    balance: StateBalance
    iterations: Array
    values: Array
    handles: Array
    tangents: Array
    """int: tangents made so far."""
    balanced: Bool[Array, " increment"]
    """`[increment]` bool."""
    complete: Array
    """bool: balanced, and examined with the tangent there."""
    failed: Array
    negative: Array
    lowest: Array
    mode: Array


@dataclass(frozen=True)
class WarmStartCorrector:
    """The equilibria of one path; made inside a trace, its methods are the pieces of the loop."""

    problem: Problem
    data: ProblemData
    boundary: BoundaryValues
    """Each with the axis `[increment]` first."""
    keep: bool
    """Whether factors are kept for the adjoint."""

    def solve(self, start: WarmStart) -> Correction:
        """Tangent after tangent, until every increment is in balance and examined, or one does not converge."""
        first = self.initial_state(start)
        last = lax.while_loop(lambda state: ~(state.complete | state.failed), self.step, first)
        balance = last.balance
        determinant = lax.map(partial(self.problem.smallest_jacobian, self.data.coordinates), balance.displacement)
        negligible = balance.reference <= self.allowed(balance, last.values, 0.0)
        return Correction(
            good=last.complete & (last.negative == 0).all() & (determinant.value > 0).all(),
            displacement=balance.displacement,
            iterations=last.iterations,
            residual=jnp.where(negligible, 0.0, balance.error / balance.reference),
            determinant=determinant,
            lowest=last.lowest,
            mode=last.mode,
            values=last.values,
            handles=last.handles,
        )

    def initial_state(self, start: WarmStart) -> CorrectionState:
        """The neighbour's displacements, with the boundary moved at once to where this path has it."""
        problem, boundary, count = self.problem, self.boundary, len(start.displacement)
        at_once = jax.vmap(lambda u, prescribed: problem.join(problem.free(u), prescribed))(
            start.displacement, boundary.prescribed
        )
        balance = lax.map(lambda pair: self.balance(*pair), (at_once, boundary.forces))
        none = jnp.zeros(count, dtype=np.int64)
        return CorrectionState(
            balance=balance,
            iterations=none,
            values=jnp.zeros((count, len(problem.assembly.matrix.indices))),
            handles=none + callback.no_factor(),
            tangents=jnp.zeros((), dtype=np.int64),
            balanced=jnp.zeros(count, dtype=bool),
            complete=jnp.zeros((), dtype=bool),
            failed=~jnp.isfinite(balance.error).all(),
            negative=none + UNKNOWN,
            lowest=jnp.full(count, jnp.nan),
            mode=start.mode,
        )

    def step(self, state: CorrectionState) -> CorrectionState:
        """New tangents, and iterations with them, or the examination that ends the correction."""
        problem, data = self.problem, self.data
        values = lax.map(lambda u: problem.stiffness(data.parameters, data.shape, u), state.balance.displacement)
        # The branches read the matrices and do not hand them on: what they return is copied.
        light = state._replace(values=jnp.zeros((len(values), 0)))
        return lax.cond(state.balanced.all(), self.examine, self.approach, light, values)._replace(values=values)

    def examine(self, state: CorrectionState, values: Array) -> CorrectionState:
        """Count the negative eigenvalues of the tangents of states in balance."""
        found = batched_callback.examine(self.problem.assembly, values, state.mode, state.handles, keep=self.keep)
        return state._replace(
            complete=jnp.ones((), dtype=bool),
            handles=found.handles,
            negative=found.negative,
            lowest=found.lowest,
            mode=found.modes,
        )

    def approach(self, state: CorrectionState, values: Array) -> CorrectionState:
        """Iterations with one tangent, for the increments that are not in balance."""
        passes = jnp.zeros((), dtype=np.int64)
        first = ChordState(state.balance, state.iterations, state.handles, ~state.balanced, passes, state.failed)
        last = lax.while_loop(
            lambda chords: chords.active.any() & (chords.passes < MAXIMUM_CHORDS) & ~chords.failed,
            partial(self.chord_step, values),
            first,
        )
        balanced = last.balance.error <= self.allowed(last.balance, values, 1.0)
        tangents = state.tangents + 1
        return state._replace(
            balance=last.balance,
            iterations=last.iterations,
            handles=last.handles,
            tangents=tangents,
            balanced=balanced,
            failed=last.failed | (~balanced.all() & (tangents >= MAXIMUM_TANGENTS)),
        )

    def chord_step(self, values: Array, state: ChordState) -> ChordState:
        """One pass over all active increments; the first pass with a tangent is Newton's own step."""
        before, active = state.balance, state.active
        is_first = state.passes == 0
        step, handles = batched_callback.substitute(
            self.problem.assembly, values, -before.out_of_balance, state.handles, active, is_first
        )
        trial = lax.map(self.moved, (before, step, self.boundary.forces, active))
        better = active & (trial.error < before.error)
        after = jax.tree.map(lambda new, old: jnp.where(_along(better, new), new, old), trial, before)
        enough = before.error <= self.allowed(before, values, 1.0)
        contracts = trial.error <= SLOWEST * before.error
        return ChordState(
            balance=after,
            iterations=state.iterations + active,
            handles=handles,
            active=better & (contracts | is_first) & (after.error > self.allowed(after, values, MARGIN)),
            passes=state.passes + 1,
            # Newton's own step must lead on.
            failed=state.failed | (is_first & active & ~better & ~enough).any(),
        )

    def moved(self, increment: tuple[StateBalance, Array, Array, Array]) -> StateBalance:
        """One increment's balance, step `[free]` and forces: its balance after the step, where it is active."""
        balance, step, forces, is_active = increment
        change = self.problem.join(step, jnp.zeros(len(self.problem.assembly.fixed)))
        return lax.cond(is_active, lambda: self.balance(balance.displacement + change, forces), lambda: balance)

    def balance(self, displacement: Array, forces: Array) -> StateBalance:
        """Of one increment: displacement and dead forces `[point, d]`."""
        problem, data = self.problem, self.data
        total = problem.internal_force(data.parameters, data.shape, displacement) - forces
        upright = problem.smallest_determinant(data.shape, displacement).value > 0
        free = problem.free(total)
        error = jnp.where(upright & jnp.isfinite(total).all(), jnp.linalg.norm(free), jnp.inf)
        return StateBalance(displacement, free, error, jnp.linalg.norm(total + forces) + jnp.linalg.norm(forces))

    def allowed(self, balance: StateBalance, values: Array, part: float) -> Float[Array, " increment"]:
        """`[increment]`, N/mm: `part` of the tolerance, but no less than rounding leaves out of balance."""
        floor = rounding_floor(self.problem, values)
        return jnp.maximum(part * self.problem.settings.tolerance * balance.reference, floor)


def _along(flags: Shaped[Array, " increment"], like: Array) -> Shaped[Array, "increment ..."]:
    """`[increment]` shaped so that it goes with an array of more axes."""
    return flags.reshape(flags.shape + (1,) * (like.ndim - 1))
