"""A network whose box is compressed at a constant rate, in a heat bath, the edge across free.

Velocity Verlet in time steps; the box's edge along the load shrinks linearly, and places follow it affinely (`fix deform …
remap x` of LAMMPS). The edge across has no mass: in each step one quasi-Newton step takes its virial towards zero. The bath
is Langevin's: velocities relax towards those at rest in the damping time and are kicked at random, exactly so for any step
(Ornstein–Uhlenbeck). Kicks are uniform random numbers of the right variance (Dünweg and Paul, Int. J. Mod. Phys. C 2, 817),
without resultant, so that the network as a whole stays where it is. All in float64.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from metac.runtime.dimensions import PLANE
from metac.runtime.springs.forces import (
    at_nodes,
    bond_forces,
    energy,
    hessian,
    mean_stress,
    node_gradient,
    turned_over,
    vectors,
)
from metac.runtime.springs.highest_eigenvalue import highest_eigenvalue
from metac.runtime.springs.network import SpringEnergy, SpringNetwork, springs_of

HALF, LOWER = 16, 2**16 - 1
"""Bits of a random number, and their mask."""


@dataclass(frozen=True)
class Schedule:
    """How time is cut: plain numbers, known before anything is computed."""

    axis: int
    """0 or 1: along which the box is compressed."""
    snapshots: int
    """Beside that at rest."""
    substeps: int
    """Time steps between snapshots."""
    free: bool
    """Whether the edge across is free."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Trajectory:
    """What a network does; snapshot 0 is at rest, before anything moves."""

    positions: Array
    """`[snapshot, node, 2]`: not wrapped into the box."""
    velocities: Array
    """`[snapshot, node, 2]`: beside the box's movement."""
    box: Array
    """`[snapshot, 2]`."""
    stress: Array
    """`[snapshot, 2, 2]`: mean nominal stress of the springs, energy over area."""
    energy: Array
    """`[snapshot]`: of the springs."""
    time: Array
    """`[snapshot]`."""
    phase: Array
    """Highest frequency at rest times the time step: stable below 2, accurate below 0.5."""
    flipped: Array
    """`[snapshot]`: a bond that has turned by more than 90° since rest; −1 where none has."""
    axis: int = field(metadata={"static": True})


@partial(jax.jit, static_argnames=("schedule",))
def compressed(
    network: SpringNetwork,
    *,
    angle_stiffness: Array | float,
    mass: Array | float,
    damping: Array | float,
    temperature: Array | float,
    interval: Array | float,
    between: Array | float,
    key: Array,
    schedule: Schedule,
    first_temperature: Array | float | None = None,
) -> Trajectory:
    """The trajectory of a network whose nodes are at their places at rest at first, with velocities of a temperature.

    A gradient through it stores one snapshot at a time: time steps in between are computed again. By `vmap` batched over
    networks of equal numbers of nodes and bonds.

    Args:
        network: what moves.
        angle_stiffness: see `SpringEnergy`.
        mass: of a node.
        damping: time in which velocities relax.
        temperature: k_B T; zero is a bath without kicks.
        interval: by which the box's edge gets shorter from snapshot to snapshot.
        between: time from snapshot to snapshot; the rate of compression is `interval / between / length`.
        key: random key of the bath.
        schedule: how time is cut.
        first_temperature: of the velocities at first; by default that of the bath.
    """
    springs = springs_of(network, angle_stiffness)
    motion = _Motion(springs, network.box, len(network.positions), mass, damping, temperature, between, interval, schedule)
    start_key, key = jax.random.split(key)
    hot = temperature if first_temperature is None else first_temperature
    velocity = motion.kicks(start_key, 1)[0] * jnp.sqrt(hot / mass)
    edge = network.box[1 - schedule.axis]
    first = _State(network.positions, velocity, edge, *motion.gradient(network.positions, network.box))

    @jax.checkpoint
    def snapshot(state: _State, number: Array) -> tuple[_State, dict[str, Array]]:
        state = motion.snapshot(state, number, jax.random.fold_in(key, number))
        return state, motion.record(state, number + 1)

    at_rest = motion.record(first, jnp.asarray(0))
    _, later = lax.scan(snapshot, first, jnp.arange(schedule.snapshots))
    states = {name: jnp.concatenate([at_rest[name][None], later[name]]) for name in at_rest}
    return Trajectory(**states, phase=motion.phase(), axis=schedule.axis)


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class _State:
    """A network between two time steps."""

    positions: Array
    velocity: Array
    edge: Array
    """Of the box across."""
    gradient: Array
    """`[node, 2]`: of the energy by the places."""
    virial: Array
    """Σ of the bonds' forces times their vectors, both across."""


