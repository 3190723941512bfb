"""A trained simulator: what a network does from snapshot to snapshot, without the law that was simulated."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import jax
import numpy as np
from jax import Array
from numpy.typing import NDArray

from metac.runtime.datasets.trajectories.trajectories import Trajectories
from metac.runtime.learn.simulators.batches import in_batches
from metac.runtime.learn.simulators.conditions import TrajectoryConditions
from metac.runtime.learn.simulators.propagator import Moving, Propagator, PropagatorConfiguration, propagator, rolled
from metac.runtime.learn.simulators.rollouts import RolloutStatus, rollout
from metac.runtime.learn.simulators.stability import Steps
from metac.runtime.springs.dynamics import Trajectory
from metac.runtime.springs.network import SpringNetwork

NEARLY = 1e-9
"""By how much a number of time steps may miss a whole one."""


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

    def under(self, interval: float, rate: float) -> Simulator:
        """The same law in another test: time is cut as finely as in that which was learned from, or more finely."""
        known = self.conditions
        longer = max(1.0, interval / rate / (known.interval / known.rate))
        substeps = math.ceil(self.configuration.substeps * longer - NEARLY)
        return replace(
            self,
            conditions=replace(known, interval=interval, rate=rate),
            configuration=replace(self.configuration, substeps=substeps),
        )

    def rolled_out(self, trajectories: Trajectories, snapshots: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Places `[network, snapshot, node, 2]` and boxes `[network, snapshot, 2]` from rest, of all networks."""

        def roll(network: SpringNetwork) -> tuple[Array, Array]:
            moving = self.of(network)
            found = rolled(moving, moving.at_rest(network.positions), snapshots)
            return found.positions, found.box

        return in_batches(roll, trajectories)

    def steps(self, network: SpringNetwork, given: Array, boxes: Array, snapshots: Sequence[int]) -> Steps:
        """See `Linearisable`; from rest: nothing that was simulated is read. The edge along cannot be wrong."""
        moving = self.of(network)
        states = rolled(moving, moving.at_rest(network.positions), max(snapshots))

        def advance(values: tuple[Array, Array, Array], box: Array) -> tuple[Array, Array, Array]:
            positions, velocity, edge = values
            after = moving.advance(Moving(positions, velocity, box.at[1].set(edge)))
            return after.positions, after.velocity, after.box[1]

        taken = [jax.tree.map(lambda leaf, place=snapshot: leaf[place], states) for snapshot in snapshots]
        return Steps(advance, [((each.positions, each.velocity, each.box[1]), each.box) for each in taken])

    @property
    def begun(self) -> int:
        """Snapshots, beside that at rest, that a rollout must be given."""
        return 0

    def rollout(
        self, network: SpringNetwork, angle_stiffness: Array | float, axis: int, snapshots: int
    ) -> tuple[Trajectory, RolloutStatus]:
        """From rest, in the form of a trajectory of the dynamics: see `rollouts.rollout`."""
        return rollout(self.of(network, axis), network, angle_stiffness, self.conditions, snapshots)
