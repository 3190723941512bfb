"""Networks of dense layers as plain functions of their weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from metac.runtime.learn.networks.initialisers import first_weights

ACTIVATIONS: Mapping[str, Callable[[Array], Array]] = {
    "linear": lambda values: values,
    "relu": jax.nn.relu,
    "tanh": jnp.tanh,
    "swish": jax.nn.swish,
    "sigmoid": jax.nn.sigmoid,
}


@dataclass(frozen=True)
class DenseShape:
    """Numbers of inputs, of features of each hidden layer and of outputs; functions between layers, and after the last.

    Called with weights and `[…, inputs]` it gives `[…, outputs]`, float32. Raises ValueError where it makes no network.
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
    def parameters(self) -> int:
        """How many numbers are trained."""
        return sum((above + 1) * below for above, below in zip(self.widths, self.widths[1:], strict=False))

    def __call__(self, weights: Any, values: Array) -> Array:
        """The network's outputs."""
        last = len(self.hidden)
        for place in range(last + 1):
            layer = weights[_name(place)]
            function = ACTIVATIONS[self.output if place == last else self.activation]
            values = function(values @ layer["kernel"] + layer["bias"])
        return values

    def weights_like(self) -> Any:
        """Shapes and types of the weights; nothing is computed."""
        sizes = zip(self.widths, self.widths[1:], strict=False)
        return {_name(place): _layer(above, below) for place, (above, below) in enumerate(sizes)}

    def first_weights(self, seed: int) -> Any:
        """Random weights; before rectifiers of twice the variance (He et al., 2015)."""
        drawn = first_weights(self.weights_like(), seed)
        if self.activation != "relu":
            return drawn
        last = _name(len(self.hidden))
        return {
            name: layer if name == last else {**layer, "kernel": math.sqrt(2.0) * layer["kernel"]}
            for name, layer in drawn.items()
        }

    def describe(self) -> dict[str, Any]:
        """As plain values."""
        return {**asdict(self), "hidden": list(self.hidden)}

    @classmethod
    def read(cls, description: Mapping[str, Any]) -> DenseShape:
        """The inverse of `describe`. Raises ValueError, KeyError or TypeError where it describes none."""
        return cls(**{**description, "hidden": tuple(int(width) for width in description["hidden"])})


def _name(place: int) -> str:
    return f"layer_{place}"


def _layer(above: int, below: int) -> dict[str, Any]:
    return {
        "kernel": jax.ShapeDtypeStruct((above, below), jnp.float32),
        "bias": jax.ShapeDtypeStruct((below,), jnp.float32),
    }
