"""A trained simulator: what a network does from snapshot to snapshot, without the law that was simulated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from metac.runtime.datasets.trajectories.trajectories import Trajectories
from metac.runtime.learn.simulators.conditions import TrajectoryConditions
from metac.runtime.learn.simulators.propagator import Moving, Propagator, PropagatorConfiguration, propagator, rolled
from metac.runtime.springs.network import SpringNetwork

AT_ONCE = 16
"""Networks in one batch."""


@dataclass(frozen=True)
class Simulator:
    """Weights, what they mean, and what they were learned from."""

    configuration: PropagatorConfiguration
    weights: Any
    conditions: TrajectoryConditions

    def of(self, network: SpringNetwork, axis: int = 0) -> Propagator:
        """For one network, compressed along an axis."""
        conditions = self.conditions
        between = conditions.interval / (conditions.rate * network.box[axis])
        return propagator(
            self.weights, self.configuration, network, interval=conditions.interval, between=between, axis=axis
        )

    def rolled_out(self, trajectories: Trajectories, snapshots: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Places `[network, snapshot, node, 2]` and boxes `[network, snapshot, 2]` from rest, of all networks."""

        def roll(network: SpringNetwork) -> Moving:
            moving = self.of(network)
            return rolled(moving, moving.at_rest(network.positions), snapshots)

        compiled, networks = jax.jit(jax.vmap(roll)), networks_of(trajectories)
        count = len(trajectories.nodes)
        found = []
        for start in range(0, count, AT_ONCE):
            # The last batch is filled up: one program for all.
            rows = np.minimum(np.arange(start, start + AT_ONCE), count - 1)
            made = compiled(jax.tree.map(lambda leaf, rows=rows: jnp.asarray(leaf[rows]), networks))
            kept = min(AT_ONCE, count - start)
            found.append((np.asarray(made.positions)[:kept], np.asarray(made.box)[:kept]))
        positions, boxes = zip(*found, strict=True)
        return np.concatenate(positions), np.concatenate(boxes)


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
