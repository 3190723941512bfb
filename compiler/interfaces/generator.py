"""Generators: maps from free parameters to geometry, and what some of them can do beside that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from jax import Array


Theta = Any
"""A pytree of arrays: the free parameters of one generator."""


@runtime_checkable
class Generator(Protocol):
    """A map from free parameters to geometry."""

    def init(self, key: Array) -> Theta:
        """Random parameters; runs inside `jit`."""
        ...

    def at(self, theta: Theta) -> Any:
        """The geometry for given parameters, as bodies of the generator's form take it.

        mesh: an object with `move(points[node, 2], domain) -> points[node, 2]` (mm), `domain` a `Rectangle` or None.
        grid: an array `[row, column]`, row 0 at the top, from 0 to 1 but for overshoots.
        """
        ...


class Composable(Generator, Protocol):
    """A generator whose movements can be composed: bodies may be meshed anew where it has moved them, and it goes on."""

    def at_rest(self, theta: Theta) -> Theta:
        """Parameters, near `theta` in all else, at which nothing moves, exactly; derivatives are not all zero there."""
        ...


class BetweenBounds(Generator, Protocol):
    """A generator whose free parameters have bounds."""

    bounds: tuple[float, float]
    """Least and largest value of each."""


class Steered(Generator, Protocol):
    """A generator that shows optimisers something else than the gradient of the goals, which leads to better designs.

    Optimisers that compare losses along a line cannot use it.
    """

    def steer(self, theta: Theta, gradient: Theta) -> Theta:
        """What stands in for the gradient at `theta`; runs inside `jit`."""
        ...


class Discrete(Generator, Protocol):
    """A generator whose designs are choices, 0 or 1 each: what studies that search rather than descend can vary."""

    def theta_of(self, design: Array) -> Theta:
        """The free parameters that make a design `[feature]`, float64 of 0 and 1; runs inside `jit` and `vmap`."""
        ...
