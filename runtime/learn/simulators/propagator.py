"""A propagator that is stable by construction: a few time steps of a learned law from snapshot to snapshot.

Between two snapshots the box's edge along the load shrinks linearly and places follow it; nodes move by velocity Verlet in
`substeps` time steps under the forces of the learned energy, and their velocities fall at the learned rate, exponentially.
The edge across has no mass: in each time step one quasi-Newton step takes the virial of the learned energy towards zero.
There is no bath. As the energy is positive and the damping as well, the linearised step has no growing mode while a time
step turns the fastest one by less than 2 radian. Terms and scheme are those of the dynamics, coefficients are learned: this
is identification of a system whose form is known ("physics-informed").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax

from metac.runtime.learn.simulators.learned_law import (
    LearnedLaw,
    box_stiffness,
    first_law,
    highest_frequency,
    learned_gradient,
    learned_law,
)
from metac.runtime.springs.network import SpringNetwork, springs_of


@dataclass(frozen=True)
class PropagatorConfiguration:
    """Shape of the networks of dense layers, and how time is cut."""

    width: int
    """Of the hidden layers."""
    substeps: int
    """Time steps from snapshot to snapshot."""
    time: float
    """Unit of time of the weights: that between snapshots, in the mean of what was learned from."""

    @property
    def parameters(self) -> int:
        """How many numbers are trained."""
        return sum(leaf.size for leaf in jax.tree.leaves(self.initial_weights(0)))

    def initial_weights(self, seed: int) -> dict[str, Any]:
        """Random; the first law has stiffnesses and a damping that act within one snapshot."""
        return {**first_law(seed, self.width), "damping": jnp.zeros(())}

    def describe(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)

    @classmethod
    def read(cls, description: Mapping[str, Any]) -> PropagatorConfiguration:
        """The inverse of `describe`. Raises ValueError, KeyError or TypeError where it describes none."""
        width, substeps, time = description["width"], description["substeps"], description["time"]
        return cls(int(width), int(substeps), float(time))


class Moving(NamedTuple):
    """A network at a snapshot: all that its future depends on."""

    positions: Array
    """`[node, 2]`."""
    velocity: Array
    """`[node, 2]`: beside the box's movement."""
    box: Array
    """`[2]`."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Propagator:
    """The learned law of one network, and the test that it is put to."""

    law: LearnedLaw
    rest: Array
    """`[2]`: the box at rest."""
    interval: Any
    """By which the edge along shrinks from snapshot to snapshot."""
    between: Any
    """Time from snapshot to snapshot."""
    substeps: int = field(metadata={"static": True})
    axis: int = field(metadata={"static": True})
    free: bool = field(metadata={"static": True})
    """Whether the edge across is free."""

    @property
    def step(self) -> Array:
        """Time step."""
        return self.between / self.substeps

    def at_rest(self, positions: Array) -> Moving:
        """Nothing moves."""
        return Moving(positions, jnp.zeros_like(positions), jnp.asarray(self.rest, float))

    def phase(self, positions: Array) -> Array:
        """ω dt of the fastest mode at rest."""
        return highest_frequency(self.law, positions, self.rest) * lax.stop_gradient(self.step)

    def advance(self, state: Moving) -> Moving:
        """The next snapshot."""
        axis, across, count = self.axis, 1 - self.axis, self.substeps
        nodes = len(state.positions)
        begin = state.box[axis]
        stiffness = box_stiffness(self.law, self.rest, across, nodes)
        decay, half = jnp.exp(-self.step * self.law.damping), self.step / 2

        def relaxed(positions: Array, box: Array, virial: Array) -> tuple[Array, Array]:
            """Places and box after a quasi-Newton step of the edge across."""
            if not self.free:
                return positions, box
            edge = box[across] - virial / box[across] / stiffness
            return positions.at[:, across].multiply(edge / box[across]), box.at[across].set(edge)

        def substep(carry: tuple[Moving, Array, Array], number: Array) -> tuple[tuple[Moving, Array, Array], None]:
            now, gradient, virial = carry
            length = begin - self.interval * (number + 1) / count
            velocity = now.velocity - half * gradient
            positions = (now.positions + self.step * velocity).at[:, axis].multiply(length / now.box[axis])
            positions, box = relaxed(positions, now.box.at[axis].set(length), virial)
            gradient, virials = learned_gradient(self.law, positions, box)
            velocity = decay * (velocity - half * gradient)
            return (Moving(positions, velocity, box), gradient, virials[across]), None

        gradient, virials = learned_gradient(self.law, state.positions, state.box)
        (state, _, virial), _ = lax.scan(substep, (state, gradient, virials[across]), jnp.arange(count))
        # In between the edge is one time step late; where a snapshot is taken it is not.
        positions, box = relaxed(state.positions, state.box, virial)
        return Moving(positions, state.velocity, box)


def propagator(
    weights: Any,
    configuration: PropagatorConfiguration,
    network: SpringNetwork,
    *,
    interval: Any,
    between: Any,
    axis: int = 0,
    free: bool = True,
) -> Propagator:
    """The learned law of a network."""
    # The energy of angles and the stiffness of bonds are what is learned: neither is read.
    springs = springs_of(network, 0.0)
    law = learned_law(weights, springs, len(network.positions), configuration.time)
    return Propagator(law, network.box, interval, between, configuration.substeps, axis, free)


def rolled(moving: Propagator, start: Moving, snapshots: int) -> Moving:
    """`[snapshot, …]`: the start and so many further ones. A gradient stores one snapshot at a time."""

    @jax.checkpoint
    def snapshot(state: Moving, _: None) -> tuple[Moving, Moving]:
        state = moving.advance(state)
        return state, state

    _, later = lax.scan(snapshot, start, None, length=snapshots)
    return Moving(*(jnp.concatenate([first[None], rest]) for first, rest in zip(start, later, strict=True)))
