"""What a body answers along a prescribed course: displacement, forces and energy, increment by increment.

Of a law without memory that is a load path (`path.py`) and what follows from its states. Of one that remembers, each
increment is a path of its own, a single increment long, from the state that the law remembers of the one before. Its
parameters include that memory, so its derivative carries the adjoint of the memory backwards, increment by increment: the
implicit-function theorem along the path. What each increment needs for that, its displacement, tangent and memory, is kept.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from metac.runtime.fem.assembly import element_kernels as kernels
from metac.runtime.fem.constitutive_law import Parameters, RememberingLaw, blank_memory
from metac.runtime.fem.equilibrium.problem import Problem
from metac.runtime.fem.path.incremental import solve_path_from
from metac.runtime.fem.path.warm_start import Start
from metac.runtime.fem.status import Status


class Course(NamedTuple):
    """Per thickness; NaN from the first increment on that failed (see `status`)."""

    displacement: Array
    """`[increment, point, 2]`, mm, from the unloaded state."""
    force: Array
    """`[increment, point, 2]`: assembled internal forces, N/mm."""
    energy: Array
    """`[increment]`: elastic energy stored, N."""
    memory: Parameters
    """`[increment, quadrature, cell]` each: what the law remembers after the increment."""
    status: Status
    start: Start
    """What the course of a neighbouring design may start from."""


def follow_course(
    problem: Problem, start: Start | None, coordinates: Array, parameters: Parameters, prescribed: Array
) -> Course:
    """The answer to growing prescribed displacements `[increment, fixed]`, mm; differentiable but for `start`.

    `coordinates[node, 2]`, mm; `parameters` are those of the law, scalars or `[cell]`, without its memory.
    """
    if isinstance(problem.functions, RememberingLaw):
        return _remembered(problem, problem.functions, start, coordinates, parameters, prescribed)
    displacement, status, after = solve_path_from(problem, start, coordinates, parameters, prescribed)
    force, energy = answers(problem, coordinates, parameters, displacement)
    return Course(displacement, force, energy, (), status, after)


def answers(problem: Problem, coordinates: Array, parameters: Parameters, displacement: Array) -> tuple[Array, Array]:
    """Internal forces `[increment, point, 2]`, N/mm, and stored energies `[increment]`, N, at given states."""
    shape = problem.geometry(coordinates)

    def at(displacement: Array) -> tuple[Array, Array]:
        force = problem.internal_force(parameters, shape, displacement)
        return force, problem.energy(parameters, shape, displacement)

    return jax.vmap(at)(displacement)


def _remembered(
    problem: Problem,
    law: RememberingLaw,
    start: Start | None,
    coordinates: Array,
    parameters: Parameters,
    prescribed: Array,
) -> Course:
    shape = problem.geometry(coordinates)
    steps = jnp.diff(prescribed, axis=0, prepend=jnp.zeros((1, prescribed.shape[1])))

    def advance(memory: Parameters, given: tuple[Array, Start | None]):
        step, begin = given
        everything = (*parameters, *memory)
        moved, status, after = solve_path_from(problem, begin, coordinates, everything, step[None])
        change = moved[0]
        gradient = kernels.deformation_gradient(problem.tables, shape, problem.gather(change))
        memory = law.remember(gradient, everything)
        force = problem.internal_force(everything, shape, change)
        energy = problem.energy(everything, shape, change)
        return memory, (change, force, energy, memory, *jax.tree.map(_constant, (status, after)))

    blank = blank_memory(law, problem.tables.points, len(problem.mesh.cells))
    given = (steps, None if start is None else _by_increment(start))
    _, (changes, force, energy, memory, status, after) = lax.scan(advance, blank, given)
    displacement = jnp.cumsum(changes, axis=0)
    return Course(displacement, force, energy, memory, _joined_status(status), _joined_start(after))


def _constant(value: Array) -> Array:
    """A value that has no derivative; scans give whole numbers and truth values derivatives that nothing can be made of."""
    return lax.stop_gradient(value) if jnp.issubdtype(value.dtype, jnp.floating) else value | value


def _by_increment(start: Start) -> Start:
    """Starts of paths that are one increment long, one after the other."""
    count = len(start.displacement)
    return Start(
        start.displacement[:, None],
        start.mode[:, None],
        jnp.broadcast_to(start.critical_point, count),
        start.switched[:, None],
        jnp.broadcast_to(start.known, count),
    )


def _joined_start(starts: Start) -> Start:
    return Start(
        starts.displacement[:, 0], starts.mode[:, 0], jnp.full((), jnp.nan), starts.switched[:, 0], starts.known.all()
    )


def _joined_status(each: Status) -> Status:
    """One status of increments that were solved one by one; each array has the axis `[increment]` first.

    Nothing is said of critical points: that a body flows easily is none.
    """
    return Status(
        converged=each.converged[:, 0],
        iterations=each.iterations[:, 0],
        residual=each.residual[:, 0],
        cutbacks=each.cutbacks[:, 0],
        linear_residual=each.linear_residual[:, 0],
        smallest_determinant=each.smallest_determinant[:, 0],
        smallest_determinant_element=each.smallest_determinant_element[:, 0],
        reference_jacobian=each.reference_jacobian[0],
        reference_jacobian_element=each.reference_jacobian_element[0],
        # After a failed increment nothing is finite any more: the first one tells of what was given.
        not_finite=each.not_finite[0],
        negative_eigenvalues=each.negative_eigenvalues[:, 0],
        lowest_eigenvalue=each.lowest_eigenvalue[:, 0],
        critical_point=jnp.full((), np.nan),
        switched=each.switched[:, 0],
        warm=jnp.asarray(each.warm).all(),
    )
