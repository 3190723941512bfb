"""Networks of one hidden layer: the pieces of learned simulators."""

from __future__ import annotations

from functools import cache
from typing import Any

import jax.numpy as jnp
from flax import nnx
from jax import Array
from jax.typing import DTypeLike

from metac.runtime.learn.networks.dense import ACTIVATIONS
from metac.runtime.learn.networks.functional import Network
from metac.runtime.learn.networks.initialisers import Initialiser, lecun_normal

Sizes = tuple[int, int, int]
"""Inputs, hidden numbers and outputs."""


class TwoLayers(nnx.Module):
    """`[…, inputs]` -> `[…, outputs]`: a hidden layer and one of outputs."""

    def __init__(
        self,
        sizes: Sizes,
        activation: str,
        *,
        kernels: tuple[Initialiser, Initialiser] = (lecun_normal, lecun_normal),
        biases: tuple[Initialiser, Initialiser] = (nnx.initializers.zeros_init(), nnx.initializers.zeros_init()),
        dtype: DTypeLike = jnp.float32,
        rngs: nnx.Rngs,
    ) -> None:
        (first, second), (of_hidden, of_output) = kernels, biases
        inputs, width, outputs = sizes
        self.hidden = nnx.Linear(inputs, width, kernel_init=first, bias_init=of_hidden, param_dtype=dtype, rngs=rngs)
        self.output = nnx.Linear(width, outputs, kernel_init=second, bias_init=of_output, param_dtype=dtype, rngs=rngs)
        self.activation = activation

    def __call__(self, values: Array) -> Array:
        """The network's outputs."""
        return self.of_product(values @ self.hidden.kernel[...])

    def of_product(self, product: Array) -> Array:
        """Outputs where the product of inputs and the first kernel is known."""
        bias = self.hidden.bias
        assert bias is not None
        return self.output(ACTIVATIONS[self.activation](product + bias[...]))


def with_weights(weights: Any, activation: str) -> TwoLayers:
    """The network with these weights, whose shapes say its sizes."""
    inputs, width = weights["hidden"]["kernel"].shape
    return _network((inputs, width, weights["output"]["kernel"].shape[1]), activation).module(weights)


@cache
def _network(sizes: Sizes, activation: str) -> Network:
    return Network(lambda rngs: TwoLayers(sizes, activation, rngs=rngs))
