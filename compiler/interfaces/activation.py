"""Activations: the nonlinear functions of neural networks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from jax import Array


@runtime_checkable
class Activation(Protocol):
    """A function of every element of an array."""

    def __call__(self, values: Array) -> Array:
        """Of the same shape."""
        ...
