"""Newton's method for one equilibrium: line search, convergence, and the stability of what was found.

All of it is one loop inside a trace; only factorisations and solves are callbacks to the host. `NewtonSolver` holds what one
equilibrium is asked for; each of its methods is one piece of the loop and can be called alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jaxtyping import Float

from metac.runtime.fem.equilibrium import linear_solve_callback as callback
from metac.runtime.fem.equilibrium.equilibrium_data import BoundaryValues, InitialGuess, LastEquilibrium, ProblemData
from metac.runtime.fem.equilibrium.problem import Extreme, Problem

ARRIVED = 1e-14
"""Distance, over the size of the domain, from its prescribed place that a boundary may keep."""


class NewtonState(NamedTuple):
    """Newton's method on its way to one equilibrium."""

    displacement: Array
    out_of_balance: Float[Array, "point d"]
    """`[point, d]`, at `displacement`."""
    relative: Array
    iteration: Array
    balanced: Array
    converged: Array
    """bool: balanced, and its stability examined."""
    failed: Array
    linear_residual: Array
    determinant: Extreme
    last_equilibrium: LastEquilibrium
    """Its values are those at `displacement` where they are current."""
    handle: Array
    own: Array
    """bool: `handle` was made in this increment, so that a new factor may take its place."""


class LineSearch(NamedTuple):
    """A trial of the line search: the state after `length` times the step."""

    length: Array
    displacement: Array
    out_of_balance: Array
    determinant: Extreme
    valid: Array
    """bool: every element is upright, every force finite."""
    accepted: Array
    halvings: Array


class Balance(NamedTuple):
    """How far a state is from equilibrium."""

    error: Array
    """Norm of the out-of-balance forces on free degrees of freedom, N/mm."""
    reference: Array
    """Norms of internal forces, reactions included, and of external ones: zero only where nothing is loaded."""
    floor: Array
    """About as much as rounding in F alone leaves out of balance."""

    @property
    def relative(self) -> Array:
        """`error` over `reference`."""
        return self.error / self.reference

    def within(self, tolerance: float) -> Array:
        """bool: equilibrium, to this relative tolerance."""
        return self.error <= jnp.maximum(tolerance * self.reference, self.floor)


def rounding_floor(problem: Problem, values: Float[Array, "... entry"]) -> Float[Array, " ..."]:
    """Out-of-balance force that rounding in F leaves, N/mm, for tangent `values[..., entry]`; `[...]`."""
    stiffest = jnp.abs(values[..., problem.assembly.matrix.diagonal]).max(axis=-1, initial=0.0)
    return 4 * np.finfo(float).eps * problem.size * stiffest


