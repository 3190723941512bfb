"""What networks of springs are like at rest."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp

from metac.compiler.interfaces.cached_property import cached_property

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.measure import Measure
    from metac.compiler.interfaces.satisfies import Satisfies


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
        return jnp.min(replace(network, weights=(network.weights > 0.5).astype(float)).degrees)


class LeastLength:
    """Length of the shortest bond."""

    def __init__(self, *, of: Any) -> None:
        self.of = of

    @cached_property
    def value(self) -> Array:
        """Dimensionless."""
        network = self.of.network
        lengths = jnp.sqrt(jnp.sum(network.vectors**2, axis=1))
        return jnp.min(jnp.where(network.weights > 0.5, lengths, jnp.inf))


if TYPE_CHECKING:
    Satisfies[Measure](Coordination, LeastDegree, LeastLength)