@dataclass(frozen=True)
class _Motion:
    """The equations of motion."""

    springs: SpringEnergy
    rest: Array
    """`[2]`: the box at rest."""
    nodes: int
    mass: Any
    damping: Any
    temperature: Any
    between: Any
    """Time between snapshots."""
    interval: Any
    schedule: Schedule

    @property
    def step(self) -> Array:
        """Time step."""
        return self.between / self.schedule.substeps

    @property
    def lateral_stiffness(self) -> Array:
        """Second derivative of the energy at rest by the edge across, if all places followed it affinely."""
        springs, rest, across = self.springs, self.springs.rest, 1 - self.schedule.axis
        squares = jnp.sum(rest**2, axis=1)
        # An edge that grows by 1 moves the ends apart by d / L along its axis.
        change = rest[:, across] / self.rest[across]
        stretched = change * rest[:, across] / jnp.sqrt(squares)
        turned = change * rest[:, 1 - across] / squares
        pairs = at_nodes(springs, springs.weights, self.nodes) * at_nodes(springs, springs.weights * turned**2, self.nodes)
        angles = jnp.sum(pairs - at_nodes(springs, springs.weights * turned, self.nodes) ** 2)
        return 2 * (jnp.sum(springs.weights * springs.stiffness * stretched**2) + springs.angle_stiffness * angles)

    def pressing(self, velocity: Array, virial: Array) -> Array:
        """The edge across times the derivative of the energy by it, places following; moving nodes press as a gas does."""
        return virial - self.mass * jnp.sum(velocity[:, 1 - self.schedule.axis] ** 2)

    def box(self, along: Array, edge: Array) -> Array:
        """`[2]`."""
        return jnp.stack([along, edge] if self.schedule.axis == 0 else [edge, along])

    def gradient(self, positions: Array, box: Array) -> tuple[Array, Array]:
        """`[node, 2]`: of the energy by the places; and the virial across, Σ f d."""
        across = 1 - self.schedule.axis
        bonds = vectors(self.springs, positions, box)
        forces = bond_forces(self.springs, bonds, self.nodes)
        return node_gradient(self.springs, forces, self.nodes), jnp.sum(forces[:, across] * bonds[:, across])

    def kicks(self, key: Array, count: int) -> Array:
        """`[step, node, 2]`: random numbers of variance 1, without mean over the nodes."""
        bits = jax.random.bits(key, (count, self.nodes), jnp.uint32)
        # 16 bits for each component: half of the work.
        halves = jnp.stack([bits & LOWER, bits >> HALF], axis=2).astype(float)
        numbers = ((halves + 0.5) / 2 ** (HALF - 1) - 1) * np.sqrt(3)
        # Without the mean a node has the variance 1 − 1/n; n − 1 momenta are free.
        return numbers - jnp.mean(numbers, axis=1, keepdims=True)

    def snapshot(self, state: _State, number: Array, key: Array) -> _State:
        """All time steps up to the next snapshot."""
        count, axis, across = self.schedule.substeps, self.schedule.axis, 1 - self.schedule.axis
        step, length = self.step, self.rest[self.schedule.axis]
        decay = jnp.exp(-step / self.damping)
        strength = jnp.sqrt(jnp.maximum(-jnp.expm1(-2 * step / self.damping), 0.0) * self.temperature / self.mass)
        kicks = lax.cond(
            jnp.asarray(self.temperature) > 0,
            lambda: self.kicks(key, count) * strength,
            lambda: jnp.zeros((count, self.nodes, PLANE)),
        )
        stiffness = self.lateral_stiffness
        half = step / (2 * self.mass)

        def advance(state: _State, given: tuple[Array, Array]) -> tuple[_State, None]:
            now, kick = given
            before = length - self.interval * (number + now / count)
            after = length - self.interval * (number + (now + 1) / count)
            velocity = state.velocity - half * state.gradient
            positions = (state.positions + step * velocity).at[:, axis].multiply(after / before)
            edge = state.edge
            if self.schedule.free:
                edge = edge - self.pressing(velocity, state.virial) / edge / stiffness
                positions = positions.at[:, across].multiply(edge / state.edge)
            gradient, virial = self.gradient(positions, self.box(after, edge))
            velocity = decay * (velocity - half * gradient) + kick
            return _State(positions, velocity, edge, gradient, virial), None

        state, _ = lax.scan(advance, state, (jnp.arange(count), kicks))
        if not self.schedule.free:
            return state
        # In between the edge is one time step late; where a snapshot is taken it is not.
        edge = state.edge - self.pressing(state.velocity, state.virial) / state.edge / stiffness
        positions = state.positions.at[:, across].multiply(edge / state.edge)
        gradient, virial = self.gradient(positions, self.box(length - self.interval * (number + 1), edge))
        return _State(positions, state.velocity, edge, gradient, virial)

    def record(self, state: _State, number: Array) -> dict[str, Array]:
        """What is saved of a snapshot."""
        along = self.rest[self.schedule.axis] - self.interval * number
        box = self.box(along, state.edge)
        bonds = vectors(self.springs, state.positions, box)
        forces = bond_forces(self.springs, bonds, self.nodes)
        return {
            "positions": state.positions,
            "velocities": state.velocity,
            "box": box,
            "stress": mean_stress(forces, bonds, box, self.rest),
            "energy": energy(self.springs, bonds, self.nodes),
            "time": self.between * number,
            "flipped": turned_over(self.springs, bonds),
        }

    def phase(self) -> Array:
        """ω dt of the fastest mode at rest, not differentiated."""
        springs, step = lax.stop_gradient((self.springs, self.step))
        bonds = springs.rest
        matrix = hessian(springs, bonds, jnp.zeros((len(bonds), PLANE, 0)), self.nodes)
        highest = highest_eigenvalue(lambda vector: matrix @ vector, (len(matrix),))
        return jnp.sqrt(highest / lax.stop_gradient(jnp.asarray(self.mass, float))) * step
