"""The response of a body to a prescribed load history: displacement, forces and energy, increment by increment.

For a law without internal variables that is a load path (`incremental.py`) and what follows from its states. For a
history-dependent law each increment is a path of its own, a single increment long, from the internal variables at its
beginning. They are among its parameters, so its derivative carries the adjoint of the internal variables backwards,
increment by increment: the implicit-function theorem along the path. What each increment needs for that is saved: its
displacement, tangent and internal variables.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jaxtyping import Float

from metac.runtime.fem.assembly import element_kernels as kernels
from metac.runtime.fem.constitutive_law import HistoryDependentLaw, Parameters, initial_internal_variables
from metac.runtime.fem.equilibrium.problem import Problem
from metac.runtime.fem.path.incremental import solve_path_from
from metac.runtime.fem.path.warm_start import WarmStart
from metac.runtime.fem.status import Status


class LoadHistory(NamedTuple):
    """Per thickness; NaN from the first increment on that failed (see `status`)."""

    displacement: Float[Array, "increment point d"]
    """`[increment, point, d]`, mm, from the unloaded state."""
    force: Float[Array, "increment point d"]
    """`[increment, point, d]`: assembled internal forces, N/mm."""
    energy: Float[Array, " increment"]
    """`[increment]`: elastic energy stored, N."""
    internal_variables: Parameters
    """`[increment, quadrature, cell]` each: internal variables after the increment."""
    status: Status
    start: WarmStart
    """What the history of a neighbouring design may start from."""


def solve_load_history(
    problem: Problem,
    start: WarmStart | None,
    coordinates: Float[Array, "node d"],
    parameters: Parameters,
    prescribed: Array,
    forces: Array | None = None,
) -> LoadHistory:
    """The answer to prescribed displacements `[increment, fixed]`, mm, and dead forces `[increment, point, d]`, N/mm.

    Differentiable but for `start`. `coordinates[node, d]`, mm; `parameters` are those of the law, scalars or `[cell]`,
    without internal variables. No forces where they are None.
    """
    if isinstance(problem.functions, HistoryDependentLaw):
        return _history_dependent(problem, problem.functions, start, coordinates, parameters, prescribed, forces)
    displacement, status, after = solve_path_from(problem, start, coordinates, parameters, prescribed, forces)
    force, energy = internal_forces_and_energies(problem, coordinates, parameters, displacement)
    return LoadHistory(displacement, force, energy, (), status, after)


@partial(jax.jit, static_argnums=0)
def internal_forces_and_energies(
    problem: Problem, coordinates: Array, parameters: Parameters, displacement: Array
) -> tuple[Array, Array]:
    """Internal forces `[increment, point, d]`, N/mm, and stored energies `[increment]`, N, at given states."""
    shape = problem.geometry(lax.optimization_barrier(coordinates))

    def at(displacement: Array) -> tuple[Array, Array]:
        force = problem.internal_force(parameters, shape, displacement)
        return force, problem.energy(parameters, shape, displacement)

    return jax.vmap(at)(displacement)


def _history_dependent(
    problem: Problem,
    law: HistoryDependentLaw,
    start: WarmStart | None,
    coordinates: Array,
    parameters: Parameters,
    prescribed: Array,
    forces: Array | None,
) -> LoadHistory:
    shape = problem.geometry(coordinates)
    steps = jnp.diff(prescribed, axis=0, prepend=jnp.zeros((1, prescribed.shape[1])))

    def advance(internal_variables: Parameters, given: tuple[Array, WarmStart | None, Array | None]):
        step, begin, outer = given
        everything = (*parameters, *internal_variables)
        outer = None if outer is None else outer[None]
        moved, status, after = solve_path_from(problem, begin, coordinates, everything, step[None], outer)
        change = moved[0]
        gradient = kernels.deformation_gradient(problem.tables, shape, problem.gather(change))
        internal_variables = law.updated_internal_variables(gradient, everything)
        force = problem.internal_force(everything, shape, change)
        energy = problem.energy(everything, shape, change)
        return internal_variables, (change, force, energy, internal_variables, *jax.tree.map(_constant, (status, after)))

    blank = initial_internal_variables(law, problem.tables.points, len(problem.mesh.cells))
    given = (steps, None if start is None else _by_increment(start), forces)
    _, (changes, force, energy, internal_variables, status, after) = lax.scan(advance, blank, given)
    displacement = jnp.cumsum(changes, axis=0)
    return LoadHistory(displacement, force, energy, internal_variables, _joined_status(status), _joined_start(after))


def _constant(value: Array) -> Array:
    """A value that has no derivative; scans give whole numbers and truth values derivatives that nothing can be made of."""
    return lax.stop_gradient(value) if jnp.issubdtype(value.dtype, jnp.floating) else value | value


def _by_increment(start: WarmStart) -> WarmStart:
    """Starts of paths that are one increment long, one after the other."""
    count = len(start.displacement)
    return WarmStart(
        start.displacement[:, None],
        start.mode[:, None],
        jnp.broadcast_to(start.critical_point, count),
        start.switched[:, None],
        jnp.broadcast_to(start.known, count),
    )


def _joined_start(starts: WarmStart) -> WarmStart:
    return WarmStart(
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
        # After a failed increment nothing is finite any more: the first one reports on the inputs.
        not_finite=each.not_finite[0],
        negative_eigenvalues=each.negative_eigenvalues[:, 0],
        lowest_eigenvalue=each.lowest_eigenvalue[:, 0],
        critical_point=jnp.full((), np.nan),
        switched=each.switched[:, 0],
        warm=jnp.asarray(each.warm).all(),
    )
