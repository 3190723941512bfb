"""A load path as one differentiable function: equilibrium after equilibrium, derivatives by the implicit-function theorem.

Differentiating R(u, …) = 0 at each converged state gives the adjoint K λ = ∂L/∂u, one solve an increment with the factors
that Newton's method left behind, and dL = −λᵀ dR for coordinates, parameters, prescribed displacements and forces alike.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from metac.runtime.fem.constitutive_law import Parameters
from metac.runtime.fem.equilibrium import linear_solve_callback as callback
from metac.runtime.fem.equilibrium import linear_solve_callback_batched as batched_callback
from metac.runtime.fem.equilibrium.newton import BoundaryValues, LastEquilibrium, ProblemData
from metac.runtime.fem.equilibrium.problem import Extreme, Problem, smallest
from metac.runtime.fem.path.critical_point import critical_point
from metac.runtime.fem.path.load_step import Increment, solve_increment
from metac.runtime.fem.path.warm_start import Correction, WarmStart, correct
from metac.runtime.fem.status import LINEAR_TOLERANCE, Status
from metac.runtime.linear_solvers.stability import UNKNOWN
from metac.runtime.mesh.quality import jacobian_ratio


@partial(jax.jit, static_argnums=0)
def solve_path(
    problem: Problem, coordinates: Array, parameters: Parameters, prescribed: Array, forces: Array | None = None
) -> tuple[Array, Status]:
    """Displacements `[increment, point, d]`, mm, under growing prescribed displacements and dead forces, from rest.

    `coordinates[node, d]` are the unloaded positions, mm; `prescribed[increment, fixed]` the displacements of the fixed
    degrees of freedom, mm; `forces[increment, point, d]` dead forces per thickness, N/mm. Points are nodes where none is
    constrained (`Problem.nodal`). Displacements are NaN from the first increment on that has no equilibrium, and the status
    reports why; nothing is raised. Gradients with respect to all four are exact at the converged states, and NaN where the
    path failed or an adjoint solve was not accurate.
    """
    return solve_path_from(problem, None, coordinates, parameters, prescribed, forces)[:2]


@partial(jax.jit, static_argnums=0)
def solve_path_from(
    problem: Problem,
    start: WarmStart | None,
    coordinates: Array,
    parameters: Parameters,
    prescribed: Array,
    forces: Array | None = None,
) -> tuple[Array, Status, WarmStart]:
    """As `solve_path`, from the equilibria of a neighbouring design where they lead to stable ones, else from rest.

    Returns what a neighbour of this design may start from, too. Compiled once for known and unknown starts. There is no
    derivative with respect to `start`: equilibria do not depend on where the search for them began.
    """
    if forces is None:
        forces = jnp.zeros((len(prescribed), problem.assembly.point_count, problem.dimension))
    parameters = tuple(jnp.asarray(value, dtype=float) for value in parameters)
    return _path(problem, start, coordinates, parameters, prescribed, forces)


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def _path(
    problem: Problem, start: WarmStart | None, coordinates: Array, parameters: Parameters, prescribed: Array, forces: Array
) -> tuple[Array, Status, WarmStart]:
    solved = _solve(problem, start, coordinates, parameters, prescribed, forces, keep=False)
    return solved.displacement, solved.status, solved.next_start


class _Solved(NamedTuple):
    displacement: Array
    status: Status
    next_start: WarmStart
    values: Array
    """`[increment, entry]`: tangent stiffness at each equilibrium, if kept for the adjoint; else `[increment, 0]`."""
    handles: Array


def _solve(
    problem: Problem,
    start: WarmStart | None,
    coordinates: Array,
    parameters: Parameters,
    prescribed: Array,
    forces: Array,
    *,
    keep: bool,
) -> _Solved:
    data = ProblemData(coordinates, problem.geometry(coordinates), parameters)
    boundary = BoundaryValues(prescribed, forces)
    ratio = smallest(jacobian_ratio(problem.mesh, coordinates))
    inputs_finite = jnp.isfinite(coordinates).all() & jnp.isfinite(prescribed).all() & jnp.isfinite(forces).all()
    for value in parameters:
        inputs_finite &= jnp.isfinite(value).all()
    before = _Before(ratio, inputs_finite, inputs_finite & (ratio.value > 0))
    if start is None:
        return _solve_from_rest(problem, data, boundary, before, callback.no_factor(), keep=keep)

    def attempt() -> Correction:
        return correct(problem, data, boundary, start, keep=keep)

    nothing = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), jax.eval_shape(attempt))
    nothing = nothing._replace(handles=nothing.handles + callback.no_factor())
    correction = lax.cond(start.known & before.sound, attempt, lambda: nothing)

    def march() -> _Solved:
        return _solve_from_rest(problem, data, boundary, before, batched_callback.release(correction.handles), keep=keep)

    return lax.cond(correction.good, lambda: _corrected(correction, start, before, keep=keep), march)


class _Before(NamedTuple):
    """What is known before anything is solved."""

    ratio: Extreme
    """Of the moved against the meshed geometry."""
    inputs_finite: Array
    sound: Array
    """bool: there is something to solve."""


def _corrected(correction: Correction, start: WarmStart, before: _Before, *, keep: bool) -> _Solved:
    count = len(correction.displacement)
    none = jnp.zeros(count, dtype=np.int64)
    status = Status(
        converged=jnp.ones(count, dtype=bool),
        iterations=correction.iterations,
        residual=correction.residual,
        cutbacks=none,
        linear_residual=jnp.zeros(count),
        smallest_determinant=correction.determinant.value,
        smallest_determinant_element=correction.determinant.element,
        reference_jacobian=before.ratio.value,
        reference_jacobian_element=before.ratio.element,
        not_finite=~before.inputs_finite,
        negative_eigenvalues=none,
        lowest_eigenvalue=correction.lowest,
        critical_point=start.critical_point,
        switched=start.switched,
        warm=jnp.ones((), dtype=bool),
    )
    after = start._replace(displacement=correction.displacement, mode=correction.mode)
    values = correction.values if keep else correction.values[:, :0]
    return _Solved(correction.displacement, status, after, values, correction.handles)


class _PathCarry(NamedTuple):
    displacement: Array
    boundary: BoundaryValues
    good: Array
    handle: Array
    last_equilibrium: LastEquilibrium


def _solve_from_rest(
    problem: Problem, data: ProblemData, boundary: BoundaryValues, before: _Before, handle: Array, *, keep: bool
) -> _Solved:
    """From rest, increment after increment; `handle` names a factor to begin with, or none."""

    def skip(
        start: Array, before: BoundaryValues, after: BoundaryValues, last_equilibrium: LastEquilibrium, handle: Array
    ) -> Increment:
        del before, after
        nothing, count = jnp.zeros((), dtype=bool), jnp.zeros((), dtype=np.int64)
        unknown = jnp.asarray(jnp.nan)
        worst = Extreme(unknown, count)
        return Increment(
            start, nothing, count, unknown, count, jnp.zeros(()), worst, handle, unknown, nothing, last_equilibrium
        )

    def solve(
        start: Array, before: BoundaryValues, after: BoundaryValues, last_equilibrium: LastEquilibrium, handle: Array
    ) -> Increment:
        return solve_increment(problem, data, start, before, after, last_equilibrium, handle, keep=keep)

    def advance(carry: _PathCarry, after: BoundaryValues) -> tuple[_PathCarry, tuple[Increment, *tuple[Array, ...]]]:
        start = (carry.displacement, carry.boundary, after, carry.last_equilibrium, carry.handle)
        increment = lax.cond(carry.good, solve, skip, *start)
        good = carry.good & increment.converged
        shown = jnp.where(good, increment.displacement, jnp.nan)
        last_equilibrium = increment.last_equilibrium
        carry = _PathCarry(increment.displacement, after, good, increment.handle, last_equilibrium)
        kept = last_equilibrium.values if keep else last_equilibrium.values[:0]
        path = increment._replace(displacement=shown, last_equilibrium=jax.tree.map(lambda _: None, last_equilibrium))
        negative, lowest = (
            jnp.where(good, last_equilibrium.negative, UNKNOWN),
            jnp.where(good, last_equilibrium.lowest, jnp.nan),
        )
        return carry, (path, negative, lowest, last_equilibrium.mode, kept)

    at_rest = jax.tree.map(lambda stages: jnp.zeros(stages.shape[1:]), boundary)
    carry = _PathCarry(at_rest.forces, at_rest, before.sound, handle, LastEquilibrium.none(problem))
    _, (path, negative, lowest, mode, values) = lax.scan(advance, carry, boundary)
    status = Status(
        converged=path.converged,
        iterations=path.iterations,
        residual=path.residual,
        cutbacks=path.cutbacks,
        linear_residual=path.linear_residual,
        smallest_determinant=path.determinant.value,
        smallest_determinant_element=path.determinant.element,
        reference_jacobian=before.ratio.value,
        reference_jacobian_element=before.ratio.element,
        not_finite=~before.inputs_finite,
        negative_eigenvalues=negative,
        lowest_eigenvalue=lowest,
        critical_point=critical_point(path.critical, lowest),
        switched=path.switched,
        warm=jnp.zeros((), dtype=bool),
    )
    known = status.ok & status.stable.all()
    after = WarmStart(path.displacement, mode, lax.convert_element_type(status.critical_point, float), path.switched, known)
    return _Solved(path.displacement, status, after, values, path.handle)


def _forward(problem: Problem, *inputs):
    solved = _solve(problem, *inputs, keep=True)
    _, coordinates, parameters, _, _ = inputs
    status = solved.status
    good = status.converged & (status.linear_residual <= LINEAR_TOLERANCE)
    saved = (coordinates, parameters, solved.displacement, solved.values, solved.handles, good)
    return (solved.displacement, status, solved.next_start), saved


def _backward(problem: Problem, saved, cotangents):
    coordinates, parameters, displacement, values, handles, good = saved
    shape = problem.geometry(coordinates)
    right_sides = jnp.where(good[:, None], jax.vmap(problem.free)(cotangents[0]), 0.0)
    solutions, residuals = batched_callback.solve_again(problem.assembly, values, right_sides, handles)
    # A measure of the last increment alone asks nothing of the others.
    needed = (right_sides != 0).any(axis=1)

    def reverse(sums, increment):
        u, solution, residual, converged, is_needed, cotangent = increment
        adjoint = problem.join(solution, jnp.zeros(len(problem.assembly.fixed)))

        def virtual_work_gradient(u, adjoint):
            by_coordinates, by_displacement, by_parameters = problem.virtual_work_gradient(parameters, shape, u, adjoint)
            by_prescribed = problem.prescribed(by_displacement)
            return *jax.tree.map(jnp.negative, (by_coordinates, by_parameters, by_prescribed)), adjoint

        def nothing(u, adjoint):
            return *_zeros((coordinates, parameters, problem.prescribed(u))), jnp.zeros_like(adjoint)

        gradient = lax.cond(is_needed, virtual_work_gradient, nothing, u, adjoint)
        poison = jnp.where(converged & (residual <= LINEAR_TOLERANCE), 0.0, jnp.nan)
        by_coordinates, by_parameters, by_prescribed, by_force = jax.tree.map(lambda g: g + poison, gradient)
        sums = jax.tree.map(jnp.add, sums, (by_coordinates, by_parameters))
        return sums, (by_prescribed + problem.prescribed(cotangent), by_force)

    increments = (displacement, solutions, residuals, good, needed, cotangents[0])
    sums, (by_prescribed, by_forces) = lax.scan(reverse, _zeros((coordinates, parameters)), increments, reverse=True)
    return (None, *sums, by_prescribed, by_forces)


def _zeros(tree):
    return jax.tree.map(jnp.zeros_like, tree)


_path.defvjp(_forward, _backward)
