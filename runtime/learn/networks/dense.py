"""Networks of dense layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cache, partial
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jax import Array

from metac.runtime.learn.networks.functional import Network
from metac.runtime.learn.networks.initialisers import he_normal, lecun_normal

ACTIVATIONS: Mapping[str, Callable[[Array], Array]] = {
    "linear": lambda values: values,
    "relu": jax.nn.relu,
    "tanh": jnp.tanh,
    "swish": jax.nn.swish,
    "sigmoid": jax.nn.sigmoid,
}


@dataclass(frozen=True)
class DenseConfiguration:
    """Numbers of inputs, of features of each hidden layer and of outputs; functions between layers, and after the last.

    Raises ValueError where it makes no network.
    """

    inputs: int
    hidden: tuple[int, ...]
    outputs: int
    activation: str = "relu"
    output: str = "linear"

    def __post_init__(self) -> None:
        if any(width < 1 for width in self.widths):
            raise ValueError(f"each layer needs one feature at least, found {list(self.widths)}")
        for name in (self.activation, self.output):
            if name not in ACTIVATIONS:
                raise ValueError(f"no activation is called {name}")

    @property
    def widths(self) -> tuple[int, ...]:
        """Features of all layers, the inputs first."""
        return (self.inputs, *self.hidden, self.outputs)

    @property
    def network(self) -> Network:
        """As a function of its weights."""
        return _network(self)

    def describe(self) -> dict[str, Any]:
        """As plain values."""
        return {**asdict(self), "hidden": list(self.hidden)}

    @classmethod
    def read(cls, description: Mapping[str, Any]) -> DenseConfiguration:
        """The inverse of `describe`. Raises ValueError, KeyError or TypeError where it describes none."""
        return cls(**{**description, "hidden": tuple(int(width) for width in description["hidden"])})


@cache
def _network(configuration: DenseConfiguration) -> Network:
    return Network(partial(_make, configuration))


def _make(configuration: DenseConfiguration, rngs: nnx.Rngs) -> DenseNetwork:
    return DenseNetwork(configuration, rngs=rngs)


class DenseNetwork(nnx.Module):
    """`[…, inputs]` -> `[…, outputs]`, float32."""

    def __init__(self, configuration: DenseConfiguration, *, rngs: nnx.Rngs) -> None:
        widths, hidden = configuration.widths, len(configuration.hidden)
        between = he_normal if configuration.activation == "relu" else lecun_normal
        self.layers = nnx.List(
            nnx.Linear(
                widths[place],
                widths[place + 1],
                kernel_init=between if place < hidden else lecun_normal,
                param_dtype=jnp.float32,
                rngs=rngs,
            )
            for place in range(hidden + 1)
        )
        self.activation, self.output = configuration.activation, configuration.output

    def __call__(self, values: Array) -> Array:
        """The network's outputs."""
        *hidden, last = self.layers
        for layer in hidden:
            values = ACTIVATIONS[self.activation](layer(values))
        return ACTIVATIONS[self.output](last(values))
