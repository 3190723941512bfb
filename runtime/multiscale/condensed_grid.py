"""A grid of condensed cells on the host: all its pixels are solved for where the nodes at edges of cells can be."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy.typing import NDArray

from metac.runtime.dimensions import PLANE
from metac.runtime.multiscale.cell_grid import CellGrid
from metac.runtime.multiscale.dissection import Front, factorise
from metac.runtime.multiscale.known_superelements import KNOWN
from metac.runtime.multiscale.pixel_forces import pixel_forces_by_strips
from metac.runtime.multiscale.pixel_moduli import all_moduli
from metac.runtime.multiscale.superelement import Superelement

CELLS_AT_ONCE = 64
"""Cells of a kind whose interiors are found together."""
Integers = NDArray[np.int64]
Array = NDArray[np.float64]


class CondensedGrid(ABC):
    """`kinds[row, column]` of cells and `moduli[kind, y, x]` as their shape stores them.

    `condense`: makes the superelement of a kind's moduli.
    """

    def __init__(self, grid: CellGrid, kinds: Integers, moduli: Array, condense: Callable[[Array], Superelement]) -> None:
        self.grid = grid
        self.kinds = [int(kind) for kind in kinds.ravel()]
        self._moduli = np.asarray(all_moduli(grid, kinds, moduli, np))
        used = sorted(set(self.kinds))
        self.superelements = {kind: condense(moduli[kind]) for kind in used}
        self.by_kind = {kind: np.flatnonzero(np.array(self.kinds) == kind) for kind in used}

    @abstractmethod
    def edges_solved(self, right_side: Float[np.ndarray, " unknown"]) -> Float[np.ndarray, " unknown"]:
        """Displacements of the nodes at edges of cells under forces at them, in the order of the grid's skeleton."""

    def multiply(self, field: Float[np.ndarray, "row column 2"]) -> Float[np.ndarray, "row column 2"]:
        """K u of all free nodes."""
        return np.where(self.grid.free, pixel_forces_by_strips(self._moduli, self.grid.shape.element, field), 0.0)

    def solve(self, right_side: Float[np.ndarray, "row column 2"]) -> Float[np.ndarray, "row column 2"]:
        """Displacements of all nodes, not checked."""
        grid, skeleton = self.grid, self.grid.skeleton
        reduced = right_side.ravel().copy()
        windows = [(cells, forces) for cells, forces in self._windows(right_side)]
        for cells, forces in windows:
            if forces.any():
                passed_on = self.superelements[self.kinds[cells[0]]].passed_on(forces)
                np.subtract.at(reduced, grid.edge_degrees[cells], passed_on)
        found = np.zeros(grid.degrees)
        found[skeleton] = self.edges_solved(reduced[skeleton])
        field = found.reshape(right_side.shape)
        for cells, forces in windows:
            whole = self.superelements[self.kinds[cells[0]]].displacement(found[grid.edge_degrees[cells]], forces)
            for cell, own in zip(cells, whole, strict=True):
                rows, columns = grid.window(cell)
                field[rows.start + 1 : rows.stop - 1, columns.start + 1 : columns.stop - 1] = own[1:-1, 1:-1]
        return field

    def _windows(self, field: Array) -> Iterator[tuple[list[int], Array]]:
        """Cells of one kind, some at a time, and their part of a field, zero at their edges."""
        for cells in self.by_kind.values():
            for start in range(0, len(cells), CELLS_AT_ONCE):
                some = cells[start : start + CELLS_AT_ONCE].tolist()
                parts = np.zeros((len(some), self.grid.shape.rows + 1, self.grid.shape.columns + 1, PLANE))
                for part, cell in zip(parts, some, strict=True):
                    part[1:-1, 1:-1] = field[self.grid.window(cell)][1:-1, 1:-1]
                yield some, parts


class EdgeSolutions(NamedTuple):
    """Of forces at corners of cells."""

    edges: Float[np.ndarray, "case cell edge"]
    """Displacements of the nodes at the edges of cells, mm, in the order of a superelement."""
    residual: float
    """The largest relative residual of the cases, of the condensed system."""


class Factorisation(CondensedGrid):
    """By nested dissection; raises SingularBlock and SingularSystem."""

    def __init__(self, grid: CellGrid, kinds: Integers, moduli: Array) -> None:
        super().__init__(grid, kinds, moduli, lambda own: KNOWN.of(grid.shape, own))
        free = [np.flatnonzero(numbers >= 0) for numbers in grid.unknowns]

        def stiffness(cell: int) -> tuple[Array, Int[np.ndarray, " free"]]:
            return self.superelements[self.kinds[cell]].stiffness, free[cell]

        self.front: Front = factorise(grid.plan, stiffness)

    def edges_solved(self, right_side: Float[np.ndarray, " unknown"]) -> Float[np.ndarray, " unknown"]:
        """Exact but for rounding."""
        return self.front.solve(right_side[:, None])[:, 0]

    def edge_solutions(self, forces: Float[np.ndarray, "case row column 2"]) -> EdgeSolutions:
        """Of forces at corners of cells; see `exact.py`."""
        grid = self.grid
        field = np.zeros((len(forces), *grid.nodes, PLANE))
        field[:, :: grid.shape.rows, :: grid.shape.columns] = forces
        right_sides = field.reshape(len(forces), -1)[:, grid.skeleton].T
        found = self.front.solve(right_sides)
        # A last row of zeros stands for what is held.
        edges = np.vstack([found, np.zeros((1, len(forces)))])[grid.unknowns]
        left = np.vstack([right_sides, np.zeros((1, len(forces)))])
        for cell, local in enumerate(edges):
            left[grid.unknowns[cell]] -= self.superelements[self.kinds[cell]].stiffness @ local
        norms = np.linalg.norm(right_sides, axis=0)
        residual = np.linalg.norm(left[:-1], axis=0) / np.where(norms > 0, norms, 1.0)
        return EdgeSolutions(edges.transpose(2, 0, 1), float(residual.max(initial=0.0)))
