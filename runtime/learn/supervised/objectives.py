"""What becomes small where networks are trained on labelled designs."""

from __future__ import annotations

from functools import cache
from typing import Any

import jax.numpy as jnp
from jax import Array

from metac.runtime.learn.networks.dense import DenseConfiguration
from metac.runtime.learn.supervised.labelled_data import LabelledSamples
from metac.runtime.learn.supervised.supervised_trainer import Objective
from metac.runtime.learn.supervised.surrogate import predicted


@cache
def squared_error(configuration: DenseConfiguration) -> Objective:
    """Mean squared error of scaled labels (Pahlavani et al., eq. 1)."""

    def objective(weights: Any, samples: LabelledSamples, key: Array) -> Array:
        found = predicted(configuration, weights, jnp.asarray(samples.designs), jnp.asarray(samples.settings))
        return jnp.mean((found - samples.labels) ** 2)

    return objective
