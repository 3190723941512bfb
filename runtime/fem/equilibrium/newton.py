"""Newton's method for one equilibrium: line search, convergence, and a look at the stability of what was found.

All of it is loops inside a trace; only factorisations and solves cross to the host.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from metac.runtime.fem.assembly import element_kernels as kernels
from metac.runtime.fem.constitutive_law import Parameters
from metac.runtime.fem.equilibrium import linear_solve_callback as callback
from metac.runtime.fem.equilibrium.problem import Extreme, Problem, smallest
from metac.runtime.linear_solvers.stability import UNKNOWN
from metac.runtime.mesh.quality import jacobian_ratio


class ProblemData(NamedTuple):
    """What stays the same along a load path."""

    coordinates: Array
    """`[node, 2]`, unloaded, mm."""
    shape: kernels.Geometry
    parameters: Parameters


class BoundaryValues(NamedTuple):
    """What is prescribed at one point of a load path."""

    prescribed: Array
    """`[fixed]`, mm."""
    forces: Array
    """Dead forces on the points per thickness, `[point, 2]`, N/mm."""

    def towards(self, other: BoundaryValues, fraction: Array) -> BoundaryValues:
        """Linear interpolation."""
        return jax.tree.map(lambda a, b: a + fraction * (b - a), self, other)


class LastEquilibrium(NamedTuple):
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
    def none(cls, problem: Problem) -> LastEquilibrium:
        """At rest, before anything was computed."""
        return cls(
            jnp.zeros(len(problem.assembly.matrix.indices)),
            jnp.zeros((), dtype=bool),
            jnp.full((), UNKNOWN, dtype=np.int64),
            jnp.asarray(jnp.nan),
            jnp.zeros(len(problem.assembly.free)),
            jnp.asarray(problem.settings.maximum_pushes == 0),
        )


class InitialGuess(NamedTuple):
    """Where Newton's method starts from, and what it may use."""

    displacement: Array
    """`[point, 2]`, mm."""
    last_equilibrium: LastEquilibrium
    handle: Array
    """Names a factor of a matrix that may be close."""
    own: Array
    """bool: `handle` was made in this increment, so that a new factor may take its place."""


class NewtonState(NamedTuple):
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
    last_equilibrium: LastEquilibrium
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


def equilibrium(
    problem: Problem, data: ProblemData, begin: InitialGuess, boundary: BoundaryValues, descending: Array, *, keep: bool
) -> NewtonState:
    """Newton's method; its first step carries the boundary to its new place along the tangent.

    `descending`, it goes downhill instead: from the pushed neighbour of an unstable state.
    """
    limits, start = problem.settings, begin.displacement
    most_iterations = jnp.where(descending, limits.descent_iterations, limits.maximum_iterations)
    dirichlet_increment = problem.join(
        jnp.zeros(len(problem.assembly.free)), boundary.prescribed - problem.prescribed(start)
    )

    def out_of_balance(displacement: Array) -> Array:
        return problem.internal_force(data.parameters, data.shape, displacement) - boundary.forces

    def dirichlet_force(displacement: Array) -> Array:
        return jax.jvp(out_of_balance, (displacement,), (dirichlet_increment,))[1]

    def folding(displacement: Array) -> Extreme:
        return smallest(jacobian_ratio(problem.mesh, data.coordinates + problem.nodal(displacement), data.coordinates))

    def step(state: NewtonState) -> NewtonState:
        values = lax.cond(
            state.last_equilibrium.current,
            lambda last_equilibrium, _: last_equilibrium.values,
            lambda _, u: problem.stiffness(data.parameters, data.shape, u),
            state.last_equilibrium,
            state.displacement,
        )
        # The branches read the matrix and do not hand it on: what they return is copied.
        light = state._replace(
            last_equilibrium=state.last_equilibrium._replace(values=jnp.zeros(0), current=jnp.ones((), dtype=bool))
        )
        after = lax.cond(state.balanced, examine, improve, light, values)
        return after._replace(last_equilibrium=after.last_equilibrium._replace(values=values))

    def examine(state: NewtonState, values: Array) -> NewtonState:
        last_equilibrium = state.last_equilibrium
        found = callback.examine(problem.assembly, values, last_equilibrium.mode, state.handle, state.own, keep=keep)
        return state._replace(
            converged=jnp.ones((), dtype=bool),
            last_equilibrium=last_equilibrium._replace(negative=found.negative, lowest=found.lowest, mode=found.mode),
            handle=found.handle,
            own=found.own,
        )

    def improve(state: NewtonState, values: Array) -> NewtonState:
        is_first = (state.iteration == 0) & ~descending
        force_of_increment = lax.cond(is_first, dirichlet_force, jnp.zeros_like, state.displacement)
        right_side = -problem.free(state.out_of_balance + force_of_increment)
        solved = callback.solve(problem.assembly, values, right_side, state.handle, state.own, descending, keep=keep)
        direction = problem.join(solved.x, jnp.where(is_first, problem.prescribed(dirichlet_increment), 0.0))
        trial = _search(problem, data, state, direction, out_of_balance, is_first, descending)
        # Rounding in F alone leaves about this much out of balance.
        floor = 4 * np.finfo(float).eps * problem.size * jnp.abs(values[problem.assembly.matrix.diagonal]).max()
        error = jnp.linalg.norm(problem.free(trial.out_of_balance))
        # Internal forces, reactions included, and external ones: zero only where nothing is loaded.
        reference = jnp.linalg.norm(trial.out_of_balance + boundary.forces) + jnp.linalg.norm(boundary.forces)
        near = trial.accepted & (error <= jnp.maximum(limits.tolerance * reference, floor))
        # The law sees quadrature points only; an element may have folded at its rim all the same.
        rim = lax.cond(near, folding, lambda _: trial.determinant, trial.displacement)
        balanced = near & (rim.value > 0)
        return NewtonState(
            displacement=trial.displacement,
            out_of_balance=trial.out_of_balance,
            relative=jnp.where(balanced & (reference <= floor), 0.0, error / reference),
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

    first = NewtonState(
        displacement=start,
        out_of_balance=out_of_balance(start),
        relative=jnp.asarray(jnp.inf),
        iteration=jnp.zeros((), dtype=np.int64),
        balanced=jnp.zeros((), dtype=bool),
        converged=jnp.zeros((), dtype=bool),
        failed=jnp.zeros((), dtype=bool),
        linear_residual=jnp.zeros(()),
        determinant=problem.smallest_determinant(data.shape, start),
        last_equilibrium=begin.last_equilibrium._replace(current=begin.last_equilibrium.current & ~descending),
        handle=begin.handle,
        own=begin.own,
    )
    return lax.while_loop(lambda state: ~(state.converged | state.failed), step, first)


def _search(
    problem: Problem,
    data: ProblemData,
    state: NewtonState,
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
        determinant = problem.smallest_determinant(data.shape, displacement)
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
