"""flax modules as pure functions of their weights, which are plain trees of arrays: what optimisers and files work with."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property
from typing import Any

import jax
from flax import nnx


class Network:
    """A module that `make` builds, called with weights and inputs: `network(weights, *inputs)`.

    `nnx.merge` costs nothing in compiled code. Modules have no state besides their weights.
    """

    def __init__(self, make: Callable[[nnx.Rngs], nnx.Module]) -> None:
        self._make = make

    def __call__(self, weights: Any, *inputs: Any, **more: Any) -> Any:
        """What the module gives for these weights."""
        return self.module(weights)(*inputs, **more)

    def module(self, weights: Any) -> Any:
        """The module with these weights."""
        return nnx.merge(self._abstract[0], weights)

    @property
    def weights_like(self) -> Any:
        """Shapes and types of the weights; nothing is computed."""
        return self._abstract[1]

    @property
    def parameters(self) -> int:
        """How many numbers are trained."""
        return sum(math.prod(leaf.shape) for leaf in jax.tree.leaves(self.weights_like))

    def initial_weights(self, seed: int) -> Any:
        """Random weights, as the module's initialisers say."""
        return nnx.to_pure_dict(nnx.state(self._make(nnx.Rngs(seed)), nnx.Param))

    @cached_property
    def _abstract(self) -> tuple[Any, Any]:
        """The module without weights, and shapes and types of these."""
        graph, state = nnx.split(nnx.eval_shape(lambda: self._make(nnx.Rngs(0))))
        return graph, nnx.to_pure_dict(state)
