"""A simulator by message passing: rollouts that begin with snapshots that were simulated.

A step knows the last places and boxes. The edge along shrinks as is prescribed. With absolute inputs the network never sees
a box, so the edge across follows the places that it predicts: by the slope of the nodes' displacements over their places at
rest. That slope is not the box's, and bonds over the boundary are wrong by the difference: with the true places it gives
Poisson's ratio of the box with R² = 0.96 after 20 snapshots and 0.92 after 100 (30 networks of 64 nodes), which no training
can pass. With relative inputs the free edge is where a learned energy of the bonds presses no more (`learned_law`): that the
edge is free is told, stiffnesses are learned, and nodes obey the network alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from numpy.typing import NDArray

from metac.runtime.datasets.trajectories.trajectories import Trajectories
from metac.runtime.learn.simulators.batches import in_batches
from metac.runtime.learn.simulators.conditions import TrajectoryConditions
from metac.runtime.learn.simulators.learned_law import box_stiffness, learned_gradient, learned_law
from metac.runtime.learn.simulators.message_passing import MessageConfiguration, acceleration, features
from metac.runtime.learn.simulators.rollouts import RolloutStatus, rollout_status
from metac.runtime.learn.simulators.stability import Steps
from metac.runtime.springs.dynamics import Schedule, Trajectory, compressed
from metac.runtime.springs.forces import turned_over, vectors
from metac.runtime.springs.network import SpringNetwork, springs_of
from metac.runtime.springs.time_steps import substeps_between

RELAXATIONS = 2
"""Quasi-Newton steps of the free edge from snapshot to snapshot; each leaves some per cent of the change of a step."""


class Known(NamedTuple):
    """What a step knows of a network."""

    positions: Array
    """`[1 + history, node, 2]`: the last places, the present ones last."""
    boxes: Array
    """`[1 + history, 2]`."""
    factor: Array
    """The edge across over that which the places alone tell, at the start; read by absolute inputs."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class MessageMotion:
    """One network that is compressed along x."""

    weights: Any
    network: SpringNetwork
    """At rest."""
    interval: Any
    """By which the edge along shrinks from snapshot to snapshot."""
    configuration: MessageConfiguration = field(metadata={"static": True})

    def start(self, positions: Array, boxes: Array) -> Known:
        """From places `[1 + history, node, 2]` and boxes `[1 + history, 2]`."""
        return Known(positions, boxes, boxes[-1, 1] / self.edge(positions[-1]))

    def edge(self, positions: Array) -> Array:
        """Across, as the places tell it."""
        rest, there = self.network.positions[:, 1], self.network.degrees > 0
        middle = jnp.sum(rest * there) / jnp.sum(there)
        away = (rest - middle) * there
        return self.network.box[1] * (1 + jnp.sum(away * (positions[:, 1] - rest)) / jnp.sum(away**2))

    def advance(self, state: Known) -> Known:
        """The next snapshot."""
        shown = features(self.configuration, self.network, state.positions, state.boxes)
        found = acceleration(self.weights, self.configuration, self.network, shown)
        now, last = state.boxes[-1], state.positions[-2]
        along = now[0] - self.interval
        if self.configuration.relative:
            # Places of the last snapshots, and then those to come, taken along by the box.
            places = found + 2 * state.positions[-1] - last * (now / state.boxes[-2])
            box = now.at[0].set(along)
            law = lax.stop_gradient(self.weights["networks"]["law"])
            places, box = free_edge(law, self.network, places * (box / now), box)
        else:
            places = found + 2 * state.positions[-1] - last
            box = jnp.stack([along, state.factor * self.edge(places)])
        positions, boxes = (
            jnp.concatenate([known[1:], new[None]]) for known, new in ((state.positions, places), (state.boxes, box))
        )
        return Known(positions, boxes, state.factor)


def free_edge(law: Any, network: SpringNetwork, positions: Array, box: Array) -> tuple[Array, Array]:
    """Places `[node, 2]` and box `[2]` where a learned energy presses no more across; places follow the box."""
    nodes = len(positions)
    known = learned_law({**law, "damping": jnp.zeros(())}, springs_of(network, 0.0), nodes, 1.0)
    stiffness = box_stiffness(known, network.box, 1, nodes)
    for _ in range(RELAXATIONS):
        edge = box[1] - learned_gradient(known, positions, box)[1][1] / box[1] / stiffness
        positions, box = positions.at[:, 1].multiply(edge / box[1]), box.at[1].set(edge)
    return positions, box


def rolled_on(moving: MessageMotion, start: Known, snapshots: int) -> tuple[Array, Array]:
    """Places `[snapshot, node, 2]` and boxes `[snapshot, 2]` after the start. A gradient stores one snapshot at a time."""

    @jax.checkpoint
    def snapshot(state: Known, _: None) -> tuple[Known, tuple[Array, Array]]:
        state = moving.advance(state)
        return state, (state.positions[-1], state.boxes[-1])

    _, found = lax.scan(snapshot, start, None, length=snapshots)
    return found


