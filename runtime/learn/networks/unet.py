"""The denoising network for images: a U-Net with residual blocks, self-attention and an embedded time step.

After Xu et al., section 3.1.1, and Ho et al. (2020), appendix B: four resolutions, residual blocks on the way down and up,
multi-head self-attention at an intermediate resolution, the time step as sinusoids that a two-layer network with GELU takes
into every residual block, as scale and shift of its normalised features (Dhariwal and Nichol, 2021).

Pictures are `[image, row, column, channel]`, which is the layout that convolutions on CPUs want, in float32 unless weights
are given in float64. Resolutions change without strided convolutions, whose derivatives are slow on CPUs.
"""

from __future__ import annotations

import math
from functools import partial

import flax.linen as nn
import jax.numpy as jnp
from jax import Array

from metac.runtime.learn.diffusion.network_configuration import GROUPS, UNetShape
from metac.runtime.learn.networks.convolution import Convolution

TIME_FACTOR = 4
"""Width of the embedded time step over that of the first level."""
LONGEST_PERIOD = 10_000.0
"""Of the sinusoids of the time step, over 2π time steps (Vaswani et al., 2017)."""

_dense = partial(nn.Dense, param_dtype=jnp.float32)
_norm = partial(nn.GroupNorm, GROUPS, param_dtype=jnp.float32)
CLOSING = "closing"
"""Name of layers whose weights are zero at first, so that what they end adds nothing yet (`first_weights.py`)."""


class UNet(nn.Module):
    """Noise in noisy pictures: `[image, row, column, 1]`, time step `[image]` -> `[image, row, column, 1]`."""

    shape: UNetShape
    dropout: float = 0.0
    """Share of features that residual blocks leave out; needs an rng `dropout`. For training only."""

    @nn.compact
    def __call__(self, pictures: Array, times: Array) -> Array:
        """The noise that was added up to `times` (1 … T)."""
        channels = self.shape.channels
        embedded = sinusoids(times, channels[0])
        embedded = nn.gelu(_dense(TIME_FACTOR * channels[0])(embedded))
        embedded = nn.swish(_dense(TIME_FACTOR * channels[0])(embedded))
        patch = self.shape.patch
        here = Convolution(channels[0])(_patches(pictures, patch))
        passed = [here]
        for level, width in enumerate(channels):
            for _ in range(self.shape.blocks):
                here = self._block(here, embedded, level)
                passed.append(here)
            if level + 1 < len(channels):
                here = _dense(width)(_patches(here, 2))
                passed.append(here)
        here = Residual(channels[-1], self.dropout)(here, embedded)
        here = Residual(channels[-1], self.dropout)(Attention(self.shape.heads)(here), embedded)
        for level in reversed(range(len(channels))):
            for _ in range(self.shape.blocks + 1):
                here = self._block(jnp.concatenate([here, passed.pop()], axis=-1), embedded, level)
            if level > 0:
                here = Convolution(channels[level - 1])(_doubled(here))
        return _spread(Convolution(patch**2 * pictures.shape[-1], name=CLOSING)(nn.swish(_norm()(here))), patch)

    def _block(self, here: Array, embedded: Array, level: int) -> Array:
        here = Residual(self.shape.channels[level], self.dropout)(here, embedded)
        return Attention(self.shape.heads)(here) if level in self.shape.attention else here


class Residual(nn.Module):
    """Two convolutions with the time step between them, added to what comes in (He et al., 2016)."""

    width: int
    dropout: float

    @nn.compact
    def __call__(self, here: Array, embedded: Array) -> Array:
        """`[image, row, column, channel]`, `[image, feature]` -> `[image, row, column, width]`."""
        inner = Convolution(self.width)(nn.swish(_norm()(here)))
        scale, shift = jnp.split(_dense(2 * self.width)(embedded)[:, None, None, :], 2, axis=-1)
        inner = nn.swish(_norm()(inner) * (1 + scale) + shift)
        inner = nn.Dropout(self.dropout, deterministic=self.dropout == 0)(inner)
        inner = Convolution(self.width, name=CLOSING)(inner)
        return inner + (here if here.shape[-1] == self.width else _dense(self.width)(here))


class Attention(nn.Module):
    """Every pixel attends to every pixel (Vaswani et al., 2017), added to what comes in."""

    heads: int

    @nn.compact
    def __call__(self, here: Array) -> Array:
        """`[image, row, column, channel]` -> the same."""
        images, rows, columns, width = here.shape
        each = width // self.heads
        tokens = _norm()(here).reshape(images, rows * columns, width)
        parts = _dense(3 * width)(tokens).reshape(images, rows * columns, 3, self.heads, each)
        query, key, value = parts[:, :, 0], parts[:, :, 1], parts[:, :, 2]
        weights = nn.softmax(jnp.einsum("iphc,iqhc->ihpq", query, key) / math.sqrt(each))
        mixed = jnp.einsum("ihpq,iqhc->iphc", weights, value).reshape(images, rows * columns, width)
        return here + _dense(width, name=CLOSING)(mixed).reshape(here.shape)


def sinusoids(times: Array, width: int) -> Array:
    """`[image]` -> `[image, width]`: sines and cosines of periods from 2π to 2π·10000 time steps, float32."""
    half = width // 2
    rates = jnp.exp(-math.log(LONGEST_PERIOD) * jnp.arange(half, dtype=jnp.float32) / half)
    phases = times.astype(jnp.float32)[:, None] * rates
    return jnp.concatenate([jnp.sin(phases), jnp.cos(phases)], axis=-1)


def _patches(here: Array, side: int) -> Array:
    """`side` by `side` pixels as the channels of one: a dense layer on them is a convolution with that stride."""
    images, rows, columns, width = here.shape
    squares = here.reshape(images, rows // side, side, columns // side, side, width)
    return squares.transpose(0, 1, 3, 2, 4, 5).reshape(images, rows // side, columns // side, side * side * width)


def _spread(here: Array, side: int) -> Array:
    """The inverse of `_patches`."""
    images, rows, columns, width = here.shape
    squares = here.reshape(images, rows, columns, side, side, width // side**2).transpose(0, 1, 3, 2, 4, 5)
    return squares.reshape(images, side * rows, side * columns, width // side**2)


def _doubled(here: Array) -> Array:
    """Each pixel four times: `[image, row, column, channel]` -> twice the rows and columns."""
    images, rows, columns, width = here.shape
    spread = jnp.broadcast_to(here[:, :, None, :, None, :], (images, rows, 2, columns, 2, width))
    return spread.reshape(images, 2 * rows, 2 * columns, width)
