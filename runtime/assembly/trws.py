"""Tree-reweighted message passing, sequential (TRW-S; Kolmogorov, IEEE Trans. Pattern Anal. Mach. Intell. 28, 2006, 1568).

The cells of one anti-diagonal have no common edge, so a sweep treats diagonal after diagonal, one of the orders that are
allowed. Its lower bound never falls; where it meets the energy of a choice, that is proven optimal. Dual decomposition
(Komodakis et al., which Wang et al. take) bounds the same relaxation by subgradients, in thousands of iterations.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Int
from numpy.typing import NDArray

from metac.runtime.assembly.choice import ChoiceCosts

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
RIGHT, BELOW, LEFT, ABOVE = range(4)
"""Where a message comes from."""
STEPS = ((0, 1), (1, 0), (0, -1), (-1, 0))
"""Rows and columns from a cell to the neighbour on that side."""
PATIENCE = 20
"""Sweeps without a higher bound or a cheaper choice, after which they end."""
EACH = 5
"""Sweeps after whose choice each cell is changed to what is cheapest beside its neighbours, beside the first ones."""
PROGRESS = 1e-9
"""Rise of the bound, over its size, that counts."""


@dataclass(frozen=True, eq=False)
class Assembled:
    """A choice and what is proven of it."""

    choice: Int[np.ndarray, "row column"]
    energy: float
    bound: float
    """No choice costs less."""
    sweeps: int

    @property
    def gap(self) -> float:
        """How far above the bound the energy is, as a share of the bound's size."""
        return max(self.energy - self.bound, 0.0) / max(abs(self.bound), np.finfo(float).tiny)


def assemble(
    costs: ChoiceCosts, sweeps: int, gap: float, watch: Callable[[int, float, float], None] | None = None
) -> Assembled:
    """The cheapest choice that at most `sweeps` sweeps, there and back, find; fewer when `Assembled.gap` is `gap` or less.

    `watch(sweep, energy, bound)` is told of each.
    """
    messages = _SweptMessages(costs)
    choice = descended(costs, costs.own.argmin(axis=-1))
    best = Assembled(choice, costs.energy(choice), messages.weakest_bound(), 0)
    waited = 0
    for sweep in range(1, sweeps + 1):
        rounded = messages.forward()
        if sweep <= PATIENCE or sweep % EACH == 0:
            rounded = descended(costs, rounded)
        bound, energy = messages.backward(), costs.energy(rounded)
        cheaper = energy < best.energy
        waited = 0 if cheaper or bound - best.bound > PROGRESS * abs(bound) else waited + 1
        best = Assembled(rounded if cheaper else best.choice, min(energy, best.energy), max(bound, best.bound), sweep)
        if watch is not None:
            watch(sweep, best.energy, best.bound)
        if best.gap <= gap or waited >= PATIENCE:
            break
    return best


class _SweptMessages:
    """What each cell hears from its neighbours: `[side, cell, candidate]`, cells counted diagonal by diagonal."""

    def __init__(self, costs: ChoiceCosts) -> None:
        rows, columns, count = costs.own.shape
        row, column = (index.ravel() for index in np.indices((rows, columns)))
        order = np.lexsort((row, row + column))
        self._costs, self._row, self._column = costs, row[order], column[order]
        self._own = costs.own[self._row, self._column]
        self._heard = np.zeros((len(STEPS), rows * columns, count))
        forward = (self._column < columns - 1).astype(int) + (self._row < rows - 1)
        backward = (self._column > 0).astype(int) + (self._row > 0)
        # The share of a cell's costs that each chain through it has.
        self._share = 1.0 / np.maximum(np.maximum(forward, backward), 1)[:, None]
        self._diagonals = self._cut(costs, order)

    def _cut(self, costs: ChoiceCosts, order: Integers) -> list[_Diagonal]:
        rows, columns, _ = costs.own.shape
        place = np.empty(rows * columns, np.int64)
        place[order] = np.arange(rows * columns)
        ends = np.searchsorted(self._row + self._column, np.arange(rows + columns))
        found = []
        for start, stop in itertools.pairwise(ends.tolist()):
            row, column = self._row[start:stop], self._column[start:stop]
            sides = [_SideCosts.of(costs, row, column, side, place) for side in range(len(STEPS))]
            found.append(_Diagonal(slice(start, stop), tuple(sides)))
        return found

    def weakest_bound(self) -> float:
        """The sum of the least costs of all cells and pairs."""
        costs = self._costs
        least = costs.own.min(axis=-1).sum()
        return float(least + sum(table.min(axis=(-2, -1)).sum() for table in (costs.across, costs.down)))

    def forward(self) -> Integers:
        """One sweep down and right; the choice that it meets on its way (rounding, section 4.3 of the source)."""
        choice = np.zeros(len(self._own), np.int64)
        seen = self._own + self._heard[RIGHT] + self._heard[BELOW]
        for diagonal in self._diagonals:
            here = diagonal.cells
            choice[here] = seen[here].argmin(axis=-1)
            for side in (RIGHT, BELOW):
                edge = diagonal.edges[side]
                seen[edge.neighbours] += edge.table[choice[here][edge.there], np.arange(len(edge.there))]
            self._send(diagonal, (RIGHT, BELOW))
        found = np.empty(self._costs.own.shape[:2], np.int64)
        found[self._row, self._column] = choice
        return found

    def backward(self) -> float:
        """One sweep up and left; the lower bound."""
        return sum(self._send(diagonal, (LEFT, ABOVE)) for diagonal in reversed(self._diagonals))

    def _send(self, diagonal: _Diagonal, sides: tuple[int, int]) -> float:
        """Messages of cells of one diagonal to their neighbours on two sides; what all these are less than before."""
        heard = self._heard[:, diagonal.cells]
        held = self._own[diagonal.cells] + heard.sum(axis=0)
        least = held.min(axis=-1, keepdims=True)
        total, held = float(least.sum()), self._share[diagonal.cells] * (held - least)
        for side in sides:
            edge = diagonal.edges[side]
            if not len(edge.there):
                continue
            own = (held - heard[side])[edge.there]
            np.add(edge.table, own.T[:, :, None], out=edge.room)
            message = edge.room.min(axis=0)
            lowest = message.min(axis=-1, keepdims=True)
            self._heard[(side + 2) % 4, edge.neighbours] = message - lowest
            total += float(lowest.sum())
        return total


