"""A convolution whose derivatives are fast on CPUs, within loops as well."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jax import Array

from metac.runtime.learn.networks.initialisers import lecun_normal

AXES = ("NHWC", "HWIO", "NHWC")


def convolution(channels: int, width: int, *, rngs: nnx.Rngs, kernel_init: Any = lecun_normal) -> nnx.Conv:
    """Three by three pixels, zeros around the image: `[image, row, column, channel]` -> `[image, row, column, width]`."""
    settings = {"kernel_init": kernel_init, "conv_general_dilated": _for_flax, "param_dtype": jnp.float32}
    return nnx.Conv(channels, width, (3, 3), rngs=rngs, **settings)


def _for_flax(images: Array, kernel: Array, strides: Any, padding: Any, **settings: Any) -> Array:
    """`convolved` in the place of `jax.lax.conv_general_dilated`, for the layers of this module alone."""
    assert tuple(strides) == (1, 1) and padding == "SAME" and kernel.shape[:2] == (3, 3)
    assert settings["feature_group_count"] == 1 and all(
        set(settings[name]) == {1} for name in ("lhs_dilation", "rhs_dilation")
    )
    return convolved(images, kernel)


@jax.custom_vjp
def convolved(images: Array, kernel: Array) -> Array:
    """`[image, row, column, channel]`, `[3, 3, channel, width]` -> `[image, row, column, width]`, stride 1.

    JAX's own derivative with respect to the images asks XLA for a convolution whose kernel has its channels the other way
    round. Within a loop its CPU backend has only a slow, single-threaded form of that (36 times as slow for 48 channels of
    32 by 32 pixels); turned round beforehand it is a convolution like any other.
    """
    return jax.lax.conv_general_dilated(images, kernel, (1, 1), "SAME", dimension_numbers=AXES)


def _forward(images: Array, kernel: Array) -> tuple[Array, tuple[Array, Array]]:
    return convolved(images, kernel), (images, kernel)


def _backward(saved: tuple[Array, Array], change: Array) -> tuple[Array, Array]:
    images, kernel = saved
    turned = jnp.flip(kernel, (0, 1)).swapaxes(2, 3)
    for_kernel = jax.linear_transpose(
        lambda each: jax.lax.conv_general_dilated(images, each, (1, 1), "SAME", dimension_numbers=AXES), kernel
    )
    return convolved(change, turned), for_kernel(change)[0]


convolved.defvjp(_forward, _backward)
