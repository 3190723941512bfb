"""The U-Net as a network for images without a channel axis, in the forms that denoisers and trainings take."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from flax import nnx
from jax import Array

from metac.runtime.learn.diffusion.network_configuration import UNetConfiguration
from metac.runtime.learn.networks.functional import Network
from metac.runtime.learn.networks.unet import UNet


@dataclass(frozen=True)
class ImageNetwork:
    """Noise in `[image, row, column]`; with a key a share `dropout` of features is left out, as in training."""

    configuration: UNetConfiguration
    dropout: float = 0.0

    def __call__(self, weights: Any, images: Array, times: Array, key: Array | None = None) -> Array:
        """Weights, `[image, row, column]`, time steps `[image]`, key -> `[image, row, column]`, float32."""
        rngs = None if key is None else nnx.Rngs(dropout=key)
        return self._network(weights, images[..., None], times, rngs)[..., 0]

    def initial_weights(self, seed: int) -> Any:
        """Random weights."""
        return self._network.initial_weights(seed)

    @property
    def weights_like(self) -> Any:
        """Shapes and types of the weights; nothing is computed."""
        return self._network.weights_like

    @property
    def parameters(self) -> int:
        """How many numbers are trained."""
        return self._network.parameters

    @property
    def _network(self) -> Network:
        return _network(self.configuration, self.dropout)


@cache
def _network(configuration: UNetConfiguration, dropout: float) -> Network:
    return Network(lambda rngs: UNet(configuration, dropout, rngs=rngs))
