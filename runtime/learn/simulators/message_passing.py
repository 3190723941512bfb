"""Encoder, processor and decoder of Salman et al., section II: how nodes are accelerated.

Nodes have the last `history` velocities (differences of places), bonds their vector from one node to the other, its length
and the stiffness 1/l at rest. Two-layer networks with ReLU map both to latent vectors; each message-passing layer has

    x_i ← ψ(x_i, Σ_j φ(x_i, x_j, e_ij)),

the sum going over the bonds of node i; a decoder gives two numbers a node, its acceleration r(t+1) − 2 r(t) + r(t−1). Inputs
and outputs have zero mean and unit variance over what was learned from. No law and no symmetry but that of translations is
given.

That is `inputs = absolute`. With `inputs = relative` the network is shown the same snapshots in other terms: what nodes
do beside the box, and what bonds do since rest (`relative_features`); its output is an acceleration beside the box, partly
along and across bonds. See `message_simulator` for how the box moves.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from flax import nnx
from jax import Array

from metac.runtime.learn.networks.functional import Network
from metac.runtime.learn.networks.initialisers import he_normal, normal
from metac.runtime.learn.networks.two_layers import Sizes, TwoLayers, with_weights
from metac.runtime.learn.simulators.learned_law import first_law
from metac.runtime.springs.network import SpringNetwork

RELATIVE, ABSOLUTE = "relative", "absolute"
LAW_WIDTH = 32
"""Hidden numbers of the law of the free edge."""
PAST = "velocities"
"""How relative inputs tell of the last snapshots, in cards."""
ACTIVATION = "relu"
SMALL = 1e-12
"""Keeps scales of what does not vary from being zero."""


@dataclass(frozen=True)
class MessageConfiguration:
    """Shape of the networks."""

    history: int
    """Velocities that a node knows."""
    layers: int
    """Of message passing."""
    width: int
    """Of latent vectors and hidden layers."""
    first: str
    """How weights begin: "he", or "paper": normal, with a variance of 1 over the number of the layer's weights."""
    inputs: str = ABSOLUTE
    """What is shown: `ABSOLUTE` as in the paper, or `RELATIVE`."""

    @property
    def relative(self) -> bool:
        """Whether what is shown is relative to box and rest."""
        return self.inputs == RELATIVE

    @property
    def edge(self) -> int:
        """Features of a bond."""
        return 8 + 2 * self.history if self.relative else 4

    @property
    def parameters(self) -> int:
        """How many numbers are trained."""
        return sum(leaf.size for leaf in jax.tree.leaves(self.initial_weights(0)["networks"]))

    def initial_weights(self, seed: int) -> dict[str, Any]:
        """`networks`, random, and `statistics` of inputs and outputs, which are none yet; float32."""
        networks = Network(self._made).initial_weights(seed)
        sizes = {"node": 2 * self.history, "edge": self.edge, "output": 2}
        if self.relative:
            networks["law"] = jax.tree.map(lambda leaf: leaf.astype(jnp.float32), first_law(seed, LAW_WIDTH))
        statistics = {name: {"mean": jnp.zeros(size), "scale": jnp.ones(size)} for name, size in sizes.items()}
        return {"networks": networks, "statistics": statistics}

    def _made(self, rngs: nnx.Rngs) -> nnx.Dict[TwoLayers]:
        def made(sizes: Sizes) -> TwoLayers:
            if self.first != "paper":
                return TwoLayers(sizes, ACTIVATION, kernels=(he_normal, he_normal), rngs=rngs)
            inputs, width, outputs = sizes
            drawn = normal(1 / math.sqrt(inputs * width)), normal(1 / math.sqrt(width * outputs))
            return TwoLayers(sizes, ACTIVATION, kernels=drawn, biases=drawn, rngs=rngs)

        return nnx.Dict({name: made(sizes) for name, sizes in self.networks.items()})

    @property
    def networks(self) -> dict[str, Sizes]:
        """By name."""
        width = self.width
        found = {"nodes": (2 * self.history, width, width), "edges": (self.edge, width, width), "decoder": (width, width, 2)}
        for number in range(self.layers):
            found |= {f"message {number + 1}": (3 * width, width, width), f"update {number + 1}": (2 * width, width, width)}
        if self.relative:
            found["pairs"] = (3 * width, width, 2)
        return found

    def describe(self) -> dict[str, Any]:
        """As plain values."""
        return {**asdict(self), "past": PAST}

    @classmethod
    def read(cls, description: Mapping[str, Any]) -> MessageConfiguration:
        """The inverse of `describe`. Raises ValueError, KeyError or TypeError where it describes none."""
        history, layers, width = (int(description[name]) for name in ("history", "layers", "width"))
        # Cards of earlier versions say nothing of inputs.
        inputs = str(description.get("inputs", ABSOLUTE))
        # They were shown differences of rising order instead.
        if inputs == RELATIVE and history > 1 and description.get("past") != PAST:
            raise ValueError("relative inputs of an earlier version")
        return cls(history, layers, width, str(description["first"]), inputs)


class Features(NamedTuple):
    """What a network is shown of a state, before it is scaled."""

    nodes: Array
    """`[node, 2 history]`."""
    edges: Array
    """`[bond, features]`, seen from the first node; the first two are a vector, which the second node sees turned round."""


def features(configuration: MessageConfiguration, network: SpringNetwork, positions: Array, boxes: Array) -> Features:
    """Of places `[1 + history, node, 2]` in boxes `[1 + history, 2]`, the present ones last; differences in float64."""
    shown = relative_features if configuration.relative else absolute_features
    return shown(network, positions, boxes)


