"""The crossings from compiled code to the sparse solvers: pure in effect, since a handle names just what it was made from.

Being pure they may stand in loops, under `custom_vjp`, `vmap` and `checkpoint`. The functions on the host never raise and
never call JAX; what goes wrong comes back as a residual of infinity.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from metac.runtime.fem.pattern import Assembly
from metac.runtime.solvers.factors import FACTORS, NO_FACTOR
from metac.runtime.solvers.interface import Vector
from metac.runtime.solvers.stability import UNKNOWN, curvature, descend
from metac.runtime.solvers.stability import lowest_mode as find_lowest_mode

_log = logging.getLogger(__name__)


class Solved(NamedTuple):
    """A solution, and the factor on the host that gave it."""

    x: Array
    residual: Array
    """‖b − Kx‖ / ‖b‖, recomputed."""
    handle: Array
    own: Array
    """bool: the factor was made for this increment, not for an earlier one."""


class Examined(NamedTuple):
    """The stability of an equilibrium, and the factor on the host that told it."""

    negative: Array
    """int: negative eigenvalues of the tangent stiffness; `UNKNOWN` where the solver cannot tell."""
    lowest: Array
    """An estimate of its lowest eigenvalue where none is negative, N/mm²."""
    mode: Array
    """`[free]`: rich in the softest modes; the probe for the next equilibrium."""
    handle: Array
    own: Array


def solve(
    assembly: Assembly,
    values: Array,
    right_side: Array,
    handle: Array,
    own: Array,
    descending: Array,
    *,
    keep: bool,
) -> Solved:
    """Solve on the host: with the factor that `handle` names where the matrix has changed little, else with a new one.

    To `keep` it for the adjoint, the factor gets a handle; it takes the old one's place where that was `own`. `descending`,
    a positive definite neighbour of an indefinite matrix is taken instead, and no factor is kept.
    """
    shapes = (
        _like(right_side),
        jax.ShapeDtypeStruct((), np.float64),
        jax.ShapeDtypeStruct((), np.int64),
        jax.ShapeDtypeStruct((), np.bool_),
    )
    function = partial(_solve, assembly, keep)
    arguments = (values, right_side, handle, own, descending)
    return Solved(*jax.pure_callback(function, shapes, *arguments, vmap_method="sequential"))


def examine(assembly: Assembly, values: Array, probe: Array, handle: Array, own: Array, *, keep: bool) -> Examined:
    """Count the negative eigenvalues of an equilibrium's stiffness; factors are used and kept as by `solve`."""
    shapes = (
        jax.ShapeDtypeStruct((), np.int64),
        jax.ShapeDtypeStruct((), np.float64),
        _like(probe),
        jax.ShapeDtypeStruct((), np.int64),
        jax.ShapeDtypeStruct((), np.bool_),
    )
    function = partial(_examine, assembly, keep)
    return Examined(*jax.pure_callback(function, shapes, values, probe, handle, own, vmap_method="sequential"))


def lowest_mode(assembly: Assembly, values: Array, values_before: Array) -> tuple[Array, Array, Array]:
    """The mode `[free]` of the lowest, negative eigenvalue, of unit length, and its curvature dᵀKd now and before."""
    shapes = (jax.ShapeDtypeStruct((assembly.matrix.size,), np.float64), *(jax.ShapeDtypeStruct((), np.float64),) * 2)
    function = partial(_lowest_mode, assembly)
    return jax.pure_callback(function, shapes, values, values_before, vmap_method="sequential")


def solve_again(assembly: Assembly, values: Array, right_side: Array, handle: Array, release: Array) -> tuple[Array, Array]:
    """Solve with the factor that a handle names, refined against the matrix `values`: the solution and its residual."""
    shapes = (_like(right_side), jax.ShapeDtypeStruct((), np.float64))
    function = partial(_solve_again, assembly)
    return jax.pure_callback(function, shapes, values, right_side, handle, release, vmap_method="sequential")


def no_factor() -> Array:
    """The handle that names nothing, as an array."""
    return jnp.asarray(NO_FACTOR, dtype=np.int64)


def _like(array: Array) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(array.shape, array.dtype)


def _solve(
    assembly: Assembly, keep: bool, values: Array, right_side: Array, handle: Array, own: Array, descending: Array
) -> tuple[Vector, np.float64, np.int64, np.bool_]:
    b = np.asarray(right_side)
    try:
        if descending:
            with FACTORS.workspace(assembly.analysis) as workspace:
                x, residual = descend(workspace, np.asarray(values), b)
            return x, np.float64(residual), np.int64(handle), np.bool_(own)
        solution, used, is_new = FACTORS.solve(
            assembly.analysis, np.asarray(values), b, int(handle), own=bool(own), keep=keep
        )
    except Exception:
        _log.exception("a factorisation failed unexpectedly")
        return np.full(b.shape, np.nan), np.float64(np.inf), np.int64(NO_FACTOR), np.bool_(False)
    return solution.x, np.float64(solution.residual), np.int64(used), np.bool_(is_new or bool(own))


def _examine(
    assembly: Assembly, keep: bool, values: Array, probe: Array, handle: Array, own: Array
) -> tuple[np.int64, np.float64, Vector, np.int64, np.bool_]:
    start = np.asarray(probe)
    try:
        found, used, is_new = FACTORS.examine(
            assembly.analysis, np.asarray(values), start, int(handle), own=bool(own), keep=keep
        )
    except Exception:
        _log.exception("the stability of an equilibrium could not be examined")
        return np.int64(UNKNOWN), np.float64(np.nan), start, np.int64(NO_FACTOR), np.bool_(False)
    lowest = np.float64(found.lowest)
    return np.int64(found.negative), lowest, found.mode, np.int64(used), np.bool_(is_new or bool(own))


def _lowest_mode(assembly: Assembly, values: Array, values_before: Array) -> tuple[Vector, np.float64, np.float64]:
    now, before = np.asarray(values), np.asarray(values_before)
    try:
        with FACTORS.workspace(assembly.analysis) as workspace:
            mode = find_lowest_mode(workspace, now)
        bent = [np.float64(curvature(assembly.analysis, matrix, mode)) for matrix in (now, before)]
        return mode, bent[0], bent[1]
    except Exception:
        _log.exception("a buckling mode could not be found")
        return np.full(assembly.matrix.size, np.nan), np.float64(np.nan), np.float64(np.nan)


def _solve_again(
    assembly: Assembly, values: Array, right_side: Array, handle: Array, release: Array
) -> tuple[Vector, np.float64]:
    b = np.asarray(right_side)
    try:
        solution = FACTORS.solve_again(assembly.analysis, np.asarray(values), b, int(handle), release=bool(release))
    except Exception:
        _log.exception("an adjoint solve failed unexpectedly")
        return np.full(b.shape, np.nan), np.float64(np.inf)
    return solution.x, np.float64(solution.residual)
