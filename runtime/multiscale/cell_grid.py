"""A grid of cells, each of many pixels, some of whose nodes are held: what is known of it before any modulus is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Int
from numpy.typing import NDArray

from metac.runtime.dimensions import PLANE
from metac.runtime.multiscale.dissection import CellRange, FrontPlan, plan_fronts
from metac.runtime.multiscale.superelement import CellShape


@dataclass(frozen=True)
class CellGrid:
    """`rows` by `columns` cells of one shape, counted row by row from the top left.

    Degrees of freedom are `2 node + component`, the nodes of all pixels counted row by row from the top left, as those of
    `grid_mesh` for as many elements; `held` are zero in every solution. Compared by value.
    """

    rows: int
    columns: int
    shape: CellShape
    held: tuple[int, ...]

    @property
    def pixels(self) -> tuple[int, int]:
        """Rows and columns of all pixels."""
        return self.rows * self.shape.rows, self.columns * self.shape.columns

    @property
    def nodes(self) -> tuple[int, int]:
        """Rows and columns of all nodes."""
        rows, columns = self.pixels
        return rows + 1, columns + 1

    @property
    def degrees(self) -> int:
        """Degrees of freedom, held ones included."""
        rows, columns = self.nodes
        return PLANE * rows * columns

    @property
    def extent(self) -> CellRange:
        """All cells."""
        return CellRange(0, self.rows, 0, self.columns)

    @cached_property
    def key(self) -> str:
        """A digest of the content."""
        return hashlib.sha256(repr(self).encode()).hexdigest()

    @cached_property
    def free(self) -> NDArray[np.bool_]:
        """`[row, column, 2]`: which degrees of freedom are not held."""
        rows, columns = self.nodes
        free = np.ones(self.degrees, bool)
        free[list(self.held)] = False
        return free.reshape(rows, columns, PLANE)

    @property
    def unsplit(self) -> CellGrid:
        """The same cells with one pixel for each modulus, held where nodes of both are."""
        split, columns = self.shape.split, self.nodes[1]
        node, component = np.divmod(np.array(self.held, np.int64), PLANE)
        row, column = np.divmod(node, columns)
        both = (row % split == 0) & (column % split == 0)
        own = (row // split) * (self.pixels[1] // split + 1) + column // split
        held = tuple((PLANE * own + component)[both].tolist())
        return CellGrid(self.rows, self.columns, self.shape.unsplit, held)

    def window(self, cell: int) -> tuple[slice, slice]:
        """Rows and columns of the nodes of a cell."""
        row, column = divmod(cell, self.columns)
        top, left = row * self.shape.rows, column * self.shape.columns
        return slice(top, top + self.shape.rows + 1), slice(left, left + self.shape.columns + 1)

    @cached_property
    def edge_degrees(self) -> Int[np.ndarray, "cell edge"]:
        """`[cell, edge]`: numbers of the degrees of freedom at the edges of each cell, in the order of its superelement."""
        node, component = np.divmod(self.shape.edge, PLANE)
        row, column = np.divmod(node, self.shape.columns + 1)
        first_row, first_column = np.divmod(np.arange(self.rows * self.columns), self.columns)
        rows = first_row[:, None] * self.shape.rows + row
        columns = first_column[:, None] * self.shape.columns + column
        return PLANE * (rows * self.nodes[1] + columns) + component

    @cached_property
    def skeleton(self) -> Int[np.ndarray, " unknown"]:
        """The free degrees of freedom at edges of cells, the unknowns of the dissection.

        Upright lines of nodes downwards, one after the other, then what is left of level ones: those of an edge follow each
        other, and cells' unknowns ascend.
        """
        rows, columns = self.nodes
        node = np.arange(rows * columns).reshape(rows, columns)
        upright = node[:, :: self.shape.columns].T
        level = np.delete(node[:: self.shape.rows], np.arange(0, columns, self.shape.columns), axis=1)
        order = np.concatenate([upright.ravel(), level.ravel()])
        degrees = (PLANE * order[:, None] + np.arange(PLANE)).ravel()
        return degrees[self.free.ravel()[degrees]]

    @cached_property
    def unknowns(self) -> Int[np.ndarray, "cell edge"]:
        """`[cell, edge]`: places in `skeleton`, -1 where held."""
        numbers = np.full(self.degrees, -1)
        numbers[self.skeleton] = np.arange(len(self.skeleton))
        return numbers[self.edge_degrees]

    @cached_property
    def plan(self) -> FrontPlan:
        """How the skeleton is eliminated."""
        own = [numbers[numbers >= 0] for numbers in self.unknowns]
        return plan_fronts(self.extent, (self.shape.rows, self.shape.columns), own, self._shared)

    def _shared(self, part: CellRange, unknowns: NDArray[np.int64]) -> NDArray[np.bool_]:
        node = self.skeleton[unknowns] // PLANE
        row, column = np.divmod(node, self.nodes[1])
        height, width = self.shape.rows, self.shape.columns
        extent = self.extent
        shared = np.zeros(len(unknowns), bool)
        for position, size, first, last, least, most in (
            (row, height, part.top, part.bottom, extent.top, extent.bottom),
            (column, width, part.left, part.right, extent.left, extent.right),
        ):
            shared |= (position == first * size) & (first > least)
            shared |= (position == last * size) & (last < most)
        return shared
