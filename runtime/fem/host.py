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

_log = logging.getLogger(__name__)


class Solved(NamedTuple):
    """A solution with its recomputed relative residual."""

    x: Array
    residual: Array


def solve(assembly: Assembly, values: Array, right_side: Array, replace: Array, *, keep: bool) -> tuple[Solved, Array]:
    """Factorise and solve on the host; returns also the handle of the factor, `NO_FACTOR` unless `keep`.

    `replace` is a handle that is given up for it.
    """
    shapes = (_like(right_side), jax.ShapeDtypeStruct((), np.float64), jax.ShapeDtypeStruct((), np.int64))
    function = partial(_solve, assembly, keep)
    x, residual, handle = jax.pure_callback(function, shapes, values, right_side, replace, vmap_method="sequential")
    return Solved(x, residual), handle


def solve_again(assembly: Assembly, values: Array, right_side: Array, handle: Array) -> Solved:
    """Solve with the factor that a handle names, refined against the matrix `values`; releases the handle."""
    shapes = (_like(right_side), jax.ShapeDtypeStruct((), np.float64))
    function = partial(_solve_again, assembly)
    return Solved(*jax.pure_callback(function, shapes, values, right_side, handle, vmap_method="sequential"))


def no_factor() -> Array:
    """The handle that names nothing, as an array."""
    return jnp.asarray(NO_FACTOR, dtype=np.int64)


def _like(array: Array) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(array.shape, array.dtype)


def _solve(
    assembly: Assembly, keep: bool, values: Array, right_side: Array, replace: Array
) -> tuple[Vector, np.float64, np.int64]:
    try:
        solution, handle = FACTORS.solve(
            assembly.analysis, np.asarray(values), np.asarray(right_side), int(replace), keep=keep
        )
    except Exception:
        _log.exception("a factorisation failed unexpectedly")
        return np.full(right_side.shape, np.nan), np.float64(np.inf), np.int64(NO_FACTOR)
    return solution.x, np.float64(solution.residual), np.int64(handle)


def _solve_again(assembly: Assembly, values: Array, right_side: Array, handle: Array) -> tuple[Vector, np.float64]:
    try:
        solution = FACTORS.solve_again(assembly.analysis, np.asarray(values), np.asarray(right_side), int(handle))
    except Exception:
        _log.exception("an adjoint solve failed unexpectedly")
        return np.full(right_side.shape, np.nan), np.float64(np.inf)
    return solution.x, np.float64(solution.residual)
