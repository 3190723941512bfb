"""Whether a simulator's own errors grow: the spectral radius of one step, linearised about states of its rollouts."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from metac.runtime.learn.simulators.propagator import Moving, rolled
from metac.runtime.learn.simulators.simulator import Simulator
from metac.runtime.springs.network import SpringNetwork

UNSTABLE = 1.01
"""Spectral radius above which rollouts cannot be trusted."""


def spectral_radius(simulator: Simulator, network: SpringNetwork, snapshots: Sequence[int]) -> float:
    """Largest |eigenvalue| of the Jacobian of one step, over some snapshots of a rollout from rest.

    Infinite where a state is no number. The state is places, velocities and the free edge of the box; 1 is a translation.
    """
    moving = simulator.of(network)
    states = rolled(moving, moving.at_rest(network.positions), max(snapshots))
    largest = 0.0
    jacobian = jax.jit(lambda state: _jacobian(simulator, network, state))
    for snapshot in snapshots:
        matrix = np.asarray(jacobian(jax.tree.map(lambda leaf, place=snapshot: leaf[place], states)))
        if not np.isfinite(matrix).all():
            return float("inf")
        largest = max(largest, float(np.abs(np.linalg.eigvals(matrix)).max()))
    return largest


def _jacobian(simulator: Simulator, network: SpringNetwork, state: Moving) -> jax.Array:
    """`[variable, variable]`; the edge along the load is prescribed, and no variable."""
    moving = simulator.of(network)
    across = 1 - moving.axis
    flat, restore = ravel_pytree((state.positions, state.velocity, state.box[across]))

    def step(values: jax.Array) -> jax.Array:
        positions, velocity, edge = restore(values)
        after = moving.advance(Moving(positions, velocity, state.box.at[across].set(edge)))
        return ravel_pytree((after.positions, after.velocity, after.box[across]))[0]

    return jax.jacfwd(step)(jnp.asarray(flat))
