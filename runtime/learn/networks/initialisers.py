"""flax's initialisers, drawn on the host: compiling them for every shape of a U-Net takes some twenty seconds.

They have flax's interface `(key, shape, dtype) -> array`, and give the distributions of the initialisers that they are named
after. Where the key is traced, they are these initialisers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from flax import nnx
from jax.core import Tracer
from scipy.special import ndtr, ndtri

Initialiser = Callable[..., Any]
"""`(key, shape, dtype) -> array`."""
SMALL = 0.01
"""Variance of small outputs, for one input."""
CUT = 2.0
"""Standard deviations at which normal distributions are truncated."""
NARROWED = 0.87962566103423978
"""Standard deviation of a normal distribution that is truncated there."""


def lecun_normal(key: jax.Array, shape: tuple[int, ...], dtype: Any = np.float32) -> Any:
    """Variance 1/n for n inputs (LeCun et al., 1998), truncated normal: keeps the size of features."""
    return _truncated_normal(1.0, nnx.initializers.lecun_normal(), key, shape, dtype)


def he_normal(key: jax.Array, shape: tuple[int, ...], dtype: Any = np.float32) -> Any:
    """Variance 2/n (He et al., 2015), truncated normal: keeps the size of features before rectifiers."""
    return _truncated_normal(2.0, nnx.initializers.he_normal(), key, shape, dtype)


def small_normal(key: jax.Array, shape: tuple[int, ...], dtype: Any = np.float32) -> Any:
    """Variance 0.01/n, truncated normal: outputs begin near zero, and differ."""
    traced = nnx.initializers.variance_scaling(SMALL, "fan_in", "truncated_normal")
    return _truncated_normal(SMALL, traced, key, shape, dtype)


def normal(deviation: float) -> Initialiser:
    """Not truncated, the same deviation for every size."""

    def draw(key: jax.Array, shape: tuple[int, ...], dtype: Any = np.float32) -> Any:
        if isinstance(key, Tracer):
            return nnx.initializers.normal(deviation)(key, shape, dtype)
        return jax.numpy.asarray((deviation * _host_random(key).standard_normal(shape)).astype(dtype))

    return draw


def _host_random(key: jax.Array) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.asarray(jax.random.key_data(key)).tolist()))


def _truncated_normal(scale: float, traced: Any, key: jax.Array, shape: tuple[int, ...], dtype: Any) -> Any:
    if isinstance(key, Tracer):
        return traced(key, shape, dtype)
    uniform = _host_random(key).uniform(ndtr(-CUT), ndtr(CUT), shape)
    deviation = math.sqrt(scale / math.prod(shape[:-1])) / NARROWED
    return jax.numpy.asarray((deviation * ndtri(uniform)).astype(dtype))
