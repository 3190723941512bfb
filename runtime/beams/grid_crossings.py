"""Diagonals of a grid of nodes cross in the middle of its squares: networks without crossings, or with nodes there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import lgamma

import numpy as np
from jaxtyping import Bool, Float
from numpy.typing import NDArray

from metac.runtime.beams.node_grid import NodeGrid
from metac.runtime.beams.strut_net import StrutNet
from metac.runtime.late_jax import Array, jax, jnp

MOST_SHIFT = 0.25
"""How far nodes may move along x and y, in spacings, without ever turning a triangle of neighbours over.

Its heights are 1/√2 and more, of which each of two nodes uses up √2 times this. Then the diagonals of a square cross, and
nothing else does."""


@dataclass(frozen=True, eq=False)
class JoinedGrid:
    """A grid with a node in the middle of each square."""

    net: StrutNet
    """The nodes of the grid, then the middles of its squares."""
    origin: NDArray[np.int64]
    """`[edge]`: candidate of the grid that this one is, or is half of."""
    corners: NDArray[np.int64]
    """`[square, 4]`: both ends of the diagonal that goes up to the right, then of the other one."""

    def positions(self, places: Float[Array, "node 2"]) -> Float[Array, "joined 2"]:
        """Where the nodes are for those of the grid at `places`: in the middle, diagonals meet."""
        a, b, c, d = (places[self.corners[:, corner]] for corner in range(4))
        up, down = b - a, d - c
        turned = jnp.stack([-down[:, 1], down[:, 0]], axis=1)
        share = jnp.sum((c - a) * turned, axis=1) / jnp.sum(up * turned, axis=1)
        return jnp.concatenate([places, a + share[:, None] * up])


@lru_cache(maxsize=32)
def joined_grid(grid: NodeGrid) -> JoinedGrid:
    """The grid with its crossings as nodes; the same object each time."""
    squares = (grid.rows - 1) * (grid.columns - 1)
    straight = grid.edge_count - 2 * squares
    up, down = grid.edges[straight : straight + squares], grid.edges[straight + squares :]
    middle = grid.node_count + np.arange(squares)
    corners = np.concatenate([up, down], axis=1)
    halves = [np.stack([corners[:, corner], middle], axis=1) for corner in range(4)]
    origin = [np.arange(straight), *(straight + squares * half + np.arange(squares) for half in (0, 0, 1, 1))]
    places = grid.positions(1.0)
    nodes = np.concatenate([places, places[corners].mean(axis=1)])
    net = StrutNet(nodes, np.concatenate([grid.edges[:straight], *halves]).astype(np.int64))
    return JoinedGrid(net, np.concatenate(origin).astype(np.int64), corners.astype(np.int64))


def most_uncrossed(grid: NodeGrid) -> int:
    """Beams of a network without crossings: one diagonal a square."""
    return grid.edge_count - (grid.rows - 1) * (grid.columns - 1)


def uncrossed_candidates(
    grid: NodeGrid, counts: tuple[int, ...], count: Array, key: Array, tries: int
) -> Bool[Array, "edge try"]:
    """Any network of `count` beams, one of `counts`, without crossings as likely; connected or not.

    Of such networks, 2^k binomial(squares, k) binomial(straight, count − k) have k diagonals.
    """
    squares = (grid.rows - 1) * (grid.columns - 1)
    straight = grid.edge_count - 2 * squares
    logits = jnp.asarray([[_log_ways(squares, straight, beams, k) for k in range(squares + 1)] for beams in counts])
    of_count = logits[jnp.argmax(jnp.asarray(counts) == count)]
    keys = jax.random.split(key, 4)
    diagonals = jax.random.categorical(keys[0], of_count, shape=(tries,))
    chosen = jnp.argsort(jax.random.uniform(keys[1], (squares, tries)), axis=0) < diagonals
    upwards = jax.random.bernoulli(keys[2], 0.5, (squares, tries))
    others = jnp.argsort(jax.random.uniform(keys[3], (straight, tries)), axis=0) < count - diagonals
    return jnp.concatenate([others, chosen & upwards, chosen & ~upwards])


def _log_ways(squares: int, straight: int, beams: int, diagonals: int) -> float:
    if not 0 <= beams - diagonals <= straight:
        return -np.inf
    return diagonals * np.log(2) + _log_binomial(squares, diagonals) + _log_binomial(straight, beams - diagonals)


def _log_binomial(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
