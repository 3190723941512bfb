"""Activation functions that a definition writes as an expression."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.activation import Activation
    from metac.compiler.interfaces.satisfies import Satisfies


class Elementwise:
    """Called on an array of any shape, gives `apply` of every element."""

    def __init__(self, *, apply: Callable[[Array], Array]) -> None:
        self.apply = apply

    def __call__(self, values: Array) -> Array:
        """`apply` of every element."""
        return self.apply(values)


if TYPE_CHECKING:
    Satisfies[Activation](Elementwise)
