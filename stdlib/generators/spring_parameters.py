"""What is free of a network of springs: its bonds, the places of its nodes, or the stiffness of its bonds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from metac.runtime.dimensions import PLANE
from metac.runtime.springs.network import Connections, SpringNetwork

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.generator import Theta


class SpringParameters:
    """Generator of form `springs` of a network that is known.

    `theta` is, as `free` says: `[bond]` weights from 0 to 1; `[node, 2]` shifts; `[bond]` logarithms of stiffness factors;
    `[0]` where nothing is free. The first is the network as it was made.
    """

    def __init__(
        self,
        *,
        positions: np.ndarray,
        connections: Connections,
        factors: np.ndarray,
        free: str,
        least_degree: int,
        angle_stiffness: float | None = None,
    ) -> None:
        self.angle_stiffness = angle_stiffness
        self.positions, self.connections, self.factors = positions, connections, factors
        self.free, self.least_degree = free, int(least_degree)
        self.bounds = (0.0, 1.0) if free == "bonds" else None
        self.removable = self._removable if free == "bonds" else None

    def init(self, key: Array) -> Theta:
        """The network as it was made; `key` does not matter."""
        count = len(self.connections.bonds)
        match self.free:
            case "bonds":
                return jnp.ones(count)
            case "places":
                return jnp.zeros((self.connections.nodes, PLANE))
            case "stiffness":
                return jnp.zeros(count)
            case _:
                return jnp.zeros(0)

    def at(self, theta: Theta) -> SpringNetwork:
        """The network for given parameters."""
        connections = self.connections
        positions: Any = jnp.asarray(self.positions)
        weights: Any = jnp.ones(len(connections.bonds))
        factors: Any = jnp.asarray(self.factors)
        match self.free:
            case "bonds":
                weights = theta
            case "places":
                positions = positions + theta
            case "stiffness":
                factors = factors * jnp.exp(theta)
        known = (connections.box, connections.bonds, connections.images)
        return SpringNetwork(positions, *known, weights, factors, self.angle_stiffness)

    def _removable(self, theta: Theta) -> Array:
        """`[bond]` bool: those that are there and whose nodes both keep `least_degree` bonds without them."""
        degrees = self.at(theta).degrees
        bonds = self.connections.bonds
        least = jnp.minimum(degrees[bonds[:, 0]], degrees[bonds[:, 1]])
        return (theta > 0.5) & (least > self.least_degree + 0.5)
