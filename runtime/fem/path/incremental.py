"""A load path as one differentiable function: equilibrium after equilibrium; its derivatives are those of `adjoint`."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jaxtyping import Float

from metac.runtime.fem.constitutive_law import Parameters
from metac.runtime.fem.equilibrium import linear_solve_callback as callback
from metac.runtime.fem.equilibrium import linear_solve_callback_batched as batched_callback
from metac.runtime.fem.equilibrium.equilibrium_data import BoundaryValues, LastEquilibrium, ProblemData
from metac.runtime.fem.equilibrium.problem import Problem
from metac.runtime.fem.path.adjoint import SavedPath, path_cotangents
from metac.runtime.fem.path.load_step import Increment, solve_increment
from metac.runtime.fem.path.path_status import IncrementRecord, InputCheck, check_inputs, critical_point, path_status
from metac.runtime.fem.path.warm_start import Correction, WarmStart, WarmStartCorrector
from metac.runtime.fem.status import LINEAR_TOLERANCE, Status
from metac.runtime.linear_solvers.stability import UNKNOWN


def solve_path(
    problem: Problem,
    coordinates: Float[Array | np.ndarray, "node d"],
    parameters: Parameters,
    prescribed: Float[Array | np.ndarray, "increment fixed"],
    forces: Float[Array | np.ndarray, "increment point d"] | None = None,
) -> tuple[Array, Status]:
    """Displacements `[increment, point, d]`, mm, under growing prescribed displacements and dead forces, from rest.

    `coordinates[node, d]` are the unloaded positions, mm; `prescribed[increment, fixed]` the displacements of the fixed
    degrees of freedom, mm; `forces[increment, point, d]` dead forces per thickness, N/mm. Points are nodes where none is
    constrained (`Problem.nodal`). Displacements are NaN from the first increment on that has no equilibrium, and the status
    reports why; nothing is raised. Gradients with respect to all four are exact at the converged states, and NaN where the
    path failed or an adjoint solve was not accurate.
    """
    return solve_path_from(problem, None, coordinates, parameters, prescribed, forces)[:2]


def solve_path_from(
    problem: Problem,
    start: WarmStart | None,
    coordinates: Array | np.ndarray,
    parameters: Parameters,
    prescribed: Array | np.ndarray,
    forces: Array | np.ndarray | None = None,
) -> tuple[Array, Status, WarmStart]:
    """As `solve_path`, from the equilibria of a neighbouring design where they lead to stable ones, else from rest.

    Returns what a neighbour of this design may start from, too. Compiled once for known and unknown starts. There is no
    derivative with respect to `start`: equilibria do not depend on where the search for them began.
    """
    if forces is None:
        forces = jnp.asarray(np.zeros((len(prescribed), problem.assembly.point_count, problem.dimension)))
    parameters = tuple(jnp.asarray(value, dtype=float) for value in parameters)
    return _path(problem, start, jnp.asarray(coordinates), parameters, jnp.asarray(prescribed), jnp.asarray(forces))


# Not itself compiled, but what it is made of is: within a function that is differentiated, JAX then traces what runs forward
# with the derivative in mind only, not a second time without.
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
    values: Float[Array, "increment entry"]
    """`[increment, entry]`: tangent stiffness at each equilibrium, if kept for the adjoint; else `[increment, 0]`."""
    handles: Array


@partial(jax.jit, static_argnames=("problem", "keep"))
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
    # XLA would fold all that follows from constant positions, those of a fresh mesh: it takes longer than running it.
    coordinates = lax.optimization_barrier(coordinates)
    data = ProblemData(coordinates, problem.geometry(coordinates), parameters)
    boundary = BoundaryValues(prescribed, forces)
    inputs = check_inputs(problem, coordinates, parameters, prescribed, forces)
    if start is None:
        return _solve_from_rest(problem, data, boundary, inputs, callback.no_factor(), keep=keep)

    def attempt() -> Correction:
        return _correct(problem, data, boundary, start, keep=keep)

    nothing = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), jax.eval_shape(attempt))
    nothing = nothing._replace(handles=nothing.handles + callback.no_factor())
    correction = lax.cond(start.known & inputs.sound, attempt, lambda: nothing)

    def march() -> _Solved:
        return _solve_from_rest(problem, data, boundary, inputs, batched_callback.release(correction.handles), keep=keep)

    return lax.cond(correction.good, lambda: _corrected(correction, start, inputs, keep=keep), march)


@partial(jax.jit, static_argnames=("problem", "keep"))  # asked for its shapes first: traced once for both
def _correct(problem: Problem, data: ProblemData, boundary: BoundaryValues, start: WarmStart, *, keep: bool) -> Correction:
    return WarmStartCorrector(problem, data, boundary, keep).solve(start)


def _corrected(correction: Correction, start: WarmStart, inputs: InputCheck, *, keep: bool) -> _Solved:
    """From the neighbour's equilibria; where the path lost stability holds as it was last found from rest."""
    count = len(correction.displacement)
    none = jnp.zeros(count, dtype=np.int64)
    status = path_status(
        inputs,
        jnp.ones(count, dtype=bool),
        IncrementRecord(correction.iterations, correction.residual, none, jnp.zeros(count), correction.determinant),
        negative=none,
        lowest=correction.lowest,
        critical=start.critical_point,
        switched=start.switched,
        warm=True,
    )
    after = start._replace(displacement=correction.displacement, mode=correction.mode)
    values = correction.values if keep else correction.values[:, :0]
    return _Solved(correction.displacement, status, after, values, correction.handles)


