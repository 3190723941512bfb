"""Tree-reweighted message passing, sequential (TRW-S; Kolmogorov, IEEE Trans. Pattern Anal. Mach. Intell. 28, 2006, 1568).

The cells of one anti-diagonal have no common edge, so a sweep treats diagonal after diagonal, one of the orders that are
allowed. Its lower bound never falls; where it meets the energy of a choice, that is proven optimal. Dual decomposition
(Komodakis et al., which Wang et al. take) bounds the same relaxation by subgradients, in thousands of iterations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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
    """`[side, row, column, candidate]`: what each cell hears from its neighbours."""

    def __init__(self, costs: ChoiceCosts) -> None:
        self._costs = costs
        rows, columns, count = costs.own.shape
        self._heard = np.zeros((len(STEPS), rows, columns, count))
        row, column = np.indices((rows, columns))
        forward = (column < columns - 1).astype(int) + (row < rows - 1)
        backward = (column > 0).astype(int) + (row > 0)
        # The share of a cell's costs that each chain through it has.
        self._share = 1.0 / np.maximum(np.maximum(forward, backward), 1)
        order = (row + column).ravel()
        self._diagonals = [
            _Diagonal.of(costs, *np.divmod(np.flatnonzero(order == k), columns)) for k in range(rows + columns - 1)
        ]

    def weakest_bound(self) -> float:
        """The sum of the least costs of all cells and pairs."""
        costs = self._costs
        least = costs.own.min(axis=-1).sum()
        return float(least + sum(table.min(axis=(-2, -1)).sum() for table in (costs.across, costs.down)))

    def forward(self) -> Integers:
        """One sweep down and right; the choice that it meets on its way (rounding, section 4.3 of the source)."""
        choice = np.zeros(self._costs.own.shape[:2], np.int64)
        for diagonal in self._diagonals:
            rows, columns = diagonal.rows, diagonal.columns
            seen = self._costs.own[rows, columns] + self._heard[RIGHT, rows, columns] + self._heard[BELOW, rows, columns]
            for side in (LEFT, ABOVE):
                seen += cost_beside(self._costs, choice, rows, columns, side)
            choice[rows, columns] = seen.argmin(axis=-1)
            self._send(diagonal, (RIGHT, BELOW))
        return choice

    def backward(self) -> float:
        """One sweep up and left; the lower bound."""
        return sum(self._send(diagonal, (LEFT, ABOVE)) for diagonal in reversed(self._diagonals))

    def _send(self, diagonal: _Diagonal, sides: tuple[int, int]) -> float:
        """Messages of cells of one diagonal to their neighbours on two sides; what all these are less than before."""
        rows, columns = diagonal.rows, diagonal.columns
        held = self._costs.own[rows, columns] + self._heard[:, rows, columns].sum(axis=0)
        least = held.min(axis=-1, keepdims=True)
        total, held = float(least.sum()), held - least
        for side in sides:
            edge = diagonal.edges[side]
            own = (self._share[rows, columns][:, None] * held - self._heard[side, rows, columns])[edge.there]
            message = (own[:, None, :] + edge.table).min(axis=-1)
            lowest = message.min(axis=-1, keepdims=True)
            self._heard[(side + 2) % 4, edge.rows, edge.columns] = message - lowest
            total += float(lowest.sum())
        return total


@dataclass(frozen=True, eq=False)
class _SideCosts:
    """Of the pairs of a diagonal's cells and their neighbours on one side."""

    there: NDArray[np.bool_]
    """Which of the cells have a neighbour."""
    rows: Integers
    """Of the neighbours."""
    columns: Integers
    """Of the neighbours."""
    table: Array
    """`[pair, neighbour's candidate, own candidate]`, contiguous: what a message is the least of."""


@dataclass(frozen=True, eq=False)
class _Diagonal:
    """Cells that have no common edge, and their pairs on each side."""

    rows: Integers
    columns: Integers
    edges: tuple[_SideCosts, ...]

    @classmethod
    def of(cls, costs: ChoiceCosts, rows: Integers, columns: Integers) -> _Diagonal:
        """With copies of the costs, so that sweeps gather nothing."""
        edges = []
        for side, (down, right) in enumerate(STEPS):
            there = _has_neighbour(costs, rows, columns, side)
            row, column = rows[there], columns[there]
            table = (costs.across if right else costs.down)[row + min(down, 0), column + min(right, 0)]
            table = table.transpose(0, 2, 1) if side in (RIGHT, BELOW) else table
            edges.append(_SideCosts(there, row + down, column + right, np.ascontiguousarray(table)))
        return cls(rows, columns, tuple(edges))


def descended(costs: ChoiceCosts, choice: Integers) -> Integers:
    """Each cell changed to what is cheapest beside its neighbours, until none changes (iterated conditional modes)."""
    choice = choice.copy()
    row, column = np.indices(choice.shape)
    halves = [np.nonzero((row + column) % 2 == parity) for parity in range(2)]
    changed = True
    while changed:
        changed = False
        for rows, columns in halves:
            seen = costs.own[rows, columns].copy()
            for side in range(len(STEPS)):
                seen += cost_beside(costs, choice, rows, columns, side)
            now = np.take_along_axis(seen, choice[rows, columns][:, None], axis=-1)[:, 0]
            better = seen.min(axis=-1) < now - 1e-12 * np.abs(now)
            choice[rows[better], columns[better]] = seen.argmin(axis=-1)[better]
            changed |= bool(better.any())
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
