"""Weights that a training starts from, drawn on the host: compiling a network's own initialisers takes far longer."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from metac.runtime.learn.networks.unet import CLOSING


def first_weights(like: Any, seed: int) -> Any:
    """Weights in the tree of `like` (shapes of a flax module's parameters), float32.

    Kernels are normal with variance 1/n for n inputs (LeCun et al., 1998), those of closing layers zero; scales are one,
    biases zero.
    """
    random = np.random.Generator(np.random.PCG64(seed))

    def drawn(place: Any, leaf: Any) -> jax.Array:
        names = [key.key for key in place]
        if names[-1] == "scale":
            return jnp.ones(leaf.shape, jnp.float32)
        if names[-1] != "kernel" or names[-2] == CLOSING:
            return jnp.zeros(leaf.shape, jnp.float32)
        deviation = 1 / math.sqrt(math.prod(leaf.shape[:-1]))
        return jnp.asarray((deviation * random.standard_normal(leaf.shape)).astype(np.float32))

    return jax.tree_util.tree_map_with_path(drawn, like)
