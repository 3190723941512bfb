"""A learned energy of a network of springs, and its derivatives.

With the extension e of every bond and its rotation a since rest, per mass:

    E = ½ Σ_bonds k e² + ½ Σ_nodes Σ_ends κ (a − ā)²,    ā = Σ κ a / Σ κ at the node

k > 0 is a learned function of a bond's length at rest and of the numbers of bonds at its nodes; κ > 0 one of the length and
of the number at the node where the bond ends. Both are exponentials of small networks of dense layers. Whatever these have
learned, the energy is positive, does not change where a network or the surrounding of a node turns as a whole, and its
forces have no resultant.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from flax import nnx
from jax import Array, lax

from metac.runtime.learn.networks.functional import Network
from metac.runtime.learn.networks.initialisers import lecun_normal, small_normal
from metac.runtime.learn.networks.two_layers import TwoLayers, with_weights
from metac.runtime.springs.forces import at_nodes, node_gradient, rest_lengths, strained, vectors
from metac.runtime.springs.highest_eigenvalue import highest_eigenvalue
from metac.runtime.springs.network import SpringEnergy

INPUTS = {"along": 4, "across": 3}
"""Features of the networks of both coefficients."""
ACTIVATION = "tanh"
SMALL = 1e-300
"""Keeps quotients at nodes without bonds finite."""


class LearnedLaw(NamedTuple):
    """Coefficients of one network, per mass, in Lennard-Jones units."""

    springs: SpringEnergy
    """Bonds, vectors at rest and weights; neither stiffness is read."""
    along: Array
    """`[bond]`: k, times the bond's weight."""
    across: tuple[Array, Array]
    """`[bond]` each: κ at the first and at the second node, times the bond's weight."""
    damping: Array
    """Rate at which velocities fall."""


def features(springs: SpringEnergy, nodes: int) -> tuple[Array, tuple[Array, Array]]:
    """`[bond, 4]`: what k is a function of; `[bond, 3]` for both ends: what κ is one of. All are about 1 or less."""
    length = rest_lengths(springs)
    degrees = at_nodes(springs, springs.weights, nodes) / 6
    first, second = degrees[springs.bonds[:, 0]], degrees[springs.bonds[:, 1]]
    of_length = [length - 1, 1 / length - 1]
    bond = jnp.stack([*of_length, (first + second) / 2 - 1, (first - second) ** 2], axis=1)
    ends = tuple(jnp.stack([*of_length, degree - 1], axis=1) for degree in (first, second))
    return bond, (ends[0], ends[1])


def first_law(seed: int, width: int) -> dict[str, Any]:
    """Random weights, without damping: stiffnesses of about 1 in the unit of time of the weights; float64."""
    networks = Network(lambda rngs: nnx.Dict({name: _coefficient(inputs, width, rngs) for name, inputs in INPUTS.items()}))
    return networks.initial_weights(seed)


def _coefficient(inputs: int, width: int, rngs: nnx.Rngs) -> TwoLayers:
    kernels = lecun_normal, small_normal
    return TwoLayers((inputs, width, 1), ACTIVATION, kernels=kernels, dtype=float, rngs=rngs)


def learned_law(weights: Any, springs: SpringEnergy, nodes: int, time: float) -> LearnedLaw:
    """The law of a network; `time` is the unit that the weights are in."""
    bond, ends = features(springs, nodes)
    networks = {name: with_weights(weights[name], ACTIVATION) for name in INPUTS}
    along = springs.weights * jnp.exp(networks["along"](bond)[:, 0]) / time**2
    first, second = (springs.weights * jnp.exp(networks["across"](each)[:, 0]) / time**2 for each in ends)
    return LearnedLaw(springs, along, (first, second), jnp.exp(weights["damping"]) / time)


def about_means(law: LearnedLaw, rotation: Array, nodes: int) -> tuple[Array, Array]:
    """`[bond]` for both ends: rotations, less those of the nodes there."""
    springs, (first, second) = law.springs, law.across
    total = _from_ends(springs, first, second, nodes)
    mean = _from_ends(springs, first * rotation, second * rotation, nodes) / (total + SMALL)
    return rotation - mean[springs.bonds[:, 0]], rotation - mean[springs.bonds[:, 1]]


def learned_energy(law: LearnedLaw, bonds: Array, nodes: int) -> Array:
    """See the module; `bonds` are the vectors `[bond, 2]`."""
    state = strained(law.springs, bonds)
    extension = state.length - rest_lengths(law.springs)
    turned = about_means(law, state.rotation, nodes)
    across = sum(jnp.sum(stiff * angle**2) for stiff, angle in zip(law.across, turned, strict=True))
    return (jnp.sum(law.along * extension**2) + across) / 2


def learned_forces(law: LearnedLaw, bonds: Array, nodes: int) -> Array:
    """`[bond, 2]`: derivative of the energy by the bonds' vectors."""
    state = strained(law.springs, bonds)
    tension = law.along * (state.length - rest_lengths(law.springs))
    turned = about_means(law, state.rotation, nodes)
    # Terms with the derivative of the mean cancel: Σ κ (a − ā) is zero at a node.
    torque = sum(stiff * angle for stiff, angle in zip(law.across, turned, strict=True))
    return tension[:, None] * state.along + (torque / state.length)[:, None] * state.across


def learned_gradient(law: LearnedLaw, positions: Array, box: Array) -> tuple[Array, Array]:
    """`[node, 2]`: of the energy by the places; `[2]`: the virial along and across, Σ f d."""
    nodes = len(positions)
    bonds = vectors(law.springs, positions, box)
    forces = learned_forces(law, bonds, nodes)
    return node_gradient(law.springs, forces, nodes), jnp.sum(forces * bonds, axis=0)


def box_stiffness(law: LearnedLaw, box: Array, axis: int, nodes: int) -> Array:
    """Second derivative of the energy at rest by an edge of the box, if all places followed it affinely."""
    rest, other = law.springs.rest, 1 - axis
    squares = jnp.sum(rest**2, axis=1)
    change = rest[:, axis] / box[axis]
    extension = change * rest[:, axis] / jnp.sqrt(squares)
    sense = 1.0 if axis == 1 else -1.0
    turned = about_means(law, sense * change * rest[:, other] / squares, nodes)
    across = sum(jnp.sum(stiff * angle**2) for stiff, angle in zip(law.across, turned, strict=True))
    return jnp.sum(law.along * extension**2) + across


def highest_frequency(law: LearnedLaw, positions: Array, box: Array) -> Array:
    """Of the fastest mode at rest, not differentiated; by power iteration."""
    law, positions = lax.stop_gradient((law, positions))

    def stiffness(vector: Array) -> Array:
        return jax.jvp(lambda places: learned_gradient(law, places, box)[0], (positions,), (vector,))[1]

    return jnp.sqrt(highest_eigenvalue(stiffness, positions.shape))


def _from_ends(springs: SpringEnergy, first: Array, second: Array, nodes: int) -> Array:
    """`[node]`: sums of what bonds have at their first and second nodes."""
    return jnp.zeros(nodes).at[springs.bonds[:, 0]].add(first).at[springs.bonds[:, 1]].add(second)
