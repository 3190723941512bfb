"""Facets of elements: lines of two nodes (a, b) or three (a, b, middle) on [0, 1]."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array


def shape(order: int, at: Array) -> Array:
    """Shape functions `[node, *points]` at positions `[*points]` between 0 and 1."""
    if order == 1:
        return jnp.stack([1 - at, at])
    return jnp.stack([(1 - at) * (1 - 2 * at), at * (2 * at - 1), 4 * at * (1 - at)])


def slope(order: int, at: Array) -> Array:
    """Their derivatives, `[node, *points]`."""
    if order == 1:
        return jnp.stack([-jnp.ones_like(at), jnp.ones_like(at)])
    return jnp.stack([4 * at - 3, 4 * at - 1, 4 - 8 * at])
