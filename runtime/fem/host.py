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
    """A solution, and the factor on the host that gave it."""

    x: Array
    residual: Array
    """‖b − Kx‖ / ‖b‖, recomputed."""
    handle: Array
    own: Array
    """bool: the factor was made for this increment, not for an earlier one."""


def solve(assembly: Assembly, values: Array, right_side: Array, handle: Array, own: Array, *, keep: bool) -> Solved:
    """Solve on the host: with the factor that `handle` names where the matrix has changed little, else with a new one.

    To `keep` it for the adjoint, the factor gets a handle; it takes the old one's place where that was `own`.
    """
    shapes = (
        _like(right_side),
        jax.ShapeDtypeStruct((), np.float64),
        jax.ShapeDtypeStruct((), np.int64),
        jax.ShapeDtypeStruct((), np.bool_),
    )
    function = partial(_solve, assembly, keep)
    return Solved(*jax.pure_callback(function, shapes, values, right_side, handle, own, vmap_method="sequential"))


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
    assembly: Assembly, keep: bool, values: Array, right_side: Array, handle: Array, own: Array
) -> tuple[Vector, np.float64, np.int64, np.bool_]:
    b = np.asarray(right_side)
    try:
        solution, used, is_new = FACTORS.solve(
            assembly.analysis, np.asarray(values), b, int(handle), own=bool(own), keep=keep
        )
    except Exception:
        _log.exception("a factorisation failed unexpectedly")
        return np.full(b.shape, np.nan), np.float64(np.inf), np.int64(NO_FACTOR), np.bool_(False)
    return solution.x, np.float64(solution.residual), np.int64(used), np.bool_(is_new or bool(own))


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
