"""Bodies: geometry with material, discretised; one protocol a form, and what some of them can do beside that.

Attributes are in mm and MPa. They may be computed when they are asked for (`functools.cached_property`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

from metac.compiler.interfaces.boundary import Boundary
from metac.compiler.interfaces.control import Control
from metac.compiler.interfaces.geometry import BondNetwork, CellChoice, Domain, ElementMesh
from metac.compiler.interfaces.load import Test
from metac.compiler.interfaces.material import Material
from metac.compiler.interfaces.path import Path

if TYPE_CHECKING:
    import numpy as np
    from jax import Array
    from jaxtyping import Float
    from numpy.typing import NDArray


@runtime_checkable
class Body(Protocol):
    """What loads and measures take. Each of its forms asks for something of its own, and nothing is asked of all."""


@runtime_checkable
class Meshed(Protocol):
    """It has a mesh that can be drawn."""

    @property
    def mesh(self) -> ElementMesh:
        """Elements as meshed."""
        ...

    @property
    def coordinates(self) -> Float[Array, "node 2"]:
        """`[node, 2]`: positions of the nodes before any load, mm."""
        ...


@runtime_checkable
class MadeOfMaterial(Protocol):
    """A body with a law."""

    @property
    def material(self) -> Material:
        """Its law; parameters are numbers or `[cell]`."""
        ...


@runtime_checkable
class OfPhases(Protocol):
    """A body that is made of several materials."""

    @property
    def materials(self) -> Sequence[Material]:
        """From the one that density 0 stands for to that of density 1."""
        ...


@runtime_checkable
class Repeating(Protocol):
    """A body that may repeat on the plane."""

    @property
    def constraints(self) -> Any:
        """Which nodes follow others (`runtime/fem/assembly/constraints.py`); None where the edges are free."""
        ...


@runtime_checkable
class PartlySolid(Protocol):
    """A meshed body some of whose cells stand for holes: the others may pass through each other there."""

    @property
    def solid_cells(self) -> NDArray[np.bool_]:
        """`[cell]` (host, concrete values)."""
        ...


class SolidPart(NamedTuple):
    """A body without what fills its pores."""

    body: Any
    """A `MeshBody`; the whole where nothing fills it."""
    nodes: NDArray[np.int64]
    """`[node]`: which nodes of the whole are its own."""
    cells: int
    """How many of the cells of the whole, the first ones, are its own."""


@runtime_checkable
class Filled(Meshed, Protocol):
    """A meshed body in whose pores something may be meshed that is no part of it: a medium that carries contact."""

    def solid_part(self) -> SolidPart:
        """The body alone."""
        ...


@runtime_checkable
class OfKnownVolume(Protocol):
    """A body that gives the volume of its solid itself."""

    @property
    def volume(self) -> Array:
        """mm³, unloaded; differentiable."""
        ...


@runtime_checkable
class Graded(Protocol):
    """A body that is solid to a share, which varies over it."""

    @property
    def density(self) -> Float[Array, "row column"]:
        """`[row, column]`: share of the last phase, row 0 at the top."""
        ...


class MeshBody(Meshed, MadeOfMaterial, Repeating, Body, Protocol):
    """Forms `mesh` and `periodic`: finite elements whose nodes may have been moved."""

    @property
    def domain(self) -> Domain:
        """The rectangle that the body fills, pores included."""
        ...

    @property
    def thickness(self) -> Array | float:
        """Normal to the plane, mm."""
        ...


class GridBody(MeshBody, Graded, Protocol):
    """Form `grid`: a rectangle of elements, row by row from the top left, each with properties of its own."""

    @property
    def rows(self) -> int:
        """Of elements."""
        ...

    @property
    def columns(self) -> int:
        """Of elements."""
        ...

    @property
    def width(self) -> float:
        """Along x, mm."""
        ...

    @property
    def height(self) -> float:
        """Along y, mm."""
        ...

    @property
    def stiffness(self) -> Float[Array, "cell 3 3"]:
        """`[cell, 3, 3]`, MPa, Voigt form."""
        ...


class FrameBody(Body, Protocol):
    """Form `frame`: straight beams between nodes of a grid."""

    @property
    def grid(self) -> object:
        """Nodes and candidate edges (`runtime/beams/node_grid.py`)."""
        ...

    @property
    def positions(self) -> Float[Array, "node 2"]:
        """`[node, 2]`, mm."""
        ...

    @property
    def widths(self) -> Float[Array, " edge"]:
        """`[edge]`, mm; zero where no beam is."""
        ...

    @property
    def beams(self) -> object:
        """`[edge]`: all candidates (`runtime/beams/beam_element.py`)."""
        ...

    @property
    def extent(self) -> Float[Array, " 2"]:
        """`[2]`: distance of the outer nodes along x and y, mm."""
        ...


class SpringBody(Body, Protocol):
    """Form `springs`: a period of a network of springs."""

    @property
    def network(self) -> BondNetwork:
        """Dimensionless, at rest."""
        ...

    @property
    def angle_stiffness(self) -> Array | float:
        """Dimensionless."""
        ...

    @property
    def mass(self) -> Array | float:
        """Of a node, dimensionless."""
        ...

    @property
    def unit(self) -> Array | float:
        """What a length of 1 stands for, mm."""
        ...

    @property
    def unit_energy(self) -> Array | float:
        """What an energy of 1 stands for, N·mm."""
        ...

    @property
    def thickness(self) -> Array | float:
        """Normal to the plane, mm."""
        ...

    @property
    def unit_stress(self) -> Array | float:
        """What an energy over area of 1 stands for, MPa."""
        ...


class SystemBody(Body, Protocol):
    """Form `macro`: a grid of square cells."""

    @property
    def field(self) -> CellChoice:
        """What the cells are."""
        ...

    @property
    def rows(self) -> int:
        """Of cells."""
        ...

    @property
    def columns(self) -> int:
        """Of cells."""
        ...

    @property
    def cell(self) -> float:
        """Edge of a cell, mm."""
        ...

    @property
    def width(self) -> float:
        """Along x, mm."""
        ...

    @property
    def height(self) -> float:
        """Along y, mm."""
        ...

    @property
    def thickness(self) -> Array | float:
        """Normal to the plane, mm."""
        ...


@runtime_checkable
class LoadableBody(Protocol):
    """A body that can be loaded, whose responses are trees of arrays."""

    def test(self, boundary: Boundary, control: Control, path: Path) -> Test:
        """The body in a test; nothing is solved yet.

        Raises:
            FieldError: on `body`, `boundary`, `control` or `path`: M0521 for a combination that does not exist.
        """
        ...


@runtime_checkable
class Refinable(Protocol):
    """It can be discretised again and finer: what a result is checked on."""

    def fresh(self, refinement: float) -> Body:
        """The same region with element sizes divided by `refinement` (host only, concrete values)."""
        ...


@runtime_checkable
class Enrichable(Protocol):
    """It can be made of second-order elements, which do not lock where a material hardly changes its volume."""

    def second_order(self) -> Body | None:
        """The same region, element sizes alike, of second-order elements; None where it is of those already (host only)."""
        ...


@runtime_checkable
class Meshable(Protocol):
    """A class with a static method `build`, that can mesh another region."""

    def meshed(self, region: Any) -> object:
        """What `build` would give for another region (host only, concrete values; the same element sizes)."""
        ...


@runtime_checkable
class Remeshable(Protocol):
    """A body that a generator moves, and that can be remeshed where it has been moved."""

    def remeshed(self) -> object:
        """What `Meshable.meshed` gives for the region as it is, movements included."""
        ...


@runtime_checkable
class Sized(Protocol):
    """It has settings that vary beside the design, such as numbers of cells."""

    @property
    def settings(self) -> Mapping[str, float]:
        """Values by name, as data sets call them (`LabelledDataset.setting_names`)."""
        ...
