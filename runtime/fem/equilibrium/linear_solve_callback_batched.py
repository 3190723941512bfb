"""Callbacks to the sparse solvers for all increments of a path at once, side by side on the cores that there are.

As those of `linear_solve_callback.py`: pure in effect, never raising. Arrays have the axis `[increment]` first.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import NamedTuple

import jax
import numpy as np
from jax import Array
from jaxtyping import Float

from metac.runtime.fem.assembly.sparsity import Assembly
from metac.runtime.fem.equilibrium.linear_solve_callback import Scalar, known_analysis, like
from metac.runtime.host_callback.call import call
from metac.runtime.linear_solvers import batched
from metac.runtime.linear_solvers.batched import Flags, Handles, Matrix
from metac.runtime.linear_solvers.factorisations import FACTORS, NO_FACTOR
from metac.runtime.linear_solvers.stability import UNKNOWN
from metac.runtime.linear_solvers.verified import VerifiedAnalysis

_log = logging.getLogger(__name__)


class BatchedStability(NamedTuple):
    """The stability of equilibria, and the factors on the host that told it."""

    negative: Array
    """int: negative eigenvalues of the tangent stiffness; `UNKNOWN` where the solver does not report it."""
    lowest: Array
    """Estimates of its lowest eigenvalue where none is negative, N/mm²."""
    modes: Float[Array, "increment free"]
    """`[increment, free]`: rich in the softest modes."""
    handles: Array


def substitute(
    assembly: Assembly, values: Array, right_sides: Array, handles: Array, active: Array, renew: Array
) -> tuple[Array, Array]:
    """Substitute back with the factors of `values`: `x[increment, free]`, not checked, and the handles of the factors.

    For `active` increments only. With `renew`, their factors are computed again, in place of those that the handles name.
    NaN where a matrix has no factor.
    """
    shapes = like(right_sides), like(handles)
    analysis = known_analysis(assembly)
    arguments = (values, right_sides, handles, active, renew)
    x, used = call(f"substitute, {analysis.key}", partial(_substitute, analysis), shapes, *arguments)
    return x, used


def examine(assembly: Assembly, values: Array, probes: Array, handles: Array, *, keep: bool) -> BatchedStability:
    """Count the negative eigenvalues of each stiffness; unless the factors are to be kept, they are given up."""
    real, whole = (jax.ShapeDtypeStruct(handles.shape, kind) for kind in (np.float64, np.int64))
    analysis = known_analysis(assembly)
    function = partial(_examine, analysis, keep)
    name = f"examine increments, keep={keep}, {analysis.key}"
    return BatchedStability(*call(name, function, (whole, real, like(probes), whole), values, probes, handles))


def solve_again(assembly: Assembly, values: Array, right_sides: Array, handles: Array) -> tuple[Array, Array]:
    """Solve with the factors that the handles name, refined against `values`, and release them: solutions and residuals."""
    shapes = like(right_sides), jax.ShapeDtypeStruct(handles.shape, np.float64)
    analysis = known_analysis(assembly)
    name = f"solve increments again, {analysis.key}"
    x, residuals = call(name, partial(_solve_again, analysis), shapes, values, right_sides, handles)
    return x, residuals


def release(handles: Array) -> Array:
    """Give up factors: the handle that names nothing."""
    (nothing,) = call("release", _release, (jax.ShapeDtypeStruct((), np.int64),), handles)
    return nothing


def _substitute(
    analysis: VerifiedAnalysis, values: Matrix, right_sides: Matrix, handles: Handles, active: Flags, renew: Scalar
) -> tuple[Matrix, Handles]:
    try:
        return batched.substitute(FACTORS, analysis, values, right_sides, handles, active, renew=bool(renew))
    except Exception:
        _log.exception("a factorisation failed unexpectedly")
        return np.full(right_sides.shape, np.nan), np.full(len(handles), NO_FACTOR)


def _examine(
    analysis: VerifiedAnalysis, keep: bool, values: Matrix, probes: Matrix, handles: Handles
) -> tuple[Handles, Matrix, Matrix, Handles]:
    try:
        return batched.examine(FACTORS, analysis, values, probes, handles, keep=keep)
    except Exception:
        _log.exception("the stability of equilibria could not be examined")
        count = len(handles)
        return np.full(count, UNKNOWN), np.full(count, np.nan), probes, np.full(count, NO_FACTOR)


def _solve_again(analysis: VerifiedAnalysis, values: Matrix, right_sides: Matrix, handles: Handles) -> tuple[Matrix, Matrix]:
    try:
        return batched.solve_again(FACTORS, analysis, values, right_sides, handles)
    except Exception:
        _log.exception("an adjoint solve failed unexpectedly")
        return np.full(right_sides.shape, np.nan), np.full(len(handles), np.inf)


def _release(handles: Handles) -> tuple[np.int64]:
    for handle in handles:
        FACTORS.release(int(handle))
    return (np.int64(NO_FACTOR),)
