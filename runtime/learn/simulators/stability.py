"""Whether a simulator's own errors grow: the spectral radius of one step, linearised about states of its rollouts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.flatten_util import ravel_pytree

from metac.runtime.datasets.trajectories.trajectories import Trajectories
from metac.runtime.learn.simulators.batches import networks_of
from metac.runtime.springs.network import SpringNetwork

UNSTABLE = 1.01
"""Spectral radius above which rollouts cannot be trusted."""


class Steps(NamedTuple):
    """One step, and states to linearise it about."""

    advance: Callable[[Any, Any], Any]
    """What may be wrong in a state (a pytree: places, the free edge …), and the rest of it -> the same, a step on."""
    states: Sequence[tuple[Any, Any]]
    """Both of each state."""


class Linearisable(Protocol):
    """A simulator whose steps can be linearised."""

    def steps(self, network: SpringNetwork, given: Array, boxes: Array, snapshots: Sequence[int]) -> Steps:
        """One step, and states after some numbers of snapshots of a rollout.

        Args:
            network: at rest.
            given: places `[snapshot, node, 2]` that were simulated; a rollout begins with as many as it needs.
            boxes: `[snapshot, 2]` of these.
            snapshots: of the rollout.
        """
        ...


def spectral_radius(steps: Steps) -> float:
    """Largest |eigenvalue| of the Jacobian of one step, over the states; 1 is a translation.

    Infinite where a state is no number.
    """
    jacobian = jax.jit(lambda values, rest: _jacobian(steps.advance, values, rest))
    largest = 0.0
    for values, rest in steps.states:
        matrix = np.asarray(jacobian(values, rest))
        if not np.isfinite(matrix).all():
            return float("inf")
        largest = max(largest, float(np.abs(np.linalg.eigvals(matrix)).max()))
    return largest


def _jacobian(advance: Callable[[Any, Any], Any], values: Any, rest: Any) -> Array:
    """`[variable, variable]`."""
    flat, restore = ravel_pytree(values)
    return jax.jacfwd(lambda numbers: ravel_pytree(advance(restore(numbers), rest))[0])(flat)


def radius_on(simulator: Linearisable, tested: Trajectories) -> float:
    """The largest spectral radius on the networks with the highest and the lowest ratio, early and late."""
    networks, ratios = networks_of(tested), tested.ratios[:, 0]
    last = tested.positions.shape[1] - 1
    found = []
    for row in {int(np.argmin(ratios)), int(np.argmax(ratios))}:
        network = jax.tree.map(lambda leaf, row=row: jnp.asarray(leaf[row]), networks)
        given, boxes = jnp.asarray(tested.positions[row]), jnp.asarray(tested.box[row])
        found.append(spectral_radius(simulator.steps(network, given, boxes, sorted({1, last // 2, last} - {0}))))
    return max(found)
