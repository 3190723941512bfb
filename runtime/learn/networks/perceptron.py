"""A denoising network for vectors (Xu et al., section 2.4)."""

from __future__ import annotations

import jax.numpy as jnp
from flax import nnx
from jax import Array

from metac.runtime.learn.networks.initialisers import lecun_normal
from metac.runtime.learn.networks.unet import sinusoids


class Perceptron(nnx.Module):
    """Noise in noisy vectors: `[sample, feature]`, time step `[sample]` -> `[sample, feature]`, float32.

    Dense layers with Swish between them; the time step as sinusoids is added to what each hidden layer takes in.
    """

    def __init__(self, features: int, hidden: tuple[int, ...] = (64, 64, 64), *, rngs: nnx.Rngs) -> None:
        settings = {"kernel_init": lecun_normal, "param_dtype": jnp.float32, "rngs": rngs}
        widths = (features, *hidden)
        self.times = nnx.List(nnx.Linear(width, width, **settings) for width in hidden)
        self.layers = nnx.List(nnx.Linear(widths[n], width, **settings) for n, width in enumerate(hidden))
        self.last = nnx.Linear(widths[-1], features, **settings)

    def __call__(self, vectors: Array, times: Array) -> Array:
        """The noise that was added up to `times` (1 … T)."""
        here = vectors
        for layer, time in zip(self.layers, self.times, strict=True):
            here = nnx.swish(layer(here) + time(sinusoids(times, time.in_features)))
        return self.last(here)
