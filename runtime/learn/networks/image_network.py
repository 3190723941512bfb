"""The U-Net as a network for pictures without a channel axis, in the forms that denoisers and trainings take."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from metac.runtime.learn.diffusion.network_configuration import UNetShape
from metac.runtime.learn.networks.initialisers import first_weights
from metac.runtime.learn.networks.unet import UNet


@dataclass(frozen=True)
class PictureNetwork:
    """Noise in `[image, row, column]`; with a key a share `dropout` of features is left out, as in training."""

    shape: UNetShape
    dropout: float = 0.0

    def __call__(self, weights: Any, pictures: Array, times: Array, key: Array | None = None) -> Array:
        """Weights, `[image, row, column]`, time steps `[image]`, key -> `[image, row, column]`, float32."""
        network = UNet(self.shape, 0.0 if key is None else self.dropout)
        rngs = None if key is None else {"dropout": key}
        return network.apply({"params": weights}, pictures[..., None], times, rngs=rngs)[..., 0]  # pyright: ignore

    def first_weights(self, seed: int) -> Any:
        """Random weights."""
        return first_weights(self.weights_like(), seed)

    def weights_like(self) -> Any:
        """Shapes and types of the weights; nothing is computed."""
        picture = jax.ShapeDtypeStruct((1, *self.shape.pixels, 1), jnp.float32)
        time = jax.ShapeDtypeStruct((1,), jnp.float32)
        return jax.eval_shape(UNet(self.shape).init, jax.random.key(0), picture, time)["params"]

    @property
    def parameters(self) -> int:
        """How many numbers are trained."""
        return sum(math.prod(leaf.shape) for leaf in jax.tree.leaves(self.weights_like()))
