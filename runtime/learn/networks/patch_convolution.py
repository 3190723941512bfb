"""Convolutions as a dense layer on the patches of an image, with what lies beyond its edges as cells have it.

Within a loop XLA's CPU backend has only slow derivatives of convolutions with few features, strided ones above all (see
`convolution.py`); those of slices and of a matrix product are fast: a step of the autoencoder of cells takes a fourth of the
time.
"""

from __future__ import annotations

from typing import Literal

import jax.numpy as jnp
from flax import nnx
from jax import Array

from metac.runtime.learn.networks.initialisers import Initialiser, he_normal

Surroundings = Literal["symmetric", "wrap"]
"""What lies beyond the edges of an image: its mirror image, or the image again."""


class PatchConvolution(nnx.Module):
    """`side` by `side` pixels (odd) around each pixel, or every `stride`-th.

    `[image, row, column, channel]` -> `[…, width]`, with rows and columns over the stride, rounded up.
    """

    def __init__(
        self,
        channels: int,
        width: int,
        side: int,
        around: Surroundings,
        stride: int = 1,
        *,
        kernel_init: Initialiser = he_normal,
        rngs: nnx.Rngs,
    ) -> None:
        self.dense = nnx.Linear(side**2 * channels, width, kernel_init=kernel_init, param_dtype=jnp.float32, rngs=rngs)
        self.side, self.stride = side, stride
        self.around: Surroundings = around

    def __call__(self, images: Array) -> Array:
        """The layer's features, without an activation."""
        if self.stride == 1 and self.dense.out_features < images.shape[-1]:
            return self._summed(images)
        return self.dense(patches(images, self.side, self.stride, self.around))

    def _summed(self, images: Array) -> Array:
        """The same as a sum over the pixels of a patch, each with its part of the kernel: less memory for few features."""
        _, rows, columns, channels = images.shape
        width, side, bias = self.dense.out_features, self.side, self.dense.bias
        kernel = self.dense.kernel[...].reshape(side * side, channels, width).swapaxes(0, 1).reshape(channels, -1)
        parts = padded(images, side // 2, self.around) @ kernel
        shifts = [(i, j) for i in range(side) for j in range(side)]
        total = sum(
            parts[:, i : i + rows, j : j + columns, number * width : (number + 1) * width]
            for number, (i, j) in enumerate(shifts)
        )
        assert bias is not None
        return total + bias[...]


def patches(images: Array, side: int, stride: int, around: Surroundings) -> Array:
    """`[image, row, column, channel]` -> `[image, ⌈row / stride⌉, ⌈column / stride⌉, side² · channel]`, row by row."""
    _, rows, columns, _ = images.shape
    beyond = side // 2
    wide = padded(images, beyond, around)
    down, right = (stride * ((size - 1) // stride) + 1 for size in (rows, columns))
    shifted = [wide[:, i : i + down : stride, j : j + right : stride] for i in range(side) for j in range(side)]
    return jnp.concatenate(shifted, axis=-1)


def padded(images: Array, beyond: int, around: Surroundings) -> Array:
    """With so many pixels more on each side."""
    return jnp.pad(images, ((0, 0), (beyond, beyond), (beyond, beyond), (0, 0)), mode=around)
