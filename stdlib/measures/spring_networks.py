"""What networks of springs are like at rest."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp

if TYPE_CHECKING:
    from jax import Array


class Coordination:
    """Mean number of bonds at a node."""

    def __init__(self, *, of: Any) -> None:
        self.of = of

    @cached_property
    def value(self) -> Array:
        """A number; bonds count by their weights."""
        network = self.of.network
        return 2 * jnp.sum(network.weights) / len(network.positions)


class LeastDegree:
    """Least number of bonds at a node."""

    def __init__(self, *, of: Any) -> None:
        self.of = of

    @cached_property
    def value(self) -> Array:
        """A whole number: bonds with a weight above ½ count."""
        network = self.of.network
        there = (network.weights > 0.5).astype(float)
        ends = jnp.zeros(len(network.positions)).at[network.bonds[:, 0]].add(there).at[network.bonds[:, 1]].add(there)
        return jnp.min(ends)


class LeastLength:
    """Length of the shortest bond."""

    def __init__(self, *, of: Any) -> None:
        self.of = of

    @cached_property
    def value(self) -> Array:
        """Dimensionless."""
        network = self.of.network
        first, second = network.positions[network.bonds[:, 0]], network.positions[network.bonds[:, 1]]
        lengths = jnp.sqrt(jnp.sum((second - first + network.images * network.box) ** 2, axis=1))
        return jnp.min(jnp.where(network.weights > 0.5, lengths, jnp.inf))
