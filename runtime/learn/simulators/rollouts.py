"""The rollout of a simulator in the form of a trajectory of the dynamics, and how it went."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jax import Array

from metac.runtime.errors import RuntimeFailure
from metac.runtime.learn.simulators.conditions import TrajectoryConditions
from metac.runtime.learn.simulators.learned_law import learned_energy, learned_forces
from metac.runtime.learn.simulators.propagator import Moving, Propagator, rolled
from metac.runtime.springs.dynamics import Trajectory
from metac.runtime.springs.forces import mean_stress, turned_over, vectors
from metac.runtime.springs.network import SpringNetwork
from metac.runtime.springs.status import DynamicStatus, NetworkFailed, dynamic_status

SAME = 1e-9
"""Relative difference of stiffnesses that is none."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class RolloutStatus:
    """Of a rollout: that of a trajectory, and whether the network obeys the law that was learned."""

    moving: DynamicStatus
    factors: Array
    """Largest difference of stiffness times length of a bond from 1."""
    angle_stiffness: Array
    """Of the network."""
    learned: Array
    """Stiffness of angles that the simulator has learned."""

    @property
    def ok(self) -> Array:
        """bool: the network is one that the simulator knows, and the rollout went well."""
        return self.sound.all()

    @property
    def sound(self) -> Array:
        """`[snapshot]` bool: of a network that the simulator knows, and up to there the rollout went well."""
        return self.moving.sound & (self.factors <= SAME) & self._same

    @property
    def _same(self) -> Array:
        return jnp.abs(self.angle_stiffness - self.learned) <= SAME * jnp.maximum(self.learned, SAME)

    def failure(self, name: str = "the load") -> RuntimeFailure | None:
        """The first failure that a concrete status shows, or None."""
        if float(self.factors) > SAME:
            message = f"{name}: the simulator has learned bonds with K = 1/l, and this network has others"
            return NetworkFailed(message, remedy="`compress`, which takes any stiffness")
        if not bool(self._same):
            found, learned = float(self.angle_stiffness), float(self.learned)
            message = f"{name}: the simulator has learned angles of stiffness {learned:g}, and the body has {found:g}"
            return NetworkFailed(message, remedy=f"`angle_stiffness = {learned:g}`, or a simulator that learned {found:g}")
        return self.moving.failure(name)

    def instability(self, name: str = "the load") -> None:
        """None: what moves finds its way out of unstable states."""


def rollout(
    moving: Propagator,
    network: SpringNetwork,
    angle_stiffness: Array | float,
    conditions: TrajectoryConditions,
    snapshots: int,
) -> tuple[Trajectory, RolloutStatus]:
    """From rest; stress and energy are those of the learned law. Differentiable; a gradient stores one snapshot at a time.

    Args:
        moving: what has been learned, for the network.
        network: with K = 1/l.
        angle_stiffness: of the body; compared with what was learned.
        conditions: of what was learned from.
        snapshots: beside that at rest.
    """
    mass = conditions.mass
    states = rolled(moving, moving.at_rest(network.positions), snapshots)
    springs, nodes = moving.law.springs, len(network.positions)

    def record(state: Moving) -> tuple[Array, Array, Array]:
        bonds = vectors(springs, state.positions, state.box)
        forces = mass * learned_forces(moving.law, bonds, nodes)
        stress = mean_stress(forces, bonds, state.box, moving.rest)
        return stress, mass * learned_energy(moving.law, bonds, nodes), turned_over(springs, bonds)

    stress, energy, flipped = jax.vmap(record)(states)
    trajectory = Trajectory(
        positions=states.positions,
        velocities=states.velocity,
        box=states.box,
        stress=stress,
        energy=energy,
        time=moving.between * jnp.arange(snapshots + 1),
        phase=moving.phase(network.positions),
        flipped=flipped,
        axis=moving.axis,
    )
    return trajectory, rollout_status(trajectory, moving.substeps, network, angle_stiffness, conditions)


def rollout_status(
    trajectory: Trajectory,
    substeps: int,
    network: SpringNetwork,
    angle_stiffness: Array | float,
    conditions: TrajectoryConditions,
) -> RolloutStatus:
    """How a rollout went, and whether its network is one that the simulator knows."""
    factors = jnp.max(jnp.abs(network.factors - 1) * (network.weights > 0))
    return RolloutStatus(
        dynamic_status(trajectory, substeps),
        jnp.asarray(factors, float),
        jnp.asarray(angle_stiffness, float),
        jnp.asarray(conditions.angle_stiffness, float),
    )
