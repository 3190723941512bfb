"""The denoising network for images: a U-Net with residual blocks, self-attention and an embedded time step.

After Xu et al., section 3.1.1, and Ho et al. (2020), appendix B: four resolutions, residual blocks on the way down and up,
multi-head self-attention at an intermediate resolution, the time step as sinusoids that a two-layer network with GELU takes
into every residual block, as scale and shift of its normalised features (Dhariwal and Nichol, 2021).

Images are `[image, row, column, channel]`, which is the layout that convolutions on CPUs want, in float32 unless weights
are given in float64. Resolutions change without strided convolutions, whose derivatives are slow on CPUs.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import jax.numpy as jnp
from flax import nnx
from jax import Array

from metac.runtime.learn.diffusion.network_configuration import GROUPS, UNetConfiguration
from metac.runtime.learn.networks.convolution import convolution
from metac.runtime.learn.networks.initialisers import lecun_normal

TIME_FACTOR = 4
"""Width of the embedded time step over that of the first level."""
LONGEST_PERIOD = 10_000.0
"""Of the sinusoids of the time step, over 2π time steps (Vaswani et al., 2017)."""

_dense = partial(nnx.Linear, kernel_init=lecun_normal, param_dtype=jnp.float32)
_norm = partial(nnx.GroupNorm, num_groups=GROUPS, param_dtype=jnp.float32)
_zeros: Any = nnx.initializers.zeros_init()
"""Of closing layers, so that what they end adds nothing at first."""


class UNet(nnx.Module):
    """Noise in noisy images: `[image, row, column, 1]`, time step `[image]` -> `[image, row, column, 1]`.

    `dropout`: share of features that residual blocks leave out where they are called with `rngs`, as in training.
    """

    def __init__(self, configuration: UNetConfiguration, dropout: float = 0.0, *, rngs: nnx.Rngs) -> None:
        channels, patch = configuration.channels, configuration.patch
        self.patch, self.first = patch, channels[0]
        time = TIME_FACTOR * channels[0]
        self.time = nnx.List([_dense(channels[0], time, rngs=rngs), _dense(time, time, rngs=rngs)])
        self.entry = convolution(patch**2, channels[0], rngs=rngs)
        make = partial(Level, configuration, time, dropout, rngs=rngs)
        inputs, passed = channels[0], [channels[0]]
        self.down = nnx.List([])
        for level, width in enumerate(channels):
            halve = _dense(4 * width, width, rngs=rngs) if level + 1 < len(channels) else None
            self.down.append(make(level, [inputs] + [width] * (configuration.blocks - 1), halve))
            passed += [width] * (configuration.blocks + (halve is not None))
            inputs = width
        self.middle = Middle(inputs, time, configuration.heads, dropout, rngs=rngs)
        self.up = nnx.List([])
        for level in reversed(range(len(channels))):
            widths = []
            for _ in range(configuration.blocks + 1):
                widths.append(inputs + passed.pop())
                inputs = channels[level]
            double = convolution(inputs, channels[level - 1], rngs=rngs) if level > 0 else None
            self.up.append(make(level, widths, double))
            inputs = channels[level - 1] if level > 0 else inputs
        self.norm = _norm(inputs, rngs=rngs)
        self.closing = convolution(inputs, patch**2, kernel_init=_zeros, rngs=rngs)

    def __call__(self, images: Array, times: Array, rngs: nnx.Rngs | None = None) -> Array:
        """The noise that was added up to `times` (1 … T)."""
        embedded = nnx.gelu(self.time[0](sinusoids(times, self.first)))
        embedded = nnx.swish(self.time[1](embedded))
        here = self.entry(_patches(images, self.patch))
        passed = [here]
        for level in self.down:
            for block in level.blocks:
                here = block(here, embedded, rngs)
                passed.append(here)
            if level.resize is not None:
                here = level.resize(_patches(here, 2))
                passed.append(here)
        here = self.middle(here, embedded, rngs)
        for level in self.up:
            for block in level.blocks:
                here = block(jnp.concatenate([here, passed.pop()], axis=-1), embedded, rngs)
            if level.resize is not None:
                here = level.resize(_doubled(here))
        return _spread(self.closing(nnx.swish(self.norm(here))), self.patch)


class Level(nnx.Module):
    """The blocks of one resolution, for inputs of these `widths`, and the layer that leads to the next one."""

    def __init__(
        self,
        configuration: UNetConfiguration,
        time: int,
        dropout: float,
        level: int,
        widths: list[int],
        resize: nnx.Linear | nnx.Conv | None,
        *,
        rngs: nnx.Rngs,
    ) -> None:
        heads = configuration.heads if level in configuration.attention else 0
        width = configuration.channels[level]
        self.blocks = nnx.List([UNetBlock(inputs, width, time, heads, dropout, rngs=rngs) for inputs in widths])
        self.resize = nnx.data(resize)


class UNetBlock(nnx.Module):
    """A residual block and, with `heads`, self-attention after it."""

    def __init__(self, inputs: int, width: int, time: int, heads: int, dropout: float, *, rngs: nnx.Rngs) -> None:
        self.residual = Residual(inputs, width, time, dropout, rngs=rngs)
        self.attention = nnx.data(Attention(width, heads, rngs=rngs) if heads else None)

    def __call__(self, here: Array, embedded: Array, rngs: nnx.Rngs | None) -> Array:
        """`[image, row, column, channel]`, `[image, feature]` -> `[image, row, column, width]`."""
        here = self.residual(here, embedded, rngs)
        return here if self.attention is None else self.attention(here)


class Middle(nnx.Module):
    """Two residual blocks with self-attention between them, at the coarsest resolution."""

    def __init__(self, width: int, time: int, heads: int, dropout: float, *, rngs: nnx.Rngs) -> None:
        self.first = Residual(width, width, time, dropout, rngs=rngs)
        self.attention = Attention(width, heads, rngs=rngs)
        self.second = Residual(width, width, time, dropout, rngs=rngs)

    def __call__(self, here: Array, embedded: Array, rngs: nnx.Rngs | None) -> Array:
        """`[image, row, column, width]`, `[image, feature]` -> `[image, row, column, width]`."""
        return self.second(self.attention(self.first(here, embedded, rngs)), embedded, rngs)


class Residual(nnx.Module):
    """Two convolutions with the time step between them, added to what comes in (He et al., 2016)."""

    def __init__(self, inputs: int, width: int, time: int, dropout: float, *, rngs: nnx.Rngs) -> None:
        self.norm_in, self.norm_out = _norm(inputs, rngs=rngs), _norm(width, rngs=rngs)
        self.convolution = convolution(inputs, width, rngs=rngs)
        self.modulation = _dense(time, 2 * width, rngs=rngs)
        self.dropout = nnx.Dropout(dropout)
        self.closing = convolution(width, width, kernel_init=_zeros, rngs=rngs)
        self.shortcut = nnx.data(None if inputs == width else _dense(inputs, width, rngs=rngs))

    def __call__(self, here: Array, embedded: Array, rngs: nnx.Rngs | None) -> Array:
        """`[image, row, column, channel]`, `[image, feature]` -> `[image, row, column, width]`."""
        inner = self.convolution(nnx.swish(self.norm_in(here)))
        scale, shift = jnp.split(self.modulation(embedded)[:, None, None, :], 2, axis=-1)
        inner = nnx.swish(self.norm_out(inner) * (1 + scale) + shift)
        inner = self.closing(self.dropout(inner, deterministic=rngs is None, rngs=rngs))
        return inner + (here if self.shortcut is None else self.shortcut(here))


class Attention(nnx.Module):
    """Every pixel attends to every pixel (Vaswani et al., 2017), added to what comes in."""

    def __init__(self, width: int, heads: int, *, rngs: nnx.Rngs) -> None:
        self.heads = heads
        self.norm, self.projections = _norm(width, rngs=rngs), _dense(width, 3 * width, rngs=rngs)
        self.closing = _dense(width, width, kernel_init=_zeros, rngs=rngs)

    def __call__(self, here: Array) -> Array:
        """`[image, row, column, channel]` -> the same."""
        images, rows, columns, width = here.shape
        each = width // self.heads
        tokens = self.norm(here).reshape(images, rows * columns, width)
        parts = self.projections(tokens).reshape(images, rows * columns, 3, self.heads, each)
        query, key, value = parts[:, :, 0], parts[:, :, 1], parts[:, :, 2]
        weights = nnx.softmax(jnp.einsum("iphc,iqhc->ihpq", query, key) / math.sqrt(each))
        mixed = jnp.einsum("ihpq,iqhc->iphc", weights, value).reshape(images, rows * columns, width)
        return here + self.closing(mixed).reshape(here.shape)


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
