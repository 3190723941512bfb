"""Rollouts of many networks, some at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from metac.runtime.datasets.trajectories.trajectories import Trajectories
from metac.runtime.springs.network import SpringNetwork

AT_ONCE = 16
"""Networks in one batch."""


def networks_of(trajectories: Trajectories) -> SpringNetwork:
    """All networks at rest, `[network, …]`; K = 1/l."""
    return SpringNetwork(
        positions=trajectories.positions[:, 0],
        box=trajectories.box[:, 0],
        bonds=trajectories.bonds,
        images=trajectories.images,
        weights=trajectories.weights,
        factors=np.ones_like(trajectories.weights),
    )


def in_batches(
    roll: Callable[..., Any], trajectories: Trajectories, *given: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What `roll` makes of each network, and of its row of `given`: places and boxes, `[network, snapshot, …]`."""
    compiled, arguments = jax.jit(jax.vmap(roll)), (networks_of(trajectories), *given)
    count = len(trajectories.nodes)
    found = []
    for start in range(0, count, AT_ONCE):
        # The last batch is filled up: one program for all.
        rows = np.minimum(np.arange(start, start + AT_ONCE), count - 1)
        positions, box = compiled(*jax.tree.map(lambda leaf, rows=rows: jnp.asarray(leaf[rows]), arguments))
        kept = min(AT_ONCE, count - start)
        found.append((np.asarray(positions)[:kept], np.asarray(box)[:kept]))
    positions, boxes = zip(*found, strict=True)
    return np.concatenate(positions), np.concatenate(boxes)
