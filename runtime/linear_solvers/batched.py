"""Systems of one sparsity pattern, one for each increment of a path, side by side on the cores that there are.

QDLDL lets go of Python's lock while it factorises and while it substitutes back, so threads are enough. Each factor is used
by one thread at a time. What an increment gets depends on its own matrix and right side only, not on the order of things.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from metac.runtime.cores import cores
from metac.runtime.linear_solvers.factorisations import NO_FACTOR, FactorTable
from metac.runtime.linear_solvers.interface import FactorisationFailed
from metac.runtime.linear_solvers.stability import UNKNOWN, examined
from metac.runtime.linear_solvers.verified import VerifiedAnalysis

Matrix = NDArray[np.float64]
Handles = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Examinations(NamedTuple):
    """By increment, as `stability.Examination`; and the handles of the factors that showed it."""

    negative: NDArray[np.int64]
    lowest: NDArray[np.float64]
    modes: Matrix
    handles: Handles


def substitute(
    table: FactorTable,
    analysis: VerifiedAnalysis,
    values: Matrix,
    right_sides: Matrix,
    handles: Handles,
    active: Flags,
    *,
    renew: bool,
) -> tuple[Matrix, Handles]:
    """One back-substitution for each active increment: `x[increment, free]`, not checked, and the handles of the factors.

    The factors are those of `values[increment, entry]`: made now where a handle is not kept any more, or where they are to
    be renewed. Rows are zero where nothing was asked, NaN where a matrix has no factor.
    """
    x, used = np.zeros_like(right_sides), handles.copy()

    def one(k: int) -> None:
        factor = table.lend(analysis, int(handles[k]))
        used[k] = NO_FACTOR
        try:
            if factor is None or renew:
                factor = analysis.factor(values[k], factor or table.recycle(analysis))
        except FactorisationFailed:
            x[k] = np.nan
            return
        x[k] = factor.solve(right_sides[k])
        used[k] = table.keep(analysis, factor)

    _side_by_side(one, np.flatnonzero(active))
    return x, used


def examine(
    table: FactorTable, analysis: VerifiedAnalysis, values: Matrix, probes: Matrix, handles: Handles, *, keep: bool
) -> Examinations:
    """Count the negative eigenvalues of each increment's matrix, with a factor near it where that shows them.

    Factors that are not to be kept are given up.
    """
    count = len(values)
    found = Examinations(np.full(count, UNKNOWN), np.full(count, np.nan), probes.copy(), np.full(count, NO_FACTOR))

    def one(k: int) -> None:
        factor = table.lend(analysis, int(handles[k]))
        told = None if factor is None else examined(analysis, factor, values[k], probes[k])
        if told is None or told.negative == UNKNOWN:
            try:
                factor = analysis.factor(values[k], factor or table.recycle(analysis))
            except FactorisationFailed:
                return
            told = examined(analysis, factor, values[k], probes[k])
        assert factor is not None
        found.negative[k], found.lowest[k], found.modes[k] = told.negative, told.lowest, told.mode
        if keep:
            found.handles[k] = table.keep(analysis, factor)
        else:
            table.give_up(analysis, factor)

    _side_by_side(one, range(count))
    return found


def solve_again(
    table: FactorTable, analysis: VerifiedAnalysis, values: Matrix, right_sides: Matrix, handles: Handles
) -> tuple[Matrix, NDArray[np.float64]]:
    """Solve with factors kept from these matrices or close ones, refined, else computed again; all handles are released.

    Increments that share a handle follow one another. Returns `x[increment, free]` and the relative residuals.
    """
    x, residuals = np.zeros_like(right_sides), np.zeros(len(values))

    def group(handle: int) -> None:
        members = np.flatnonzero(handles == handle)
        for k in members:
            solution = table.solve_again(analysis, values[k], right_sides[k], handle, release=k == members[-1])
            x[k], residuals[k] = solution.x, solution.residual

    _side_by_side(group, np.unique(handles))
    return x, residuals


def _side_by_side(task: Callable[[int], None], items: Iterable[int]) -> None:
    """Each item on whichever core is free; the first exception is raised."""
    for _ in _workers().map(task, [int(item) for item in items]):
        pass


@cache
def _workers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(cores())
