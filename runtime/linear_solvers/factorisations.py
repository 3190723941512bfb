"""Factorisations held on the host and named by integers, so that compiled code can pass them on.

A handle may always be gone (memory is bounded, and handles are released after use): whoever uses one brings the matrix's
values too, and the matrix is then factorised again. Results therefore never depend on what the table holds.
"""

from __future__ import annotations

import itertools
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from metac.runtime.linear_solvers.interface import Factor, FactorisationFailed, Vector
from metac.runtime.linear_solvers.stability import UNKNOWN, Examination, Workspace, examined
from metac.runtime.linear_solvers.verified import ACCURATE, REFINED, Solution, VerifiedAnalysis

NO_FACTOR = -1
"""The handle that names nothing."""
SLOWEST_REUSE = 0.1
"""Refinement with a neighbour's factor is dearer than a new factor unless each pass gains a digit."""
DEFAULT_LIMIT = 4 * 1024**3
"""Bytes of factors that a table caches."""


class FactorTable:
    """Bounded, thread-safe; one for the whole process is enough (`FACTORS`)."""

    def __init__(self, limit: int = DEFAULT_LIMIT) -> None:
        self._limit = limit
        self._lock = threading.RLock()
        self._handles = itertools.count()
        self._live: OrderedDict[int, tuple[VerifiedAnalysis, Factor]] = OrderedDict()
        self._spare: OrderedDict[int, tuple[VerifiedAnalysis, Factor]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._live)

    @property
    def bytes(self) -> int:
        """Memory held by live and spare factors."""
        with self._lock:
            return sum(factor.bytes for table in (self._live, self._spare) for _, factor in table.values())

    def solve(
        self, analysis: VerifiedAnalysis, values: Vector, right_side: Vector, old: int, *, own: bool, keep: bool
    ) -> tuple[Solution, int, bool]:
        """Solve with the factor of a neighbouring matrix where that converges fast, else factorise.

        `old` names that neighbour. A new factor takes over the memory of `old` where that is the caller's `own`. Returns the
        handle of the factor used, and whether it is new. Its memory may be taken at any time unless it is to be kept.
        """
        with self._lock:
            known = self._known(analysis, old)
            if known is not None:
                solution = analysis.refine(known, values, right_side, slowest=SLOWEST_REUSE)
                if solution.residual <= REFINED:
                    return solution, old, False
            recycle = self._take(analysis, old if own else NO_FACTOR)
            solution = analysis.solve(values, right_side, recycle)
            if solution.factor is None:
                return solution, NO_FACTOR, True
            handle = next(self._handles)
            (self._live if keep else self._spare)[handle] = (analysis, solution.factor)
            self._shrink()
            return solution, handle, True

    def examine(
        self, analysis: VerifiedAnalysis, values: Vector, probe: Vector, old: int, *, own: bool, keep: bool
    ) -> tuple[Examination, int, bool]:
        """Count negative eigenvalues with a neighbour's factor where that provably shows them, else with a new one.

        Handles as for `solve`.
        """
        with self._lock:
            known = self._known(analysis, old)
            if known is not None:
                found = examined(analysis, known, values, probe)
                if found.negative != UNKNOWN:
                    return found, old, False
            recycle = self._take(analysis, old if own else NO_FACTOR)
            try:
                factor = analysis.factor(values, recycle)
            except FactorisationFailed:
                return Examination(UNKNOWN, np.nan, probe), NO_FACTOR, True
            handle = next(self._handles)
            (self._live if keep else self._spare)[handle] = (analysis, factor)
            self._shrink()
            return examined(analysis, factor, values, probe), handle, True

    @contextmanager
    def workspace(self, analysis: VerifiedAnalysis) -> Iterator[Workspace]:
        """A factor that is nobody's, to be computed again as often as needed; its memory is the table's."""
        with self._lock:
            workspace = Workspace(analysis, self._take(analysis, NO_FACTOR))
            yield workspace
            if workspace.last is not None:
                self._spare[next(self._handles)] = (analysis, workspace.last)
                self._shrink()

    def solve_again(
        self, analysis: VerifiedAnalysis, values: Vector, right_side: Vector, handle: int, *, release: bool = True
    ) -> Solution:
        """Solve with a factor kept from this matrix or a close one, else factorise again; `release` the handle afterwards.

        Callers with other handles may do so at the same time.
        """
        solution = Solution(np.zeros_like(right_side), np.inf, None)
        factor = self.lend(analysis, handle)
        if factor is not None:
            solution = analysis.refine(factor, values, right_side)
            if release:
                self.give_up(analysis, factor)
            else:
                self.keep(analysis, factor, handle)
        if not solution.residual <= ACCURATE:
            solution = analysis.solve(values, right_side, self.recycle(analysis))
            if solution.factor is not None:
                self.give_up(analysis, solution.factor)
        return solution

    def lend(self, analysis: VerifiedAnalysis, handle: int) -> Factor | None:
        """Take a factor out, for one borrower alone, if it is still there; its handle then names nothing."""
        with self._lock:
            entry = self._live.get(handle)
            if entry is None or entry[0] is not analysis:
                return None
            return self._live.pop(handle)[1]

    def recycle(self, analysis: VerifiedAnalysis) -> Factor | None:
        """A factor of this analysis that nobody needs any more, for its memory."""
        with self._lock:
            return self._take(analysis, NO_FACTOR)

    def keep(self, analysis: VerifiedAnalysis, factor: Factor, handle: int = NO_FACTOR) -> int:
        """Put a factor in, under the handle it had or a new one: the handle that names it from now on."""
        with self._lock:
            handle = next(self._handles) if handle == NO_FACTOR else handle
            self._live[handle] = (analysis, factor)
            self._shrink()
            return handle

    def give_up(self, analysis: VerifiedAnalysis, factor: Factor) -> None:
        """Put a factor in for its memory alone."""
        with self._lock:
            self._spare[next(self._handles)] = (analysis, factor)
            self._shrink()

    def release(self, handle: int) -> None:
        """Give a factor up; its memory is used for the next one of its sparsity pattern."""
        with self._lock:
            entry = self._live.pop(handle, None)
            if entry is not None:
                self._spare[handle] = entry
                self._shrink()

    def factor(self, handle: int) -> Factor | None:
        """The factor of a handle, if it is still there."""
        with self._lock:
            entry = self._live.get(handle)
            return None if entry is None else entry[1]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._live.clear()
            self._spare.clear()

    def _known(self, analysis: VerifiedAnalysis, handle: int) -> Factor | None:
        """The factor of a handle and no other one: bits must not depend on what else the table holds."""
        owner, factor = self._live.get(handle) or self._spare.get(handle) or (None, None)
        return factor if owner is analysis else None

    def _take(self, analysis: VerifiedAnalysis, handle: int) -> Factor | None:
        entry = self._live.get(handle)
        if entry is not None and entry[0] is analysis:
            return self._live.pop(handle)[1]
        for key, (owner, factor) in self._spare.items():
            if owner is analysis:
                del self._spare[key]
                return factor
        return None

    def _shrink(self) -> None:
        held = self.bytes
        while held > self._limit and len(self._live) + len(self._spare) > 1:
            table = self._spare or self._live
            _, (_, factor) = table.popitem(last=False)
            held -= factor.bytes


FACTORS = FactorTable()
"""The table that compiled load paths use."""