class _SideCosts(NamedTuple):
    """Of the pairs of a diagonal's cells and their neighbours on one side."""

    there: Integers
    """Which of the cells have a neighbour."""
    neighbours: Integers
    """Numbers of these."""
    table: Array
    """`[own candidate, pair, neighbour's candidate]`, contiguous: a message is the least of its slabs, number by number."""
    room: Array
    """As large: what the table is added up in."""

    @classmethod
    def of(cls, costs: ChoiceCosts, rows: Integers, columns: Integers, side: int, place: Integers) -> _SideCosts:
        """With a copy of the costs, so that sweeps gather nothing; `place` numbers cells that are counted row by row."""
        down, right = STEPS[side]
        there = np.flatnonzero(_has_neighbour(costs, rows, columns, side))
        row, column = rows[there], columns[there]
        table = (costs.across if right else costs.down)[row + min(down, 0), column + min(right, 0)]
        table = table.transpose(1, 0, 2) if side in (RIGHT, BELOW) else table.transpose(2, 0, 1)
        neighbours = place[(row + down) * costs.own.shape[1] + column + right]
        return cls(there, neighbours, np.ascontiguousarray(table), np.empty(table.shape))


class _Diagonal(NamedTuple):
    """Cells that have no common edge, and their pairs on each side."""

    cells: slice
    edges: tuple[_SideCosts, ...]


def descended(costs: ChoiceCosts, choice: Integers) -> Integers:
    """Rows, then columns, of cells changed to what is cheapest beside what is there, until nothing changes.

    Each is a chain, whose best choice is found exactly; every other one at once, as they have no common edge. A single cell
    that were cheaper otherwise would make its row cheaper: this ends beyond where changes cell by cell do.
    """
    turned = ChoiceCosts(costs.own.transpose(1, 0, 2), costs.down.transpose(1, 0, 2, 3), costs.across.transpose(1, 0, 2, 3))
    energy, found = costs.energy(choice), choice
    while True:
        trial = _rows_minimised(turned, _rows_minimised(costs, found).T).T
        trial_energy = costs.energy(trial)
        if not trial_energy < energy - 1e-12 * abs(energy):
            return found
        energy, found = trial_energy, trial


def _rows_minimised(costs: ChoiceCosts, choice: Integers) -> Integers:
    """Every other row, then the others, by dynamic programming (Viterbi, IEEE Trans. Inf. Theory 13, 1967)."""
    choice = choice.copy()
    rows, columns = choice.shape
    for parity in range(min(2, rows)):
        own = np.arange(parity, rows, 2)
        row, column = np.repeat(own, columns), np.tile(np.arange(columns), len(own))
        seen = costs.own[own] + sum(
            cost_beside(costs, choice, row, column, side).reshape(len(own), columns, -1) for side in (ABOVE, BELOW)
        )
        tables = costs.across[own].transpose(1, 0, 3, 2)  # the former cell's candidate last: what is the least over
        best, came = seen[:, 0], np.empty(seen.shape, np.int64)
        for step in range(1, columns):
            total = best[:, None, :] + tables[step - 1]
            came[:, step] = total.argmin(axis=-1)
            best = np.take_along_axis(total, came[:, step, :, None], axis=-1)[..., 0] + seen[:, step]
        here = best.argmin(axis=-1)
        for step in range(columns - 1, -1, -1):
            choice[own, step] = here
            here = came[np.arange(len(own)), step, here] if step else here
    return choice


def _has_neighbour(costs: ChoiceCosts, rows: Integers, columns: Integers, side: int) -> NDArray[np.bool_]:
    """Which of these cells have a neighbour on a side."""
    count, (down, right) = costs.own.shape, STEPS[side]
    return (rows + down >= 0) & (rows + down < count[0]) & (columns + right >= 0) & (columns + right < count[1])


def cost_beside(costs: ChoiceCosts, choice: Integers, rows: Integers, columns: Integers, side: int) -> Array:
    """`[cell, candidate]`: costs with what is chosen on a side, zero where nobody is."""
    there, (down, right) = _has_neighbour(costs, rows, columns, side), STEPS[side]
    row, column = rows[there], columns[there]
    chosen = choice[row + down, column + right]
    tables, place = costs.across if right else costs.down, (row + min(down, 0), column + min(right, 0))
    found = np.zeros((len(rows), costs.own.shape[-1]))
    found[there] = tables[(*place, slice(None), chosen)] if side in (RIGHT, BELOW) else tables[(*place, chosen)]
    return found
