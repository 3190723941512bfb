"""A denoising network for vectors (Xu et al., section 2.4)."""

from __future__ import annotations

import flax.linen as nn
import jax.numpy as jnp
from jax import Array

from metac.runtime.learn.networks.unet import sinusoids


class Perceptron(nn.Module):
    """Noise in noisy vectors: `[sample, feature]`, time step `[sample]` -> `[sample, feature]`, float32.

    Dense layers with Swish between them; the time step as sinusoids is added to what each hidden layer takes in.
    """

    hidden: tuple[int, ...] = (64, 64, 64)

    @nn.compact
    def __call__(self, vectors: Array, times: Array) -> Array:
        """The noise that was added up to `times` (1 … T)."""
        here = vectors
        for width in self.hidden:
            embedded = nn.Dense(width, param_dtype=jnp.float32)(sinusoids(times, width))
            here = nn.swish(nn.Dense(width, param_dtype=jnp.float32)(here) + embedded)
        return nn.Dense(vectors.shape[-1], param_dtype=jnp.float32)(here)
