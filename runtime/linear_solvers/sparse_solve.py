"""Linear systems that compiled code hands to a sparse solver on the host: one factorisation for all right sides."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from metac.runtime.cores import cores
from metac.runtime.host_callback.call import call
from metac.runtime.linear_solvers.interface import Factor, Vector
from metac.runtime.linear_solvers.verified import VerifiedAnalysis

Values = Callable[[NDArray[np.float64]], Vector]
"""Gives a matrix's values for the stiffnesses `[element, entry]` of its elements."""


def host_solver(name: str, analysis: VerifiedAnalysis, values: Values) -> Callable[[Array, Array], tuple[Array, Array]]:
    """Solve `[element, entry]`, `[unknown, case]` → `[unknown, case]`, `[case]` on the host; a batch is one callback.

    The second result is the recomputed relative residual, infinite where there is no solution. `name` identifies all that
    `values` does. There are no derivatives: for `lax.custom_linear_solve`.
    """
    host, name = _HostSolver(analysis, values), f"{name}, {analysis.key}"

    @jax.custom_batching.custom_vmap
    def solve(stiffness: Array, right_sides: Array) -> tuple[Array, Array]:
        found, residual = many(stiffness[None], right_sides[None])
        return found[0], residual[0]

    @jax.custom_batching.custom_vmap
    def many(stiffness: Array, right_sides: Array) -> tuple[Array, Array]:
        batch, unknowns, cases = right_sides.shape
        shapes = (
            jax.ShapeDtypeStruct((batch, unknowns, cases), np.float64),
            jax.ShapeDtypeStruct((batch, cases), np.float64),
        )
        found, residual = call(name, host, shapes, stiffness, right_sides)
        return found, residual

    @solve.def_vmap
    def _(size: int, batched: Sequence[bool], stiffness: Array, right_sides: Array) -> Any:
        both = [_with_axis(value, size, has) for value, has in zip((stiffness, right_sides), batched, strict=True)]
        return many(*both), (True, True)

    @many.def_vmap
    def _(size: int, batched: Sequence[bool], stiffness: Array, right_sides: Array) -> Any:
        both = [_with_axis(value, size, has) for value, has in zip((stiffness, right_sides), batched, strict=True)]
        found, residual = many(*(value.reshape(-1, *value.shape[2:]) for value in both))
        return (found.reshape(size, -1, *found.shape[1:]), residual.reshape(size, -1, residual.shape[1])), (True, True)

    return solve


def _with_axis(value: Array, size: int, has: bool) -> Array:
    return value if has else jnp.broadcast_to(value, (size, *value.shape))


class _HostSolver:
    """Never raises for what the numbers do, never calls JAX; several calls may be under way at once."""

    def __init__(self, analysis: VerifiedAnalysis, values: Values) -> None:
        self._analysis, self._values = analysis, values
        self._spare: deque[Factor] = deque(maxlen=cores())
        """Factors that nobody uses: their memory and their ordering are taken over by the next matrix."""

    def __call__(self, stiffness: Any, right_sides: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        stiffness, right_sides = np.asarray(stiffness), np.asarray(right_sides)
        found = np.empty(right_sides.shape)
        residual = np.empty((len(right_sides), right_sides.shape[-1]))

        def one(index: int) -> None:
            found[index], residual[index] = self._solve(stiffness[index], right_sides[index])

        if len(right_sides) == 1:
            one(0)
        else:
            list(_pool().map(one, range(len(right_sides))))
        return found, residual

    def _solve(
        self, stiffness: NDArray[np.float64], right_sides: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        analysis, values = self._analysis, self._values(stiffness)
        try:
            recycle = self._spare.pop()
        except IndexError:
            recycle = None
        found, residual = np.full_like(right_sides, np.nan), np.full(right_sides.shape[1], np.inf)
        factor: Factor | None = None
        for case in range(right_sides.shape[1]):
            right_side = np.ascontiguousarray(right_sides[:, case])
            if factor is None:
                solution = analysis.solve(values, right_side, recycle)
                factor, recycle = solution.factor, None
            else:
                solution = analysis.refine(factor, values, right_side)
            found[:, case], residual[case] = solution.x, solution.residual
            if factor is None:
                break
        if factor is not None:
            self._spare.append(factor)
        return found, residual


@lru_cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(cores(), thread_name_prefix="metac-cells")
