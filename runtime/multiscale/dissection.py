"""Nested dissection of a grid of superelements (George, SIAM J. Numer. Anal. 10, 1973), with dense fronts.

A rectangle of cells is cut across its longer side into two; what both share and nobody else touches is eliminated when they
are put together. All the work is in dense Cholesky factors and products. Unknowns at outer edges go as early as they can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy.typing import NDArray
from scipy.linalg import get_lapack_funcs, solve_triangular

from metac.runtime.multiscale.front_matrix import FrontMatrix, Run, gathered, runs_of

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
(_INVERSE,) = get_lapack_funcs(("potri",), dtype=np.float64)
BYTES = 8
"""Of a number."""


class SingularSystem(Exception):
    """A front has no Cholesky factor: the system can move freely, or a modulus is not positive."""


class CellRange(NamedTuple):
    """Rows `top` up to `bottom`, columns `left` up to `right` of cells."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def is_cell(self) -> bool:
        """Whether it is one cell."""
        return self.bottom - self.top == 1 and self.right - self.left == 1

    def halves(self, cell: tuple[int, int]) -> tuple[CellRange, CellRange]:
        """Cut across the longer side, in pixels of cells of `cell` rows and columns."""
        rows, columns = self.bottom - self.top, self.right - self.left
        if columns == 1 or (rows > 1 and rows * cell[0] > columns * cell[1]):
            middle = self.top + rows // 2
            return self._replace(bottom=middle), self._replace(top=middle)
        middle = self.left + columns // 2
        return self._replace(right=middle), self._replace(left=middle)


@dataclass(frozen=True, eq=False)
class FrontPlan:
    """What is done with a rectangle of cells."""

    cell: int | None
    """Number of the cell where it is one."""
    children: tuple[FrontPlan, ...]
    eliminated: Integers
    """Unknowns that end here, ascending."""
    passed: Integers
    """Unknowns that others share, ascending."""
    places: tuple[tuple[Run, ...], ...]
    """Where the unknowns that each child passes, or those of the cell, stand in `eliminated` followed by `passed`."""


def plan_fronts(
    extent: CellRange,
    cell: tuple[int, int],
    unknowns: Sequence[Integers],
    sharing: Callable[[CellRange, Integers], NDArray[np.bool_]],
) -> FrontPlan:
    """`unknowns[cell]`: those of each cell, ascending, cells counted row by row over the whole `extent`;
    `sharing(range, unknowns)`: which of them cells outside of that range have too. Numbers that follow each other along an
    edge make few runs, and fronts are then put together by blocks."""
    columns = extent.right - extent.left

    def plan(part: CellRange) -> FrontPlan:
        if part.is_cell:
            number = part.top * columns + part.left
            children: tuple[FrontPlan, ...] = ()
            given = (unknowns[number],)
        else:
            number = None
            children = tuple(plan(half) for half in part.halves(cell))
            given = tuple(child.passed for child in children)
        union = np.unique(np.concatenate(given))
        shared = sharing(part, union)
        eliminated, passed = union[~shared], union[shared]
        position = np.empty(len(union), np.int64)
        position[~shared], position[shared] = np.arange(len(eliminated)), len(eliminated) + np.arange(len(passed))
        places = (runs_of(position[np.searchsorted(union, each)], len(eliminated)) for each in given)
        return FrontPlan(number, children, eliminated, passed, tuple(places))

    return plan(extent)