@dataclass(frozen=True)
class NewtonSolver:
    """One equilibrium under `boundary`; made inside a trace, its methods are the pieces of the loop."""

    problem: Problem
    data: ProblemData
    boundary: BoundaryValues
    descending: Array
    """bool: go downhill, from the pushed neighbour of an unstable state, instead of along the tangent."""
    keep: bool
    """Whether the last factor is kept for the adjoint."""

    @property
    def downhill(self) -> Array:
        """bool: steps lead down in energy, whatever they do to the forces."""
        return self.descending | self.problem.settings.downhill

    def solve(self, guess: InitialGuess) -> NewtonState:
        """Iterate until the state is in balance and examined, or no step helps any more."""
        return lax.while_loop(lambda state: ~(state.converged | state.failed), self.step, self.initial_state(guess))

    def initial_state(self, guess: InitialGuess) -> NewtonState:
        """Before the first iteration; a tangent at hand serves unless the search goes downhill."""
        last, nothing = guess.last_equilibrium, jnp.zeros((), dtype=bool)
        return NewtonState(
            displacement=guess.displacement,
            out_of_balance=self.out_of_balance(guess.displacement),
            relative=jnp.asarray(jnp.inf),
            iteration=jnp.zeros((), dtype=np.int64),
            balanced=nothing,
            converged=nothing,
            failed=nothing,
            linear_residual=jnp.zeros(()),
            determinant=self.problem.smallest_determinant(self.data.shape, guess.displacement),
            last_equilibrium=last._replace(current=last.current & ~self.descending),
            handle=guess.handle,
            own=guess.own,
        )

    def step(self, state: NewtonState) -> NewtonState:
        """One iteration, or the examination that ends them."""
        values = self.tangent(state)
        # The branches read the matrix and do not hand it on: what they return is copied.
        light = state.last_equilibrium._replace(values=jnp.zeros(0), current=jnp.ones((), dtype=bool))
        after = lax.cond(state.balanced, self.examine, self.improve, state._replace(last_equilibrium=light), values)
        return after._replace(last_equilibrium=after.last_equilibrium._replace(values=values))

    def tangent(self, state: NewtonState) -> Array:
        """Values of the tangent stiffness at the state, computed only where they are not at hand."""
        return lax.cond(
            state.last_equilibrium.current,
            lambda last, _: last.values,
            lambda _, displacement: self.problem.stiffness(self.data.parameters, self.data.shape, displacement),
            state.last_equilibrium,
            state.displacement,
        )

    def out_of_balance(self, displacement: Float[Array, "point d"]) -> Float[Array, "point d"]:
        """Internal less external forces `[point, d]`, N/mm; at fixed degrees of freedom the reactions."""
        return self.problem.internal_force(self.data.parameters, self.data.shape, displacement) - self.boundary.forces

    def dirichlet_increment(self, displacement: Float[Array, "point d"]) -> Float[Array, "point d"]:
        """`[point, d]`: what takes the fixed degrees of freedom to their prescribed values, zero elsewhere, mm."""
        problem = self.problem
        change = self.boundary.prescribed - problem.prescribed(displacement)
        return problem.join(jnp.zeros(len(problem.assembly.free)), change)

    def dirichlet_force(self, displacement: Float[Array, "point d"]) -> Float[Array, "point d"]:
        """Forces `[point, d]`, N/mm, that the Dirichlet increment alone would cause, to first order."""
        return jax.jvp(self.out_of_balance, (displacement,), (self.dirichlet_increment(displacement),))[1]

    def examine(self, state: NewtonState, values: Array) -> NewtonState:
        """Count the negative eigenvalues of the tangent of a state in balance."""
        last = state.last_equilibrium
        found = callback.examine(self.problem.assembly, values, last.mode, state.handle, state.own, keep=self.keep)
        return state._replace(
            converged=jnp.ones((), dtype=bool),
            last_equilibrium=last._replace(negative=found.negative, lowest=found.lowest, mode=found.mode),
            handle=found.handle,
            own=found.own,
        )

    def improve(self, state: NewtonState, values: Array) -> NewtonState:
        """A Newton step; the first one carries the boundary to its new place along the tangent."""
        limits = self.problem.settings
        carries = self.carries_boundary(state)
        solved, direction = self.direction(state, values, carries)
        trial = self.line_search(state, direction, carries)
        balance = self.balance(trial.out_of_balance, values)
        near = trial.accepted & balance.within(limits.tolerance) & self.has_arrived(trial.displacement)
        # The law sees quadrature points only; an element may have folded at its rim all the same.
        rim = lax.cond(near, self.smallest_jacobian, lambda _: trial.determinant, trial.displacement)
        balanced = near & (rim.value > 0)
        most_iterations = jnp.where(self.descending, limits.descent_iterations, limits.maximum_iterations)
        return NewtonState(
            displacement=trial.displacement,
            out_of_balance=trial.out_of_balance,
            relative=jnp.where(balanced & (balance.reference <= balance.floor), 0.0, balance.relative),
            iteration=state.iteration + 1,
            balanced=balanced,
            converged=state.converged,
            failed=~balanced & (~trial.accepted | near | (state.iteration + 1 >= most_iterations)),
            linear_residual=jnp.maximum(state.linear_residual, solved.residual),
            determinant=rim,
            last_equilibrium=state.last_equilibrium._replace(current=jnp.zeros((), dtype=bool)),
            handle=solved.handle,
            own=solved.own,
        )

    def carries_boundary(self, state: NewtonState) -> Array:
        """bool: this step takes the boundary along: the first one, and after a shortened one others until it is there."""
        is_first = (state.iteration == 0) & ~self.descending
        limits = self.problem.settings
        if not limits.shortened_boundary_steps:
            return is_first
        error, external = jnp.linalg.norm(self.problem.free(state.out_of_balance)), self.boundary.forces
        reference = jnp.linalg.norm(state.out_of_balance + external) + jnp.linalg.norm(external)
        near = error <= limits.nearly_balanced * reference
        return is_first | (~self.descending & near & ~self.has_arrived(state.displacement))

    def has_arrived(self, displacement: Float[Array, "point d"]) -> Array:
        """bool: the boundary is where it is prescribed to be."""
        if not self.problem.settings.shortened_boundary_steps:
            return jnp.ones((), dtype=bool)
        left = jnp.abs(self.boundary.prescribed - self.problem.prescribed(displacement))
        return left.max(initial=0.0) <= ARRIVED * self.problem.size

    def direction(self, state: NewtonState, values: Array, carries: Array) -> tuple[callback.LinearSolution, Array]:
        """The linear solve of a step, and the step `[point, d]`, mm, with the Dirichlet increment if it `carries` it."""
        problem = self.problem
        driven = lax.cond(carries, self.dirichlet_force, jnp.zeros_like, state.displacement)
        right_side = -problem.free(state.out_of_balance + driven)
        solved = callback.solve(problem.assembly, values, right_side, state.handle, state.own, self.downhill, keep=self.keep)
        increment = problem.prescribed(self.dirichlet_increment(state.displacement))
        return solved, problem.join(solved.x, jnp.where(carries, increment, 0.0))

    def line_search(self, state: NewtonState, direction: Array, carries: Array) -> LineSearch:
        """Halve the step until it leaves every element upright and the forces better balanced.

        Balance is judged by the norm of the residual or by its work on the step (the slope of the energy along it): near a
        buckling load the norm may have to grow first. A step that moves the boundary is taken whole or not at all, or,
        where it may be shortened, as far as no gap closes at once. Downhill, only the slope counts: it may be as steep
        as it likes as long as it still leads down.
        """
        problem = self.problem
        moving, residual_before = problem.free(direction), problem.free(state.out_of_balance)
        norm, work = jnp.linalg.norm(residual_before), jnp.abs(jnp.vdot(moving, residual_before))

        def halve(before: LineSearch) -> LineSearch:
            length = before.length / 2
            displacement = state.displacement + length * direction
            forces = self.out_of_balance(displacement)
            determinant = problem.smallest_determinant(self.data.shape, displacement)
            residual = problem.free(forces)
            valid = (determinant.value > 0) & jnp.isfinite(forces).all()
            valid &= problem.leaves_room(self.data.shape, state.displacement, displacement)
            slope, least = jnp.vdot(moving, residual), problem.settings.descent * work
            balanced = (jnp.linalg.norm(residual) <= norm) | (jnp.abs(slope) <= least)
            descends = jnp.where(self.downhill, slope <= least, balanced)
            accepted = valid & (descends | carries)
            return LineSearch(length, displacement, forces, determinant, valid, accepted, before.halvings + 1)

        most = problem.settings.maximum_step_halvings
        if not problem.settings.shortened_boundary_steps:
            most = jnp.where(carries, 0, most)
        # Starting before the first attempt, at twice the whole step, keeps one copy of the forces in the compiled loop.
        nothing = jnp.zeros((), dtype=bool)
        twice = LineSearch(
            jnp.asarray(2.0), state.displacement, state.out_of_balance, state.determinant, nothing, nothing, jnp.asarray(-1)
        )
        return lax.while_loop(lambda trial: ~trial.accepted & (trial.halvings < most), halve, twice)

    def balance(self, out_of_balance: Array, values: Array) -> Balance:
        """How far the forces `[point, d]` are from equilibrium, `values` those of a tangent nearby."""
        external = self.boundary.forces
        reference = jnp.linalg.norm(out_of_balance + external) + jnp.linalg.norm(external)
        return Balance(jnp.linalg.norm(self.problem.free(out_of_balance)), reference, rounding_floor(self.problem, values))

    def smallest_jacobian(self, displacement: Float[Array, "point d"]) -> Extreme:
        """Smallest Jacobian of the deformed against the unloaded elements, nodes included."""
        return self.problem.smallest_jacobian(self.data.coordinates, displacement)