class _PathCarry(NamedTuple):
    """The end of one increment, where the next one starts."""

    displacement: Array
    boundary: BoundaryValues
    good: Array
    handle: Array
    last_equilibrium: LastEquilibrium


class _PathIncrement(NamedTuple):
    """What the path records of one increment; with the axis `[increment]` first after all of them."""

    displacement: Array
    converged: Array
    record: IncrementRecord
    handle: Array
    critical: Array
    switched: Array
    negative: Array
    lowest: Array
    mode: Array
    values: Array


def _solve_from_rest(
    problem: Problem, data: ProblemData, boundary: BoundaryValues, inputs: InputCheck, handle: Array, *, keep: bool
) -> _Solved:
    """From rest, increment after increment; `handle` names a factor to begin with, or none."""

    def solve(carry: _PathCarry, after: BoundaryValues) -> Increment:
        start, before, last, handle = carry.displacement, carry.boundary, carry.last_equilibrium, carry.handle
        return solve_increment(problem, data, start, before, after, last, handle, keep=keep)

    def advance(carry: _PathCarry, after: BoundaryValues) -> tuple[_PathCarry, _PathIncrement]:
        increment = lax.cond(carry.good, solve, _skipped, carry, after)
        good = carry.good & increment.converged
        carry = _PathCarry(increment.displacement, after, good, increment.handle, increment.last_equilibrium)
        return carry, _path_increment(increment, good, keep=keep)

    at_rest = jax.tree.map(lambda stages: jnp.zeros(stages.shape[1:]), boundary)
    carry = _PathCarry(at_rest.forces, at_rest, inputs.sound, handle, LastEquilibrium.none(problem))
    _, path = lax.scan(advance, carry, boundary)
    # The softest modes of a filled body are the medium's, which tell nothing of how near it is to buckling.
    telling = path.lowest if problem.medium is None else jnp.full_like(path.lowest, jnp.nan)
    status = path_status(
        inputs,
        path.converged,
        path.record,
        negative=path.negative,
        lowest=path.lowest,
        critical=critical_point(path.critical, telling),
        switched=path.switched,
        warm=False,
    )
    known = status.ok & status.stable.all()
    critical = lax.convert_element_type(status.critical_point, float)
    after = WarmStart(path.displacement, path.mode, critical, path.switched, known)
    return _Solved(path.displacement, status, after, path.values, path.handle)


def _skipped(carry: _PathCarry, after: BoundaryValues) -> Increment:
    """An increment after one that failed."""
    del after
    nothing, unknown = jnp.zeros((), dtype=bool), jnp.asarray(jnp.nan)
    return Increment(
        displacement=carry.displacement,
        converged=nothing,
        record=IncrementRecord.unknown(),
        handle=carry.handle,
        critical=unknown,
        switched=nothing,
        last_equilibrium=carry.last_equilibrium,
    )


def _path_increment(increment: Increment, good: Array, *, keep: bool) -> _PathIncrement:
    """What is recorded of an increment; nothing is known where it, or one before, is not `good`."""
    last = increment.last_equilibrium
    return _PathIncrement(
        displacement=jnp.where(good, increment.displacement, jnp.nan),
        converged=increment.converged,
        record=increment.record,
        handle=increment.handle,
        critical=increment.critical,
        switched=increment.switched,
        negative=jnp.where(good, last.negative, UNKNOWN),
        lowest=jnp.where(good, last.lowest, jnp.nan),
        mode=last.mode,
        values=last.values if keep else last.values[:0],
    )


@partial(jax.jit, static_argnums=0)
def _forward(problem: Problem, *inputs):
    solved = _solve(problem, *inputs, keep=True)
    _, coordinates, parameters, _, _ = inputs
    status = solved.status
    good = status.converged & (status.linear_residual <= LINEAR_TOLERANCE)
    saved = SavedPath(coordinates, parameters, solved.displacement, solved.values, solved.handles, good)
    return (solved.displacement, status, solved.next_start), saved


def _backward(problem: Problem, saved: SavedPath, cotangents):
    return (None, *path_cotangents(problem, saved, cotangents[0]))


_path.defvjp(_forward, _backward)
