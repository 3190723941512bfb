"""Shape functions of lines at places that may be traced; apart from `line.py`, which the host uses without JAX."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array
from jaxtyping import Float


def shape(order: int, at: Float[Array, " *points"]) -> Float[Array, " node *points"]:
    """Shape functions `[node, *points]` at positions `[*points]` between 0 and 1, which may be traced."""
    if order == 1:
        return jnp.stack([1 - at, at])
    return jnp.stack([(1 - at) * (1 - 2 * at), at * (2 * at - 1), 4 * at * (1 - at)])
