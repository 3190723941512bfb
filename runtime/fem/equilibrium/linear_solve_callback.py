"""Callbacks from compiled code to the sparse solvers: pure in effect, since a handle names just what it was made from.

Being pure they may stand in loops, under `custom_vjp`, `vmap` and `checkpoint`. The functions on the host never raise and
never call JAX; what goes wrong comes back as a residual of infinity. A compiled program knows the analysis of its matrices
by its key alone, so that it can outlive the process.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float
from numpy.typing import NDArray

from metac.runtime.fem.assembly.sparsity import Assembly
from metac.runtime.host_callback.call import call
from metac.runtime.linear_solvers.factorisations import FACTORS, NO_FACTOR
from metac.runtime.linear_solvers.interface import Vector
from metac.runtime.linear_solvers.stability import UNKNOWN, curvature, descend
from metac.runtime.linear_solvers.stability import lowest_mode as find_lowest_mode
from metac.runtime.linear_solvers.verified import VerifiedAnalysis

Scalar = NDArray[Any]
"""An array without dimensions."""

_log = logging.getLogger(__name__)
_analyses: dict[str, VerifiedAnalysis] = {}
"""By key, as long as the process lives, as compiled programs do; one for all functions, which pass factors to each other."""


class LinearSolution(NamedTuple):
    """A solution, and the factor on the host that gave it."""

    x: Array
    residual: Array
    """‖b − Kx‖ / ‖b‖, recomputed."""
    handle: Array
    own: Array
    """bool: the factor was made for this increment, not for an earlier one."""


class Stability(NamedTuple):
    """The stability of an equilibrium, and the factor on the host that showed it."""

    negative: Array
    """int: negative eigenvalues of the tangent stiffness; `UNKNOWN` where the solver does not report it."""
    lowest: Array
    """An estimate of its lowest eigenvalue where none is negative, N/mm²."""
    mode: Float[Array, " free"]
    """`[free]`: rich in the softest modes; the probe for the next equilibrium."""
    handle: Array
    own: Array


def solve(
    assembly: Assembly,
    values: Float[Array, " entry"],
    right_side: Float[Array, " free"],
    handle: Array,
    own: Array,
    downhill: Array,
    *,
    keep: bool,
) -> LinearSolution:
    """Solve on the host: with the factor that `handle` names where the matrix has changed little, else with a new one.

    To `keep` it for the adjoint, the factor gets a handle; it takes the old one's place where that was `own`. `downhill`,
    a positive definite neighbour of an indefinite matrix is taken instead, and no factor is kept.
    """
    shapes = (
        like(right_side),
        jax.ShapeDtypeStruct((), np.float64),
        jax.ShapeDtypeStruct((), np.int64),
        jax.ShapeDtypeStruct((), np.bool_),
    )
    analysis = known_analysis(assembly)
    arguments = (values, right_side, handle, own, downhill)
    return LinearSolution(*call(f"solve, keep={keep}, {analysis.key}", partial(_solve, analysis, keep), shapes, *arguments))


def examine(assembly: Assembly, values: Array, probe: Array, handle: Array, own: Array, *, keep: bool) -> Stability:
    """Count the negative eigenvalues of an equilibrium's stiffness; factors are used and kept as by `solve`."""
    shapes = (
        jax.ShapeDtypeStruct((), np.int64),
        jax.ShapeDtypeStruct((), np.float64),
        like(probe),
        jax.ShapeDtypeStruct((), np.int64),
        jax.ShapeDtypeStruct((), np.bool_),
    )
    analysis = known_analysis(assembly)
    arguments = (values, probe, handle, own)
    return Stability(*call(f"examine, keep={keep}, {analysis.key}", partial(_examine, analysis, keep), shapes, *arguments))


def lowest_mode(assembly: Assembly, values: Array, values_before: Array) -> tuple[Array, Array, Array]:
    """The mode `[free]` of the lowest, negative eigenvalue, of unit length, and its curvature dᵀKd now and before."""
    shapes = (jax.ShapeDtypeStruct((assembly.matrix.size,), np.float64), *(jax.ShapeDtypeStruct((), np.float64),) * 2)
    analysis = known_analysis(assembly)
    mode, now, before = call(f"lowest mode, {analysis.key}", partial(_lowest_mode, analysis), shapes, values, values_before)
    return mode, now, before


def no_factor() -> Array:
    """The handle that names nothing, as an array."""
    return jnp.asarray(NO_FACTOR, dtype=np.int64)


def known_analysis(assembly: Assembly) -> VerifiedAnalysis:
    """The analysis of this assembly's matrices that all callbacks of this process use."""
    return _analyses.setdefault(assembly.analysis.key, assembly.analysis)


def like(array: Array) -> jax.ShapeDtypeStruct:
    """Shape and type of an array."""
    return jax.ShapeDtypeStruct(array.shape, array.dtype)


def _solve(
    analysis: VerifiedAnalysis,
    keep: bool,
    values: Vector,
    right_side: Vector,
    handle: Scalar,
    own: Scalar,
    downhill: Scalar,
) -> tuple[Vector, np.float64, np.int64, np.bool_]:
    try:
        if downhill:
            with FACTORS.workspace(analysis) as workspace:
                x, residual = descend(workspace, values, right_side)
            return x, np.float64(residual), np.int64(handle), np.bool_(own)
        solution, used, is_new = FACTORS.solve(analysis, values, right_side, int(handle), own=bool(own), keep=keep)
    except Exception:
        _log.exception("a factorisation failed unexpectedly")
        return np.full(right_side.shape, np.nan), np.float64(np.inf), np.int64(NO_FACTOR), np.bool_(False)
    return solution.x, np.float64(solution.residual), np.int64(used), np.bool_(is_new or bool(own))


def _examine(
    analysis: VerifiedAnalysis, keep: bool, values: Vector, probe: Vector, handle: Scalar, own: Scalar
) -> tuple[np.int64, np.float64, Vector, np.int64, np.bool_]:
    try:
        found, used, is_new = FACTORS.examine(analysis, values, probe, int(handle), own=bool(own), keep=keep)
    except Exception:
        _log.exception("the stability of an equilibrium could not be examined")
        return np.int64(UNKNOWN), np.float64(np.nan), probe, np.int64(NO_FACTOR), np.bool_(False)
    lowest = np.float64(found.lowest)
    return np.int64(found.negative), lowest, found.mode, np.int64(used), np.bool_(is_new or bool(own))


def _lowest_mode(analysis: VerifiedAnalysis, values: Vector, values_before: Vector) -> tuple[Vector, np.float64, np.float64]:
    try:
        with FACTORS.workspace(analysis) as workspace:
            mode = find_lowest_mode(workspace, values)
        bent = [np.float64(curvature(analysis, matrix, mode)) for matrix in (values, values_before)]
        return mode, bent[0], bent[1]
    except Exception:
        _log.exception("a buckling mode could not be found")
        return np.full(analysis.sparsity.size, np.nan), np.float64(np.nan), np.float64(np.nan)
