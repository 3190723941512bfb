"""Regular grids of rectangular elements that repeat without end: numbering and places.

Fields on a grid are written as images are: `[row, column]`, row 0 at the top, column 0 at the left. x points right along
the columns, y up against the rows; the origin is the lower left corner.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int32


@dataclass(frozen=True)
class PeriodicLattice:
    """One period of `rows` by `columns` elements of an order (1 or 2), `width` by `height` mm; opposite edges are one.

    Nodes lie on a lattice of `order · rows` by `order · columns` points, numbered row by row from the top left. Compared by
    value, so that it may stand as a static argument.
    """

    rows: int
    columns: int
    width: float
    height: float
    order: int = 1

    @property
    def cell_count(self) -> int:
        """Elements, numbered row by row from the top left: element `row · columns + column`."""
        return self.rows * self.columns

    @property
    def node_count(self) -> int:
        """Nodes, each counted once."""
        return self.order**2 * self.cell_count

    @property
    def element_size(self) -> tuple[float, float]:
        """Width and height of an element, mm."""
        return self.width / self.columns, self.height / self.rows

    @property
    def area(self) -> float:
        """Of the period, mm²."""
        return self.width * self.height

    @cached_property
    def cells(self) -> Int32[np.ndarray, "cell node"]:
        """`[cell, node]`: nodes of each element, row by row from its lower left corner; where a period is one element wide,
        a node stands for several corners."""
        rows, columns = self.order * self.rows, self.order * self.columns
        local = np.arange(self.order + 1)
        # The lowest row of an element's nodes is the last one in the order of the image.
        down = (self.order * np.arange(self.rows)[:, None] + self.order - local) % rows
        right = (self.order * np.arange(self.columns)[:, None] + local) % columns
        nodes = down[:, None, :, None] * columns + right[None, :, None, :]
        return nodes.reshape(self.cell_count, -1).astype(np.int32)

    @cached_property
    def nodes(self) -> Float[np.ndarray, "node 2"]:
        """`[node, 2]`: places, mm; nodes of the left and the top edge stand for the right and the bottom one."""
        rows, columns = self.order * self.rows, self.order * self.columns
        y, x = np.meshgrid(
            self.height * (1 - np.arange(rows) / rows), self.width * np.arange(columns) / columns, indexing="ij"
        )
        return np.column_stack([x.ravel(), y.ravel()])
