"""The adjoint of a load path: derivatives of what follows from its equilibria, by the implicit-function theorem.

Differentiating R(u, …) = 0 at each converged state gives the adjoint K λ = ∂L/∂u, one solve an increment with the factors
that Newton's method left behind, and dL = −λᵀ dR for coordinates, parameters, prescribed displacements and forces alike.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
from jax import Array, lax
from jaxtyping import Float

from metac.runtime.fem.constitutive_law import Parameters
from metac.runtime.fem.equilibrium import linear_solve_callback_batched as batched_callback
from metac.runtime.fem.equilibrium.problem import Problem
from metac.runtime.fem.status import LINEAR_TOLERANCE

PathCotangents: TypeAlias = tuple[Array, Parameters, Array, Array]
"""By coordinates `[node, d]`, parameters, prescribed displacements `[increment, fixed]`, forces `[increment, point, d]`."""


class SavedPath(NamedTuple):
    """What a path leaves behind for its derivatives."""

    coordinates: Float[Array, "node d"]
    parameters: Parameters
    displacement: Float[Array, "increment point d"]
    values: Float[Array, "increment entry"]
    """The tangent stiffness at each equilibrium."""
    handles: Array
    """`[increment]`: names of its factors."""
    good: Array
    """`[increment]` bool: in equilibrium, its linear solves accurate."""


@partial(jax.jit, static_argnums=0)
def path_cotangents(problem: Problem, saved: SavedPath, cotangent: Float[Array, "increment point d"]) -> PathCotangents:
    """What a derivative by the displacements of a path makes of its inputs.

    Not a number where an increment that counts is not in equilibrium or its adjoint solve is not accurate.
    """
    shape = problem.geometry(saved.coordinates)
    right_sides = jnp.where(saved.good[:, None], jax.vmap(problem.free)(cotangent), 0.0)
    solutions, residuals = batched_callback.solve_again(problem.assembly, saved.values, right_sides, saved.handles)
    # A measure of the last increment alone asks nothing of the others.
    needed = (right_sides != 0).any(axis=1)
    inputs = saved.coordinates, saved.parameters

    def virtual_work_gradient(u: Array, adjoint: Array) -> PathCotangents:
        work = problem.virtual_work_gradient(saved.parameters, shape, u, adjoint)
        by_coordinates, by_displacement, by_parameters = jax.tree.map(jnp.negative, work)
        return by_coordinates, by_parameters, problem.prescribed(by_displacement), adjoint

    def nothing(u: Array, adjoint: Array) -> PathCotangents:
        return *_zeros((*inputs, problem.prescribed(u))), jnp.zeros_like(adjoint)

    def reverse(sums: tuple[Array, Parameters], increment: tuple[Array, ...]) -> tuple[Any, tuple[Array, Array]]:
        u, solution, residual, good, is_needed, cotangent = increment
        adjoint = problem.join(solution, jnp.zeros(len(problem.assembly.fixed)))
        gradient = lax.cond(is_needed, virtual_work_gradient, nothing, u, adjoint)
        poison = jnp.where(good & (residual <= LINEAR_TOLERANCE), 0.0, jnp.nan)
        by_coordinates, by_parameters, by_prescribed, by_force = jax.tree.map(lambda g: g + poison, gradient)
        sums = jax.tree.map(jnp.add, sums, (by_coordinates, by_parameters))
        return sums, (by_prescribed + problem.prescribed(cotangent), by_force)

    increments = (saved.displacement, solutions, residuals, saved.good, needed, cotangent)
    sums, (by_prescribed, by_forces) = lax.scan(reverse, _zeros(inputs), increments, reverse=True)
    return (*sums, by_prescribed, by_forces)


def _zeros(tree: Any) -> Any:
    return jax.tree.map(jnp.zeros_like, tree)
