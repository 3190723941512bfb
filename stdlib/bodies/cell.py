"""One period of an endless sheet, with edges that match node by node."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.geometry import Movement, PeriodicMovement
from metac.compiler.interfaces.shape import TiledShape
from metac.runtime.fem.assembly.constraints import MultiPointConstraints
from metac.runtime.geometry.outline import Outline
from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.geometry.sheet import DisconnectedSheet
from metac.runtime.mesh.bubbles import periodic_with_bubbles
from metac.runtime.mesh.cell_meshing import mesh_cell, repeated
from metac.runtime.mesh.mesh import Mesh
from metac.stdlib.bodies.elements import body_material, is_mixed
from metac.stdlib.bodies.region import moved_outlines
from metac.stdlib.bodies.sheet import Sheet, carried
from metac.stdlib.bodies.whole_cells import element_size, lattice_of

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.body import Enrichable, Filled, LoadableBody, Meshable, MeshBody, Refinable
    from metac.compiler.interfaces.contact import Contact
    from metac.compiler.interfaces.drawing import Exported, ExportedUnderLoads
    from metac.compiler.interfaces.satisfies import Satisfies


Vectors = tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True)
class Period:
    """What is meshed: the plane less the images of pores, as far as it repeats."""

    vectors: Vectors
    """The translations that the pores repeat by, mm; the first along x, the second upwards."""
    counts: tuple[int, int]
    """How many times the pores repeat within a period, along both vectors."""
    outlines: tuple[Outline, ...]
    """Pores of one cell, whole."""
    size: float
    """Element edge, mm."""
    across: float
    """Elements over the width of a ligament."""
    order: int
    mixed: bool = False
    """Whether its elements have a pressure of their own, and a bubble."""

    @property
    def period(self) -> Vectors:
        """The translations that the body repeats by, mm."""
        (a, _), (x, y) = self.vectors
        return (self.counts[0] * a, 0.0), (self.counts[1] * x, self.counts[1] * y)

    def mesh(self, refinement: float = 1.0) -> tuple[Mesh, MultiPointConstraints]:
        """Triangles with all sizes divided by `refinement`; raises as `mesh_cell`."""
        vectors = np.array(self.vectors)
        one = mesh_cell(vectors, self.outlines, self.size, self.order, across=self.across, refinement=refinement)
        made = repeated(*one, vectors, self.counts)
        return periodic_with_bubbles(*made) if self.mixed else made

    def moved(self, by: PeriodicMovement) -> Period:
        """The period of the moved outlines (host, concrete values)."""
        whole = self if all(by.repeats(np.array(vector)) for vector in self.vectors) else self.unrolled
        return replace(whole, outlines=moved_outlines(whole.outlines, partial(by.move, domain=None)))

    @property
    def unrolled(self) -> Period:
        """The same period as a single cell, whose pores need not be copies of each other."""
        outlines = repeated_outlines(self.outlines, self.vectors, self.counts)
        return replace(self, vectors=self.period, counts=(1, 1), outlines=outlines)

    def body(self, refinement: float, material: Any, thickness: Any) -> PeriodicSheet:
        """Remeshed, nothing moved."""
        return PeriodicSheet(self, self.mesh(refinement), material, thickness)


def repeated_outlines(outlines: Sequence[Outline], vectors: ArrayLike, counts: Sequence[int]) -> tuple[Outline, ...]:
    """Outlines of one cell in as many cells along both vectors (mm), row by row."""
    columns, rows = counts
    shifts = [np.array([i, j]) @ np.array(vectors) for j in range(rows) for i in range(columns)]
    return tuple(Outline(pore.points + shift, pore.corners) for shift in shifts for pore in outlines)


class PeriodicSheet(Sheet):
    """A period as meshed: a body of the form `periodic`, which has `constraints` between the nodes on opposite edges.

    Its `domain` is a rectangle as large as one period, pores included, wherever the mesher has laid it.
    """

    def __init__(self, region: Any, built: tuple[Mesh, MultiPointConstraints], material: Any, thickness: Any) -> None:
        mesh, constraints = built
        super().__init__(region=region, mesh=mesh, material=material, thickness=thickness)
        self.constraints = constraints

    @property
    def domain(self) -> Rectangle:
        """A rectangle of the area of one period, pores included, mm."""
        return self.mesh.domain

    def require_movable(self, by: Movement) -> None:
        """`FieldError` M0535 on `by` where the movement does not repeat as the cell does."""
        for vector in self.region.period:
            if not (isinstance(by, PeriodicMovement) and by.repeats(np.array(vector))):
                raise FieldError(
                    "by",
                    f"the cell repeats by ({vector[0]:.4g}, {vector[1]:.4g}) mm, and what moves it does not",
                    code="M0535",
                    help="give the generator the symmetry of the cell's shape",
                )

    def place(self, points: Array, by: Movement) -> Array:
        """Where the nodes at `points[node, 2]` are carried on the endless plane, mm; images stay images exactly."""
        constraints = self.constraints
        assert constraints is not None
        moved = carried(points[constraints.masters], by, None)
        return moved[constraints.points] + constraints.length * constraints.arms


class BuiltCell(NamedTuple):
    """What a cell makes once."""

    region: Any
    mesh: Mesh
    constraints: MultiPointConstraints
    first: int | None = None
    """First element of what fills the pores; None where nothing does."""


class Cell(PeriodicSheet):
    """`cells = [m, n]` cells of a tiled shape's group, along its first and second lattice vector, repeated without end.

    For centred groups the cell is the conventional one. `size`: element edge (mm), a fifth of the pores' spacing by default,
    smaller at ligaments that have less than `across` elements over their width. `thickness` in mm.

    Raises `FieldError`: M0533 where a cell cannot be made of these, M0534 where it would fall apart, M0643 where there
    are no mixed elements, and what `contact` refuses.
    """

    def __init__(
        self,
        *,
        shape: TiledShape,
        cells: Sequence[int],
        material: Any,
        order: int,
        size: float | None,
        across: float,
        thickness: Any,
        contact: Contact | None,
        element: str,
        built: BuiltCell | None = None,
    ) -> None:
        built = built or self.build(shape, cells, order, size, across, contact, element)
        material = body_material(material, element, contact, built.region, built.first)
        super().__init__(built.region, (built.mesh, built.constraints), material, thickness)

    @staticmethod
    def build(
        shape: TiledShape,
        cells: Sequence[int],
        order: int,
        size: float | None,
        across: float,
        contact: Contact | None,
        element: str,
    ) -> BuiltCell:
        """Lay and mesh the period (host, concrete values)."""
        group = lattice_of(shape)
        if len(cells) != 2 or not all(count == int(count) and count >= 1 for count in cells):
            raise FieldError("cells", "a cell repeats two whole numbers of cells, one along each vector", code="M0533")
        (a, _), (x, y) = group.basis.tolist()
        counts = (int(cells[0]), int(cells[1]))
        pores = tuple(Outline(pore.points, pore.corners) for pore in shape.pores)
        mixed = is_mixed(element, order, contact)
        region = Period(((a, 0.0), (x, y)), counts, pores, element_size(shape, size), across, order, mixed)
        try:
            return Cell.meshed(region if contact is None else contact.filled(region))
        except DisconnectedSheet as problem:
            raise FieldError("shape", problem.message, code="M0534", help=problem.remedy) from problem

    @staticmethod
    def meshed(region: Any) -> BuiltCell:
        """What `build` would give for another period (host only); raises as `mesh_cell`."""
        return BuiltCell(region, *region.mesh())


if TYPE_CHECKING:
    Satisfies[MeshBody](Cell)
    Satisfies[LoadableBody](Cell)
    Satisfies[Refinable](Cell)
    Satisfies[Enrichable](Cell)
    Satisfies[Filled](Cell)
    Satisfies[Meshable](Cell)
    Satisfies[Exported](Cell)
    Satisfies[ExportedUnderLoads](Cell)
