"""Nodes on a rectangular grid with beams between nearest neighbours, diagonals included (Pahlavani et al., Fig. 1a).

Nodes are numbered row by row from the lower left, `column + columns · row`. Candidate edges come in four families, in this
order: along x, along y, up to the right, down to the right, each row by row from the lower left. A tiling of cells is a
larger grid of the same sort, since cells share the nodes on their boundary.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int, Shaped

from metac.runtime.late_jax import Array, jnp

MOST_TILES = 64
"""Cells of a tiling along one direction."""


@dataclass(frozen=True)
class NodeGrid:
    """`columns` (n_x) by `rows` (n_y) nodes, at least 2 each."""

    columns: int
    rows: int

    @property
    def node_count(self) -> int:
        """n_x n_y."""
        return self.columns * self.rows

    @property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """`(rows, columns)` of each family of edges."""
        rows, columns = self.rows, self.columns
        return ((rows, columns - 1), (rows - 1, columns), (rows - 1, columns - 1), (rows - 1, columns - 1))

    @property
    def edge_count(self) -> int:
        """n_x (n_y − 1) + n_y (n_x − 1) + 2 (n_x − 1) (n_y − 1) (Pahlavani et al., supplementary table 3)."""
        return sum(rows * columns for rows, columns in self.shapes)

    @cached_property
    def numbers(self) -> Int[np.ndarray, "row column"]:
        """`[row, column]`: node numbers."""
        return np.arange(self.node_count).reshape(self.rows, self.columns)

    @cached_property
    def edges(self) -> Int[np.ndarray, "edge 2"]:
        """`[edge, 2]`: first and second node of each candidate edge."""
        n = self.numbers
        pairs = ((n[:, :-1], n[:, 1:]), (n[:-1], n[1:]), (n[:-1, :-1], n[1:, 1:]), (n[1:, :-1], n[:-1, 1:]))
        return np.concatenate([np.stack([first.ravel(), second.ravel()], axis=1) for first, second in pairs])

    def positions(self, spacing: float) -> Float[np.ndarray, "node 2"]:
        """`[node, 2]`: the regular grid, lower left node at the origin; in the unit of `spacing`."""
        row, column = np.divmod(np.arange(self.node_count), self.columns)
        return spacing * np.stack([column, row], axis=1).astype(float)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the regular grid, in spacings."""
        return self.columns - 1.0, self.rows - 1.0

    def sides(self, axis: int) -> tuple[Int[np.ndarray, " node"], Int[np.ndarray, " node"]]:
        """Nodes of the first and of the last line along an axis (0 for x, 1 for y)."""
        numbers = self.numbers
        return (numbers[:, 0], numbers[:, -1]) if axis == 0 else (numbers[0], numbers[-1])

    def extent(self, positions: Array) -> Array:
        """`[2]`: distance of the outer nodes along x and y, of nodes at `positions[node, 2]`."""
        return positions[-1] - positions[0]

    def periods(self, positions: Array) -> Array:
        """`[2, 2]`: the two periods, one a row."""
        numbers = self.numbers
        return jnp.stack([positions[numbers[0, -1]] - positions[0], positions[numbers[-1, 0]] - positions[0]])

    def on_grid(self, nodal: Shaped[Array, "node ..."]) -> Shaped[Array, "row column ..."]:
        """`[row, column, …]` of values `[node, …]`."""
        return nodal.reshape(self.rows, self.columns, *nodal.shape[1:])

    def families(self, values: Shaped[Array, "edge ..."]) -> tuple[Array, ...]:
        """`[row, column, …]` of each family, of values `[edge, …]`."""
        found, start = [], 0
        for rows, columns in self.shapes:
            found.append(values[start : start + rows * columns].reshape(rows, columns, *values.shape[1:]))
            start += rows * columns
        return tuple(found)

    def joined(self, families: tuple[Array, ...]) -> Shaped[Array, "edge ..."]:
        """`[edge, …]`: the inverse of `families`."""
        return jnp.concatenate([values.reshape(-1, *values.shape[2:]) for values in families])

    def tiled(self, along_x: int, along_y: int) -> NodeGrid:
        """The grid of `along_x` by `along_y` of these, neighbours sharing the nodes of a side."""
        return NodeGrid((self.columns - 1) * along_x + 1, (self.rows - 1) * along_y + 1)

    def tiled_widths(self, widths: Float[Array, "edge ..."], along_x: int, along_y: int) -> Float[Array, "tiled_edge ..."]:
        """Widths `[edge, …]` of a tiling's candidate edges from those of one cell.

        On a side that two cells share lies the wider of their beams: the union of what both draw.
        """
        horizontal, vertical, up, down = self.families(widths)

        def repeated(family: Array) -> Array:
            return jnp.tile(family, (along_y, along_x, *(1,) * (family.ndim - 2)))

        return self.tiled(along_x, along_y).joined(
            (_merged(horizontal, 0, along_x, along_y), _merged(vertical, 1, along_x, along_y), repeated(up), repeated(down))
        )

    def tiled_positions(
        self, positions: Float[Array, "node 2 ..."], along_x: int, along_y: int
    ) -> Float[Array, "tiled_node 2 ..."]:
        """`[node, 2, …]` of a tiling from those of one cell, of which opposite sides must be images of each other."""
        cell = self.on_grid(positions)
        width, height = cell[0, -1] - cell[0, 0], cell[-1, 0] - cell[0, 0]
        grid = self.tiled(along_x, along_y)
        row, column = np.divmod(np.arange(grid.node_count), grid.columns)
        across, up = np.minimum(column // (self.columns - 1), along_x - 1), np.minimum(row // (self.rows - 1), along_y - 1)
        inside = cell[row - up * (self.rows - 1), column - across * (self.columns - 1)]
        trailing = (slice(None), *(None,) * (positions.ndim - 1))
        return inside + across[trailing] * width + up[trailing] * height


def _merged(family: Array, axis: int, along_x: int, along_y: int) -> Array:
    """Repeat a family of which the first and the last line along `axis` fall on each other where cells meet."""
    times = (along_y, along_x)
    other = [1] * family.ndim
    other[1 - axis] = times[1 - axis]
    strip = jnp.moveaxis(jnp.tile(family, other), axis, 0)
    shared = jnp.maximum(strip[:1], strip[-1:])
    period = jnp.concatenate([shared, strip[1:-1]])
    count = times[axis]
    middle = jnp.tile(period, (count, *(1,) * (strip.ndim - 1)))[1:]
    return jnp.moveaxis(jnp.concatenate([strip[:1], middle, strip[-1:]]), 0, axis)
