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

from metac.runtime.fem import host
from metac.runtime.fem.branch import Increment, solve_increment
from metac.runtime.fem.critical import critical_point
from metac.runtime.fem.geometry import jacobian_ratio
from metac.runtime.fem.law import Parameters
from metac.runtime.fem.newton import Boundary, Memory, Setting
from metac.runtime.fem.problem import Extreme, Problem, smallest
from metac.runtime.fem.status import LINEAR_TOLERANCE, Status
from metac.runtime.solvers.stability import UNKNOWN


@partial(jax.jit, static_argnums=0)
def solve_path(
    problem: Problem, coordinates: Array, parameters: Parameters, prescribed: Array, forces: Array | None = None
) -> tuple[Array, Status]:
    """Displacements `[increment, point, 2]`, mm, under growing prescribed displacements and dead forces, from rest.

    `coordinates[node, 2]` are the unloaded positions, mm; `prescribed[increment, fixed]` the displacements of the fixed
    degrees of freedom, mm; `forces[increment, point, 2]` dead forces per thickness, N/mm. Points are nodes where none are
    tied (`Problem.nodal`). Displacements are NaN from the first increment on that has no equilibrium, and the status tells
    why; nothing is raised. Gradients with respect to all four are exact at the converged states, and NaN where the path
    failed or an adjoint solve was not accurate.
    """
    if forces is None:
        forces = jnp.zeros((len(prescribed), problem.assembly.point_count, 2))
    parameters = tuple(jnp.asarray(value, dtype=float) for value in parameters)
    return _path(problem, coordinates, parameters, prescribed, forces)


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def _path(
    problem: Problem, coordinates: Array, parameters: Parameters, prescribed: Array, forces: Array
) -> tuple[Array, Status]:
    displacement, status, _ = _march(problem, coordinates, parameters, prescribed, forces, keep=False)
    return displacement, status


class _Carry(NamedTuple):
    displacement: Array
    boundary: Boundary
    good: Array
    handle: Array
    memory: Memory


def _march(
    problem: Problem, coordinates: Array, parameters: Parameters, prescribed: Array, forces: Array, *, keep: bool
) -> tuple[Array, Status, Array]:
    setting = Setting(coordinates, problem.geometry(coordinates), parameters)
    ratio = smallest(jacobian_ratio(problem.mesh, coordinates))
    inputs_finite = jnp.isfinite(coordinates).all() & jnp.isfinite(prescribed).all() & jnp.isfinite(forces).all()
    for value in parameters:
        inputs_finite &= jnp.isfinite(value).all()
    sound = inputs_finite & (ratio.value > 0)

    def skip(start: Array, before: Boundary, after: Boundary, memory: Memory, handle: Array) -> Increment:
        del before, after
        nothing, count = jnp.zeros((), dtype=bool), jnp.zeros((), dtype=np.int64)
        unknown = jnp.asarray(jnp.nan)
        worst = Extreme(unknown, count)
        return Increment(start, nothing, count, unknown, count, jnp.zeros(()), worst, handle, unknown, nothing, memory)

    def solve(start: Array, before: Boundary, after: Boundary, memory: Memory, handle: Array) -> Increment:
        return solve_increment(problem, setting, start, before, after, memory, handle, keep=keep)

    def advance(carry: _Carry, after: Boundary) -> tuple[_Carry, tuple[Increment, Array, Array]]:
        start = (carry.displacement, carry.boundary, after, carry.memory, carry.handle)
        increment = lax.cond(carry.good, solve, skip, *start)
        good = carry.good & increment.converged
        shown = jnp.where(good, increment.displacement, jnp.nan)
        memory = increment.memory
        carry = _Carry(increment.displacement, after, good, increment.handle, memory)
        # The scan must not stack matrices.
        path = increment._replace(displacement=shown, memory=jax.tree.map(lambda _: None, memory))
        return carry, (path, jnp.where(good, memory.negative, UNKNOWN), jnp.where(good, memory.lowest, jnp.nan))

    rest = Boundary(jnp.zeros(prescribed.shape[1]), jnp.zeros(forces.shape[1:]))
    carry = _Carry(jnp.zeros(forces.shape[1:]), rest, sound, host.no_factor(), Memory.none(problem))
    _, (path, negative, lowest) = lax.scan(advance, carry, Boundary(prescribed, forces))
    status = Status(
        converged=path.converged,
        iterations=path.iterations,
        residual=path.residual,
        cutbacks=path.cutbacks,
        linear_residual=path.linear_residual,
        smallest_determinant=path.determinant.value,
        smallest_determinant_element=path.determinant.element,
        reference_jacobian=ratio.value,
        reference_jacobian_element=ratio.element,
        not_finite=~inputs_finite,
        negative_eigenvalues=negative,
        lowest_eigenvalue=lowest,
        critical_point=critical_point(path.critical, lowest),
        switched=path.switched,
    )
    return path.displacement, status, path.handle


def _forward(problem: Problem, coordinates: Array, parameters: Parameters, prescribed: Array, forces: Array):
    displacement, status, handles = _march(problem, coordinates, parameters, prescribed, forces, keep=True)
    good = status.converged & (status.linear_residual <= LINEAR_TOLERANCE)
    return (displacement, status), (coordinates, parameters, displacement, handles, good)


def _backward(problem: Problem, saved, cotangents):
    coordinates, parameters, displacement, handles, good = saved
    shape = problem.geometry(coordinates)

    def reverse(sums, increment):
        u, handle, is_last_use, converged, cotangent = increment
        right_side = problem.free(cotangent)
        needed = converged & (right_side != 0).any()
        # A measure of the last increment alone leaves nothing to solve for in the others.
        values = lax.cond(
            needed,
            lambda u: problem.stiffness(parameters, shape, u),
            lambda u: jnp.zeros(len(problem.assembly.matrix.indices)),
            u,
        )
        right_side = jnp.where(converged, right_side, 0.0)
        solution, residual = host.solve_again(problem.assembly, values, right_side, handle, is_last_use)
        adjoint = problem.join(solution, jnp.zeros(len(problem.assembly.fixed)))

        def virtual_work_gradient(u, adjoint):
            by_coordinates, by_displacement, by_parameters = problem.virtual_work_gradient(parameters, shape, u, adjoint)
            by_prescribed = problem.prescribed(by_displacement)
            return *jax.tree.map(jnp.negative, (by_coordinates, by_parameters, by_prescribed)), adjoint

        def nothing(u, adjoint):
            return *_zeros((coordinates, parameters, problem.prescribed(u))), jnp.zeros_like(adjoint)

        gradient = lax.cond(needed, virtual_work_gradient, nothing, u, adjoint)
        poison = jnp.where(converged & (residual <= LINEAR_TOLERANCE), 0.0, jnp.nan)
        by_coordinates, by_parameters, by_prescribed, by_force = jax.tree.map(lambda g: g + poison, gradient)
        sums = jax.tree.map(jnp.add, sums, (by_coordinates, by_parameters))
        return sums, (by_prescribed + problem.prescribed(cotangent), by_force)

    # Backwards, the first increment that a factor served is its last use.
    is_last_use = jnp.concatenate([jnp.ones(1, dtype=bool), handles[1:] != handles[:-1]])
    increments = (displacement, handles, is_last_use, good, cotangents[0])
    sums, (by_prescribed, by_forces) = lax.scan(reverse, _zeros((coordinates, parameters)), increments, reverse=True)
    return (*sums, by_prescribed, by_forces)


def _zeros(tree):
    return jax.tree.map(jnp.zeros_like, tree)


_path.defvjp(_forward, _backward)
