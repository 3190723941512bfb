"""flax's initialisers, drawn on the host: compiling them for every shape of a U-Net takes some twenty seconds.

They have flax's interface `(key, shape, dtype) -> array`, and give the distributions of the initialisers that they are named
after. Where the key is traced, they are these initialisers.
"""

from __future__ import annotations

import math
from typing import Any

import jax
import numpy as np
from flax import nnx
from jax.core import Tracer
from scipy.special import ndtr, ndtri

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


def _truncated_normal(scale: float, traced: Any, key: jax.Array, shape: tuple[int, ...], dtype: Any) -> Any:
    if isinstance(key, Tracer):
        return traced(key, shape, dtype)
    random = np.random.Generator(np.random.PCG64(np.asarray(jax.random.key_data(key)).tolist()))
    uniform = random.uniform(ndtr(-CUT), ndtr(CUT), shape)
    deviation = math.sqrt(scale / math.prod(shape[:-1])) / NARROWED
    return jax.numpy.asarray((deviation * ndtri(uniform)).astype(dtype))
