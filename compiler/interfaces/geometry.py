"""Geometries: what generators give, one protocol for each form of generator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from jax import Array
    from jaxtyping import Float, Int
    from numpy.typing import NDArray


class Domain(Protocol):
    """A rectangle from `x0, y0` to `x1, y1`, mm."""

    @property
    def x0(self) -> float:
        """Left."""
        ...

    @property
    def y0(self) -> float:
        """Bottom."""
        ...

    @property
    def x1(self) -> float:
        """Right."""
        ...

    @property
    def y1(self) -> float:
        """Top."""
        ...


class ElementMesh(Protocol):
    """Elements of one sort (`runtime/mesh/mesh.py`); plain arrays, read only."""

    @property
    def nodes(self) -> NDArray[np.float64]:
        """`[node, d]`, mm."""
        ...

    @property
    def cells(self) -> NDArray[np.int32]:
        """`[cell, node]`: nodes of each element."""
        ...

    @property
    def facets(self) -> Mapping[str, NDArray[np.int32]]:
        """`[facet, node]` by the name of the part of the boundary: left, right, bottom, top, pores."""
        ...

    @property
    def dimension(self) -> int:
        """Of the space that the nodes stand in."""
        ...


@runtime_checkable
class WithNamedParts(Protocol):
    """A mesh of which parts have names: those of a file."""

    @property
    def named(self) -> Mapping[str, NDArray[np.int32]]:
        """`[facet, node]` by the name of the part; of sets of nodes one node a facet."""
        ...


@runtime_checkable
class Movement(Protocol):
    """Form `mesh`: where the points of a body are carried."""

    def move(self, points: Float[Array, "node 2"], domain: Domain | None) -> Float[Array, "node 2"]:
        """Where points go, mm; `domain` is the rectangle whose edge stays in place, or None for the whole plane."""
        ...


@runtime_checkable
class PeriodicMovement(Movement, Protocol):
    """A movement that knows how it repeats on the plane."""

    def repeats(self, translation: np.ndarray) -> bool:
        """Whether points a `translation[2]` (mm) apart are moved alike."""
        ...


class BeamNetwork(Protocol):
    """Form `frame`: candidate beams between the nodes of a grid, of which some are there."""

    @property
    def grid(self) -> object:
        """Its nodes and candidate edges (`runtime/beams/node_grid.py`)."""
        ...

    @property
    def positions(self) -> Float[Array, "node 2"]:
        """`[node, 2]`, mm."""
        ...

    @property
    def widths(self) -> Float[Array, " edge"]:
        """`[edge]`: shares of the body's beam width; zero where no beam is."""
        ...


class BondNetwork(Protocol):
    """Form `springs`: nodes in a periodic box, and the bonds between them, at rest; dimensionless."""

    @property
    def positions(self) -> Array:
        """`[node, 2]`; not wrapped into the box."""
        ...

    @property
    def box(self) -> Float[np.ndarray, " 2"]:
        """`[2]`: edges along x and y."""
        ...

    @property
    def bonds(self) -> Int[np.ndarray, "bond 2"]:
        """`[bond, 2]`: first and second node."""
        ...

    @property
    def images(self) -> Int[np.ndarray, "bond 2"]:
        """`[bond, 2]`: periods by which the second node is shifted."""
        ...

    @property
    def weights(self) -> Array:
        """`[bond]`: 1 where the bond is there, 0 where it was removed."""
        ...

    @property
    def factors(self) -> Array:
        """`[bond]`: stiffness times length at rest."""
        ...


class CellChoice(Protocol):
    """The cells of a system."""

    @property
    def entries(self) -> Float[Array, "row column 4"]:
        """`[row, column, 4]`: C11, C12, C22, C66 of each cell, MPa; row 0 at the top."""
        ...

    @property
    def cells(self) -> Any:
        """Their pixels (`runtime/multiscale/exact.py: CellModuli`); None while they are homogenised elements."""
        ...

    @property
    def stock(self) -> Any:
        """What there is to choose from (`runtime/assembly/stock.py: CellStock`)."""
        ...

    @property
    def shape(self) -> Any:
        """Rows and columns of pixels of a cell, stiffness (`runtime/multiscale/superelement.py: CellShape`)."""
        ...

    def refined(self, times: int) -> Any:
        """The same cells with `times` as many pixels along each side of one; None while they are homogenised elements."""
        ...
