"""Which nodes of a grid are connected: many designs at once, by labels that spread along the beams."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jaxtyping import Bool, UInt8

from metac.runtime.beams.node_grid import NodeGrid

DESIGNS_PER_CALL = 2048
"""Designs that are looked at together on the host."""


def reached(
    grid: NodeGrid, present: Bool[Array, "edge ..."], start: Bool[Array, "row column ..."]
) -> Bool[Array, "row column ..."]:
    """`[row, column, …]` bool: nodes that beams join to a node of `start[row, column, …]`; `present[edge, …]` bool."""
    horizontal, vertical, up, down = grid.families(present)

    def spread(known: Array) -> Array:
        right, left = known[:, :-1] & horizontal, known[:, 1:] & horizontal
        known = known.at[:, 1:].max(right).at[:, :-1].max(left)
        known = known.at[1:].max(known[:-1] & vertical)
        known = known.at[:-1].max(known[1:] & vertical)
        known = known.at[1:, 1:].max(known[:-1, :-1] & up).at[:-1, :-1].max(known[1:, 1:] & up)
        return known.at[:-1, 1:].max(known[1:, :-1] & down).at[1:, :-1].max(known[:-1, 1:] & down)

    def go_on(state: tuple[Array, Array]) -> Array:
        return state[1]

    def step(state: tuple[Array, Array]) -> tuple[Array, Array]:
        known = spread(state[0])
        return known, (known != state[0]).any()

    first = jnp.broadcast_to(start, (grid.rows, grid.columns, *present.shape[1:]))
    return lax.while_loop(go_on, step, (first, jnp.asarray(True)))[0]


def is_connected(grid: NodeGrid, present: Bool[Array, "edge ..."]) -> Bool[Array, " ..."]:
    """`[…]` bool: every node of the grid belongs to one piece (Pahlavani et al., 5.1: what is no loose design)."""
    start = jnp.zeros((grid.rows, grid.columns, *(1,) * (present.ndim - 1)), bool).at[0, 0].set(True)
    return reached(grid, present, start).all(axis=(0, 1))


def connected_designs(grid: NodeGrid, designs: UInt8[np.ndarray, "design edge"]) -> Bool[np.ndarray, " design"]:
    """`[design]`: `is_connected` of designs `[design, edge]` of 0 and 1, on the host."""
    found = np.empty(len(designs), bool)
    for start in range(0, len(designs), DESIGNS_PER_CALL):
        some = designs[start : start + DESIGNS_PER_CALL]
        present = np.zeros((grid.edge_count, DESIGNS_PER_CALL), bool)  # always as many: compiled once
        present[:, : len(some)] = some.T
        found[start : start + len(some)] = np.asarray(_is_connected(grid, present))[: len(some)]
    return found


_is_connected = jax.jit(is_connected, static_argnums=0)