def absolute_features(network: SpringNetwork, positions: Array, boxes: Array) -> Features:
    """Velocities, the last one first; the vector from the second to the first node, its length, and 1/l at rest."""
    velocities = jnp.diff(positions, axis=0)[::-1]
    bonds = _bond_vectors(network, positions[-1], boxes[-1])
    rest = _lengths(network.vectors)
    edges = jnp.concatenate([bonds, _lengths(bonds), network.factors[:, None] / rest], axis=1)
    return Features(_by_node(velocities), edges)


def relative_features(network: SpringNetwork, positions: Array, boxes: Array) -> Features:
    """What nodes do beside the box, and bonds since rest.

    Nodes: velocities, the last one first, of the places of the last snapshots, each taken along by the box to the present.
    Bonds: direction, length at rest and its inverse, extension and rotation since rest, what the box has last stretched and
    turned it by, and velocities of one end beside the other, along and across it.

    Velocities of successive snapshots hardly differ. Shown as differences of rising order, each by its own scale, they let
    the network fit single snapshots better, and amplify the errors of rollouts.
    """
    followed = positions * (boxes[-1] / boxes)[:, None]
    nodes = jnp.diff(followed, axis=0)[::-1]
    bonds, rest = _bond_vectors(network, positions[-1], boxes[-1]), -network.vectors
    length, first = _lengths(bonds), _lengths(rest)
    along = bonds / length
    across = jnp.stack([-along[:, 1], along[:, 0]], axis=1)
    turned = jnp.arctan2(rest[:, 0] * bonds[:, 1] - rest[:, 1] * bonds[:, 0], jnp.sum(rest * bonds, axis=1))
    apart = nodes[:, network.bonds[:, 0]] - nodes[:, network.bonds[:, 1]]
    taken = along * jnp.log(boxes[-1] / boxes[-2])
    moved = [jnp.sum(change * way, axis=1) for change in (taken, *apart) for way in (along, across)]
    scalars = jnp.stack([turned, *moved], axis=1)
    return Features(_by_node(nodes), jnp.concatenate([along, first, 1 / first, length - first, scalars], axis=1))


def _bond_vectors(network: SpringNetwork, positions: Array, box: Array) -> Array:
    """`[bond, 2]`: from second to first nodes."""
    return positions[network.bonds[:, 0]] - positions[network.bonds[:, 1]] - network.images * box


def _lengths(vectors: Array) -> Array:
    """`[bond, 1]`."""
    return jnp.sqrt(jnp.sum(vectors**2, axis=1, keepdims=True))


def _by_node(history: Array) -> Array:
    """`[node, 2 order]` of `[order, node, 2]`."""
    return jnp.moveaxis(history, 0, 1).reshape(history.shape[1], -1)


def acceleration(weights: Any, configuration: MessageConfiguration, network: SpringNetwork, shown: Features) -> Array:
    """`[node, 2]`, float64: what the networks, which compute in float32, say."""
    statistics = weights["statistics"]
    networks = {name: with_weights(weights["networks"][name], ACTIVATION) for name in configuration.networks}
    count = len(shown.nodes)

    def scaled(name: str, values: Array) -> Array:
        known = statistics[name]
        return ((values - known["mean"]) / known["scale"]).astype(jnp.float32)

    def apply(name: str, *values: Array) -> Array:
        return networks[name](jnp.concatenate(values, axis=1))

    def apply_to_pairs(name: str, nodes: Array, edges: Array) -> Array:
        """Of both nodes and the bond: products are made node by node, before they are gathered by bonds."""
        of_receiver, of_sender, of_edge = jnp.split(networks[name].hidden.kernel[...], 3)
        product = (nodes @ of_receiver)[receivers] + (nodes @ of_sender)[senders] + edges @ of_edge
        return networks[name].of_product(product)

    # Every bond is there once; it gives both of its nodes a message, with the vector turned round for the other one.
    forth = shown.edges
    both = jnp.concatenate([forth, forth.at[:, :2].multiply(-1)])
    receivers = jnp.concatenate([network.bonds[:, 0], network.bonds[:, 1]])
    senders = jnp.concatenate([network.bonds[:, 1], network.bonds[:, 0]])
    there = jnp.concatenate([network.weights, network.weights]).astype(jnp.float32)[:, None]
    edges = apply("edges", scaled("edge", both))
    nodes = apply("nodes", scaled("node", shown.nodes))
    for number in range(configuration.layers):
        messages = apply_to_pairs(f"message {number + 1}", nodes, edges) * there
        sums = jnp.zeros((count, configuration.width), jnp.float32).at[receivers].add(messages)
        nodes = apply(f"update {number + 1}", nodes, sums)
    known, found = statistics["output"], apply("decoder", nodes)
    if configuration.relative:
        along, pair = both[:, :2].astype(jnp.float32), apply_to_pairs("pairs", nodes, edges) * there
        across = jnp.stack([-along[:, 1], along[:, 0]], axis=1)
        found = found.at[receivers].add(pair[:, :1] * along + pair[:, 1:] * across)
        # Beside the box nothing moves as a whole.
        present = (network.degrees > 0)[:, None]
        found = (found - jnp.sum(found * present, axis=0) / jnp.sum(present)) * present
    return found.astype(float) * known["scale"] + known["mean"]


def with_statistics(weights: Any, **known: Array) -> Any:
    """The weights with means and scales of what is learned from, by name, `[sample, feature]`."""
    found = {}
    for name, values in known.items():
        mean, scale = jnp.mean(values, axis=0), jnp.std(values, axis=0)
        found[name] = {"mean": mean, "scale": jnp.maximum(scale, SMALL)}
    return {**weights, "statistics": found}
