"""Generators: maps from free parameters to geometry, one protocol a form, and what some of them can do beside that."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from metac.compiler.interfaces.geometry import BeamNetwork, BondNetwork, CellChoice, Movement

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float

Theta = Any
"""A pytree of arrays: the free parameters of one generator."""


@runtime_checkable
class Generator(Protocol):
    """A map from free parameters to geometry."""

    def init(self, key: Array) -> Theta:
        """Random parameters, a pytree of arrays; runs inside `jit`."""
        ...

    def at(self, theta: Theta) -> Any:
        """The geometry for given parameters, as bodies of the generator's form take it; runs inside `jit`."""
        ...


@runtime_checkable
class MeshGenerator(Generator, Protocol):
    """Form `mesh`."""

    def at(self, theta: Theta) -> Movement:
        """What moves the nodes of a body."""
        ...


@runtime_checkable
class GridGenerator(Generator, Protocol):
    """Form `grid`."""

    def at(self, theta: Theta) -> Float[Array, "row column"]:
        """A field on a grid, row 0 at the top, from 0 to 1 but for overshoots."""
        ...


@runtime_checkable
class FrameGenerator(Generator, Protocol):
    """Form `frame`."""

    def at(self, theta: Theta) -> BeamNetwork:
        """A network of beams."""
        ...


@runtime_checkable
class SpringGenerator(Generator, Protocol):
    """Form `springs`."""

    def at(self, theta: Theta) -> BondNetwork:
        """A network of springs."""
        ...


@runtime_checkable
class MacroGenerator(Generator, Protocol):
    """Form `macro`: the cells of a system, of a stiffness each until they are chosen from a stock."""

    @property
    def stock(self) -> Any:
        """What there is to choose from (`runtime/assembly/stock.py: CellStock`); made when it is first needed."""
        ...

    def at(self, theta: Theta) -> CellChoice:
        """What a body is made of."""
        ...

    def require_memory(self) -> None:
        """Raise a RuntimeFailure where memory does not suffice for all pixels, whatever cells are chosen."""
        ...

    def wanting(self, variables: Any) -> Theta:
        """Free parameters of elements with free `variables[row, column, …]`, what of an element is varied."""
        ...

    def outside(self, variables: Any, margin: float) -> Float[Array, "row column"]:
        """How far each element lies outside of what there is to choose from, `margin` inside of its edge, over the solid's
        stiffness; differentiable, zero where elements cannot leave it."""
        ...

    def homogenised(self, chosen: Any) -> Theta:
        """Free parameters of elements with the stiffness of cells `chosen[row, column]` of the stock."""
        ...

    def assembled(self, chosen: Any) -> Theta:
        """Free parameters of the system of these cells, pixel by pixel."""
        ...

    def drawn(self, theta: Theta, quarters: Any) -> Theta:
        """Free parameters of the system whose free cells have the pixels `quarters[cell, y, x]`, true for solid; the
        stiffness of its elements is that of `theta`."""
        ...

    def pixels(self, theta: Theta) -> tuple[Any, Any] | None:
        """What `drawn` takes, of an assembled system, and `[row, column]` which of them each cell is; None without cells."""
        ...


@runtime_checkable
class ParameterGenerator(Generator, Protocol):
    """Form `parameter`: a `param` of the spec that varies; the compiler makes it, with `start`, `lower` and `upper`."""

    def at(self, theta: Theta) -> Float[Array, ""]:
        """The value of the `param`, internal unit."""
        ...


@runtime_checkable
class Restarted(Protocol):
    """A generator that begins where the spec says; only further starts of a study are random."""

    def restart(self, key: Array) -> Theta:
        """Random parameters for a start after the first."""
        ...


@runtime_checkable
class Fixable(Protocol):
    """Its fields may leave nothing free."""

    @property
    def fixed(self) -> bool:
        """Whether there is nothing that an optimiser could change."""
        ...


@runtime_checkable
class Composable(Protocol):
    """Its movements can be composed: bodies may be remeshed where it has moved them, and it starts again from rest."""

    def at_rest(self, theta: Theta) -> Theta:
        """Parameters, near `theta` in all else, at which nothing moves, exactly; derivatives are not all zero there."""
        ...


@runtime_checkable
class Bounded(Protocol):
    """Its free parameters may have bounds."""

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Least and largest value of each; None where they have none."""
        ...


@runtime_checkable
class Steered(Protocol):
    """It shows optimisers something else than the gradient of the goals, which leads to better designs.

    Optimisers that compare losses along a line cannot use it.
    """

    @property
    def steer(self) -> Callable[[Theta, Theta], Theta] | None:
        """`(theta, gradient)` to what stands in for the gradient at `theta`, runs inside `jit`; None: it shows that."""
        ...


@runtime_checkable
class Discrete(Protocol):
    """Its designs are choices, 0 or 1 each, within its free parameters.

    A generator without this whose free parameters are such choices themselves can be searched as well.
    """

    def theta_of(self, design: Array) -> Theta:
        """The free parameters that make a design `[feature]`, float64 of 0 and 1; runs inside `jit` and `vmap`."""
        ...


@runtime_checkable
class Prunable(Protocol):
    """Its free parameters are weights of parts, 1 where one is there, 0 where it was removed, in between for derivatives."""

    @property
    def removable(self) -> Callable[[Theta], Array] | None:
        """`theta` to `[part]` bool: which may be removed next; runs inside `jit`. None: it has other free parameters."""
        ...
