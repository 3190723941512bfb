"""Encoder, processor and decoder of Salman et al., section II: how nodes are accelerated.

Nodes have the last `history` velocities (differences of places), bonds their vector from one node to the other, its length
and the stiffness 1/l at rest. Two-layer networks with ReLU map both to latent vectors; each message-passing layer has

    x_i ← ψ(x_i, Σ_j φ(x_i, x_j, e_ij)),

the sum going over the bonds of node i; a decoder gives two numbers a node, its acceleration r(t+1) − 2 r(t) + r(t−1). Inputs
and outputs have zero mean and unit variance over what was learned from. No law and no symmetry but that of translations is
given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array

from metac.runtime.springs.network import SpringNetwork

EDGE = 4
"""Features of a bond."""
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

    @property
    def parameters(self) -> int:
        """How many numbers are trained."""
        shapes = self._networks().values()
        return sum(rows * columns + columns for layers in shapes for rows, columns in layers)

    def initial_weights(self, seed: int) -> dict[str, Any]:
        """`networks`, random, and `statistics` of inputs and outputs, which are none yet; float32."""
        random = np.random.default_rng([seed, 3])

        def layer(rows: int, columns: int) -> dict[str, Array]:
            if self.first == "paper":
                scale = 1 / np.sqrt(rows * columns)
                kernel, bias = scale * random.normal(size=(rows, columns)), scale * random.normal(size=columns)
            else:
                kernel, bias = np.sqrt(2 / rows) * random.normal(size=(rows, columns)), np.zeros(columns)
            return {"kernel": jnp.asarray(kernel, jnp.float32), "bias": jnp.asarray(bias, jnp.float32)}

        networks = {
            name: {place: layer(*shape) for place, shape in zip(("hidden", "output"), layers, strict=True)}
            for name, layers in self._networks().items()
        }
        sizes = {"node": 2 * self.history, "edge": EDGE, "output": 2}
        statistics = {name: {"mean": jnp.zeros(size), "scale": jnp.ones(size)} for name, size in sizes.items()}
        return {"networks": networks, "statistics": statistics}

    def _networks(self) -> dict[str, tuple[tuple[int, int], tuple[int, int]]]:
        """By name, the sizes of both layers."""
        width = self.width

        def two(inputs: int, outputs: int) -> tuple[tuple[int, int], tuple[int, int]]:
            return (inputs, width), (width, outputs)

        found = {"nodes": two(2 * self.history, width), "edges": two(EDGE, width), "decoder": two(width, 2)}
        for number in range(self.layers):
            found |= {f"message {number + 1}": two(3 * width, width), f"update {number + 1}": two(2 * width, width)}
        return found

    def describe(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)

    @classmethod
    def read(cls, description: Mapping[str, Any]) -> MessageConfiguration:
        """The inverse of `describe`. Raises ValueError, KeyError or TypeError where it describes none."""
        history, layers, width = (int(description[name]) for name in ("history", "layers", "width"))
        return cls(history, layers, width, str(description["first"]))


class Features(NamedTuple):
    """What a network is shown of a state, before it is scaled."""

    nodes: Array
    """`[node, 2 history]`: velocities, the last one first."""
    edges: Array
    """`[bond, 4]`: vector from the second to the first node, length, 1/l at rest."""


def features(network: SpringNetwork, positions: Array, box: Array) -> Features:
    """Of places `[1 + history, node, 2]`, the last ones last, in a box `[2]`. Differences are taken in double precision."""
    velocities = jnp.diff(positions, axis=0)[::-1]
    first, second = network.bonds[:, 0], network.bonds[:, 1]
    vectors = positions[-1][first] - positions[-1][second] - network.images * box
    length = jnp.sqrt(jnp.sum(vectors**2, axis=1, keepdims=True))
    rest = jnp.sqrt(jnp.sum(network.vectors**2, axis=1, keepdims=True))
    nodes = jnp.moveaxis(velocities, 0, 1).reshape(positions.shape[1], -1)
    return Features(nodes, jnp.concatenate([vectors, length, network.factors[:, None] / rest], axis=1))


def acceleration(weights: Any, configuration: MessageConfiguration, network: SpringNetwork, shown: Features) -> Array:
    """`[node, 2]`, float64: what the networks, which compute in float32, say."""
    networks, statistics = weights["networks"], weights["statistics"]
    count = len(shown.nodes)

    def scaled(name: str, values: Array) -> Array:
        known = statistics[name]
        return ((values - known["mean"]) / known["scale"]).astype(jnp.float32)

    def apply(name: str, *values: Array) -> Array:
        layers, joined = networks[name], jnp.concatenate(values, axis=1)
        hidden = jnp.maximum(joined @ layers["hidden"]["kernel"] + layers["hidden"]["bias"], 0)
        return hidden @ layers["output"]["kernel"] + layers["output"]["bias"]

    # Every bond is there once; it gives both of its nodes a message, with the vector turned round for the other one.
    forth = shown.edges
    back = forth * jnp.array([-1.0, -1.0, 1.0, 1.0])
    receivers = jnp.concatenate([network.bonds[:, 0], network.bonds[:, 1]])
    senders = jnp.concatenate([network.bonds[:, 1], network.bonds[:, 0]])
    there = jnp.concatenate([network.weights, network.weights]).astype(jnp.float32)[:, None]
    edges = apply("edges", scaled("edge", jnp.concatenate([forth, back])))
    nodes = apply("nodes", scaled("node", shown.nodes))
    for number in range(configuration.layers):
        messages = apply(f"message {number + 1}", nodes[receivers], nodes[senders], edges) * there
        sums = jnp.zeros((count, configuration.width), jnp.float32).at[receivers].add(messages)
        nodes = apply(f"update {number + 1}", nodes, sums)
    known = statistics["output"]
    return apply("decoder", nodes).astype(float) * known["scale"] + known["mean"]


def with_statistics(weights: Any, node: Array, edge: Array, output: Array) -> Any:
    """The weights with means and scales of features and accelerations `[sample, feature]` that are learned from."""
    found = {}
    for name, values in (("node", node), ("edge", edge), ("output", output)):
        mean, scale = jnp.mean(values, axis=0), jnp.std(values, axis=0)
        found[name] = {"mean": mean, "scale": jnp.maximum(scale, SMALL)}
    return {**weights, "statistics": found}