@dataclass(frozen=True)
class MessageSimulator:
    """Weights, what they mean, and what they were learned from."""

    configuration: MessageConfiguration
    weights: Any
    conditions: TrajectoryConditions

    def under(self, interval: float, rate: float) -> MessageSimulator:
        """The same networks in another test, though they know but the snapshots that they learned from."""
        return replace(self, conditions=replace(self.conditions, interval=interval, rate=rate))

    @property
    def begun(self) -> int:
        """Snapshots, beside that at rest, that a rollout must be given."""
        return self.configuration.history

    def of(self, network: SpringNetwork) -> MessageMotion:
        """For one network, compressed along x."""
        return MessageMotion(self.weights, network, self.conditions.interval, self.configuration)

    def rolled_out(self, trajectories: Trajectories, snapshots: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Places `[network, snapshot, node, 2]` and boxes `[network, snapshot, 2]`; the first ones are those given."""
        given = min(self.begun, snapshots)

        def roll(network: SpringNetwork, positions: Array, box: Array) -> tuple[Array, Array]:
            moving = self.of(network)
            later = rolled_on(moving, moving.start(positions, box), snapshots - given)
            return jnp.concatenate([positions, later[0]]), jnp.concatenate([box, later[1]])

        first = (trajectories.positions[:, : self.begun + 1], trajectories.box[:, : self.begun + 1])
        positions, boxes = in_batches(roll, trajectories, *first)
        return positions[:, : snapshots + 1], boxes[:, : snapshots + 1]

    def steps(self, network: SpringNetwork, given: Array, boxes: Array, snapshots: Sequence[int]) -> Steps:
        """See `Linearisable`: the last places and edges across may be wrong."""
        moving = self.of(network)
        start = moving.start(given[: self.begun + 1], boxes[: self.begun + 1])

        def advance(values: tuple[Array, Array], rest: tuple[Array, Array]) -> tuple[Array, Array]:
            (positions, edges), (along, factor) = values, rest
            if not self.configuration.relative:
                edges = edges.at[-1].set(factor * moving.edge(positions[-1]))
            after = moving.advance(Known(positions, jnp.stack([along, edges], axis=1), factor))
            return after.positions, after.boxes[:, 1]

        def one(state: Known, _: None) -> tuple[Known, Known]:
            state = moving.advance(state)
            return state, state

        _, states = jax.jit(lambda start: lax.scan(one, start, None, length=max(snapshots)))(start)
        taken = [jax.tree.map(lambda leaf, place=snapshot - 1: leaf[place], states) for snapshot in snapshots]
        return Steps(advance, [((each.positions, each.boxes[:, 1]), (each.boxes[:, 0], each.factor)) for each in taken])

    def rollout(
        self, network: SpringNetwork, angle_stiffness: Array | float, axis: int, snapshots: int
    ) -> tuple[Trajectory, RolloutStatus]:
        """In the form of a trajectory of the dynamics, which gives the first `begun` snapshots; see `rollouts.rollout`.

        There is no law, and so neither stress nor energy: both are no numbers. Along y the network is mirrored.
        """
        conditions, slow = self.conditions, self.conditions.interval / self.conditions.rate
        between = slow / network.box[axis]
        substeps = substeps_between(slow / network.edge(axis), conditions.mass)
        upright = _mirrored(network) if axis == 1 else network
        begin = compressed(
            upright,
            angle_stiffness=angle_stiffness,
            mass=conditions.mass,
            damping=conditions.damping,
            temperature=conditions.temperature,
            interval=conditions.interval,
            between=between,
            key=jax.random.key(0),
            schedule=Schedule(0, self.begun, substeps, free=True),
        )
        moving = self.of(upright)
        places, boxes = rolled_on(moving, moving.start(begin.positions, begin.box), snapshots - self.begun)
        positions, boxes = jnp.concatenate([begin.positions, places]), jnp.concatenate([begin.box, boxes])
        if axis == 1:
            positions, boxes = positions[..., ::-1], boxes[:, ::-1]
        trajectory = _trajectory(network, positions, boxes, between, axis)
        return trajectory, rollout_status(trajectory, 1, network, angle_stiffness, conditions)


def _trajectory(network: SpringNetwork, positions: Array, boxes: Array, between: Array | float, axis: int) -> Trajectory:
    springs = springs_of(network, 0.0)
    # Beside the box's movement, which takes places along.
    moved = (positions[1:] - positions[:-1] * (boxes[1:] / boxes[:-1])[:, None]) / between
    count = len(positions)
    return Trajectory(
        positions=positions,
        velocities=jnp.concatenate([jnp.zeros_like(positions[:1]), moved]),
        box=boxes,
        stress=jnp.full((count, 2, 2), jnp.nan),
        energy=jnp.full(count, jnp.nan),
        time=between * jnp.arange(count),
        phase=jnp.zeros(()),
        flipped=jax.vmap(lambda places, box: turned_over(springs, vectors(springs, places, box)))(positions, boxes),
        axis=axis,
    )


def _mirrored(network: SpringNetwork) -> SpringNetwork:
    """With x and y exchanged."""
    return SpringNetwork(
        positions=network.positions[:, ::-1],
        box=network.box[::-1],
        bonds=network.bonds,
        images=network.images[:, ::-1],
        weights=network.weights,
        factors=network.factors,
    )
