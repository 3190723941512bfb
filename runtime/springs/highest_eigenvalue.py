"""The stiffest mode of a network, by power iteration."""

from __future__ import annotations

import math
from collections.abc import Callable

import jax.numpy as jnp
from jax import Array, lax

ITERATIONS = 20


def highest_eigenvalue(apply: Callable[[Array], Array], shape: tuple[int, ...]) -> Array:
    """Of a positive semidefinite symmetric operator on arrays of this shape, from below; always from the same start."""

    def iteration(_: int, vector: Array) -> Array:
        vector = apply(vector)
        return vector / jnp.sqrt(jnp.sum(vector**2))

    start = jnp.sin(1.0 + jnp.arange(math.prod(shape)) ** 2).reshape(shape)
    vector = lax.fori_loop(0, ITERATIONS, iteration, start / jnp.sqrt(jnp.sum(start**2)))
    return jnp.sqrt(jnp.sum(apply(vector) ** 2))