@dataclass(frozen=True, eq=False)
class Front:
    """A factorised front: L₁₁ and K₂₁ L₁₁⁻ᵀ of what is eliminated (1) and passed on (2)."""

    plan: FrontPlan
    children: tuple[Front, ...]
    lower: Float[np.ndarray, "eliminated eliminated"]
    half: Float[np.ndarray, "passed eliminated"]

    @property
    def bytes(self) -> int:
        """Memory of this front and those below."""
        return self.lower.nbytes + self.half.nbytes + sum(child.bytes for child in self.children)

    def solve(self, right_sides: Float[np.ndarray, "unknown case"]) -> Float[np.ndarray, "unknown case"]:
        """Solutions, not checked."""
        found = right_sides.copy()
        fronts = list(self.upwards())
        for front in fronts:
            mine, beyond = front.plan.eliminated, front.plan.passed
            if len(mine):
                found[mine] = solve_triangular(front.lower, found[mine], lower=True, check_finite=False)
                found[beyond] -= front.half @ found[mine]
        for front in reversed(fronts):
            mine, beyond = front.plan.eliminated, front.plan.passed
            if len(mine):
                rest = found[mine] - front.half.T @ found[beyond]
                found[mine] = solve_triangular(front.lower, rest, lower=True, trans=1, check_finite=False)
        return found

    def inverse_blocks(self) -> Iterator[tuple[int, Float[np.ndarray, "own own"]]]:
        """Each cell, and the block of the inverse matrix of its unknowns (Takahashi, 1973, with dense fronts).

        From the root down: a front needs of the inverse what its parent has at the unknowns that it passes on.
        """
        waiting: list[tuple[Front, Array]] = [(self, np.zeros((0, 0)))]
        while waiting:
            front, beyond = waiting.pop()
            count = len(front.plan.eliminated)
            whole = np.zeros((count + len(beyond),) * 2)
            whole[count:, count:] = beyond
            if count:
                own = _INVERSE(front.lower, lower=1)[0]
                own = np.tril(own) + np.tril(own, -1).T
                response = solve_triangular(front.lower, front.half.T, lower=True, trans=1, check_finite=False)
                across = response @ beyond
                whole[:count, :count] = own + across @ response.T
                whole[:count, count:], whole[count:, :count] = -across, -across.T
            parts = [gathered(whole, places) for places in front.plan.places]
            if front.plan.cell is not None:
                yield front.plan.cell, parts[0]
            else:
                waiting.extend(zip(front.children, parts, strict=True))

    def upwards(self) -> Iterator[Front]:
        """All fronts, children before parents."""
        for child in self.children:
            yield from child.upwards()
        yield self


def factorise(
    plan: FrontPlan, stiffness: Callable[[int], tuple[Float[np.ndarray, "edge edge"], Int[np.ndarray, " free"]]]
) -> Front:
    """`stiffness(cell)`: the matrix of a cell and which of its rows are the cell's unknowns; raises SingularSystem."""
    front, remainder = _factorised(plan, stiffness)
    assert not remainder.size, "unknowns are left that nobody eliminates"
    return front


def _factorised(plan: FrontPlan, stiffness: Callable[[int], tuple[Array, Integers]]) -> tuple[Front, Array]:
    if plan.cell is not None:
        matrix, free = stiffness(plan.cell)
        children, parts = (), [matrix if len(free) == len(matrix) else matrix[np.ix_(free, free)]]
    else:
        below = [_factorised(child, stiffness) for child in plan.children]
        children, parts = tuple(front for front, _ in below), [remainder for _, remainder in below]
        del below
    front = FrontMatrix.zeros(len(plan.eliminated), len(plan.passed))
    for places in reversed(plan.places):
        front.add(parts.pop(), places)  # forgotten at once: fewer are held together
    if not front.eliminate():
        raise SingularSystem
    return Front(plan, children, front.own, front.across), front.rest


class FrontMemory(NamedTuple):
    """Bytes that a dissection takes: factors that stay, and the most that is held at once."""

    factors: int
    peak: int


def front_memory(extent: CellRange, cell: tuple[int, int], components: int) -> FrontMemory:
    """From shapes alone, for cells of `cell` rows and columns of pixels. Held unknowns count as free ones."""

    def nodes(part: CellRange) -> tuple[int, int]:
        """Nodes on the edges of a range, and those of them that cells outside share."""
        height, width = (part.bottom - part.top) * cell[0], (part.right - part.left) * cell[1]
        inner = (part.top > extent.top, part.bottom < extent.bottom, part.left > extent.left, part.right < extent.right)
        shared = (inner[0] + inner[1]) * (width + 1) + (inner[2] + inner[3]) * (height + 1)
        shared -= sum(inner[i] and inner[j] for i in (0, 1) for j in (2, 3))
        return 2 * (height + width), shared

    def visit(part: CellRange) -> tuple[int, int, int]:
        """Factors, peak, and unknowns that are passed on."""
        around, shared = nodes(part)
        passed = components * shared
        if part.is_cell:
            size, factors, peak, given = components * around, 0, 0, 0
        else:
            first, second = (visit(half) for half in part.halves(cell))
            half, _ = part.halves(cell)
            upright = half.right != part.right
            cut = (half.bottom - half.top) * cell[0] + 1 if upright else (half.right - half.left) * cell[1] + 1
            size = first[2] + second[2] - components * cut
            factors = first[0] + second[0]
            # What the first half passes on waits while the second is worked on.
            waiting = BYTES * first[2] ** 2
            peak = max(first[1], first[0] + waiting + second[1])
            given = waiting + BYTES * second[2] ** 2
        count = size - passed
        own = BYTES * (count**2 + count * passed)
        # What stays and what is passed on are worked on in place, beside what they are put together of.
        return factors + own, max(peak, factors + given + own + BYTES * passed**2), passed

    factors, peak, _ = visit(extent)
    return FrontMemory(factors, peak)
