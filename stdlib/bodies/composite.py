"""Sheets and periods with inclusions of other materials."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.geometry import Movement, PeriodicMovement
from metac.compiler.interfaces.shape import TiledShape
from metac.runtime.geometry.outline import Outline
from metac.runtime.geometry.sheet import DisconnectedSheet
from metac.runtime.mesh.bubbles import periodic_with_bubbles, with_bubbles
from metac.runtime.mesh.composite_meshing import CompositeMesh, Outlines, mesh_composite, mesh_composite_cell
from metac.stdlib.bodies.cell import PeriodicSheet, Vectors, repeated_outlines
from metac.stdlib.bodies.composition import require_apart, require_fillings, shapes_of
from metac.stdlib.bodies.elements import element_material, is_mixed
from metac.stdlib.bodies.phases import phased
from metac.stdlib.bodies.region import moved_outlines
from metac.stdlib.bodies.sheet import Sheet
from metac.stdlib.bodies.whole_cells import ELEMENTS_PER_PORE, lattice_of, whole_cells

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.body import Enrichable, Filled, LoadableBody, Meshable, MeshBody, Refinable
    from metac.compiler.interfaces.drawing import Exported, ExportedUnderLoads
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.runtime.fem.assembly.constraints import MultiPointConstraints
    from metac.runtime.geometry.rectangle import Rectangle
    from metac.runtime.mesh.mesh import Mesh


@dataclass(frozen=True)
class CompositeRegion:
    """What is meshed: pores and inclusions in a rectangle, and how finely."""

    domain: Rectangle
    outlines: Outlines
    size: float
    """Element edge, mm."""
    across: float
    order: int
    mixed: bool = False
    """Whether its elements have a pressure of their own, and a bubble."""

    def mesh(self, refinement: float = 1.0) -> CompositeMesh:
        """Triangles with all sizes divided by `refinement`; raises as `mesh_composite`."""
        made = mesh_composite(self.domain, self.outlines, self.size, self.order, across=self.across, refinement=refinement)
        return made._replace(mesh=with_bubbles(made.mesh)) if self.mixed else made

    def moved(self, by: Movement) -> CompositeRegion:
        """The region between the moved outlines (host, concrete values)."""
        return replace(self, outlines=_moved(self.outlines, partial(by.move, domain=self.domain)))

    def body(self, refinement: float, material: Any, thickness: Any) -> Sheet:
        """Remeshed, nothing moved."""
        mesh, phases = self.mesh(refinement)
        return Sheet(region=self, mesh=mesh, material=_laid_out(material, phases), thickness=thickness)


@dataclass(frozen=True)
class CompositePeriod:
    """The same of a period, whose outlines repeat by its two vectors."""

    period: Vectors
    outlines: Outlines
    size: float
    across: float
    order: int
    mixed: bool = False

    def mesh(self, refinement: float = 1.0) -> tuple[CompositeMesh, MultiPointConstraints]:
        """Triangles with all sizes divided by `refinement`; raises as `mesh_composite_cell`."""
        made, constraints = mesh_composite_cell(
            np.array(self.period), self.outlines, self.size, self.order, across=self.across, refinement=refinement
        )
        if not self.mixed:
            return made, constraints
        mesh, constraints = periodic_with_bubbles(made.mesh, constraints)
        return made._replace(mesh=mesh), constraints

    def moved(self, by: PeriodicMovement) -> CompositePeriod:
        """The period of the moved outlines (host, concrete values)."""
        return replace(self, outlines=_moved(self.outlines, partial(by.move, domain=None)))

    def body(self, refinement: float, material: Any, thickness: Any) -> PeriodicSheet:
        """Remeshed, nothing moved."""
        (mesh, phases), constraints = self.mesh(refinement)
        return PeriodicSheet(self, (mesh, constraints), _laid_out(material, phases), thickness)


class BuiltComposite(NamedTuple):
    """What a composite makes once."""

    region: Any
    mesh: Mesh
    phases: NDArray[np.int32]
    constraints: MultiPointConstraints | None = None


class Composite(Sheet):
    """Fields as in `composite.meta`, lengths in mm; cells count as those of a `specimen`.

    Raises `FieldError`: M0533 where a sheet cannot be made of these cells, M0565 where the materials do not go together,
    M0568 where inclusions, pores and fillings do not, M0643 where there are no mixed elements.
    """

    def __init__(
        self,
        *,
        inclusions: Sequence[TiledShape],
        fillings: Sequence[Any],
        material: Any,
        pores: TiledShape | None,
        cells: Sequence[float],
        order: int,
        size: float | None,
        across: float,
        thickness: Any,
        element: str,
        built: BuiltComposite | None = None,
    ) -> None:
        built = built or self.build(inclusions, pores, cells, order, size, across, element)
        law = _law(material, fillings, inclusions, built)
        super().__init__(region=built.region, mesh=built.mesh, material=law, thickness=thickness)

    @staticmethod
    def build(
        inclusions: Sequence[TiledShape],
        pores: TiledShape | None,
        cells: Sequence[float],
        order: int,
        size: float | None,
        across: float,
        element: str,
    ) -> BuiltComposite:
        """Cut, divide and mesh the sheet (host, concrete values)."""
        shapes = shapes_of(inclusions, pores)
        domain = whole_cells(shapes[0], cells)
        groups = [tuple(shape.outlines(domain)) for shape in shapes]
        outlines = _outlines(groups, pores is not None)
        return _meshed(CompositeRegion(domain, outlines, _size(shapes, size), across, order, is_mixed(element, order)))

    @staticmethod
    def meshed(region: CompositeRegion) -> BuiltComposite:
        """What `build` would give for another region (host only); raises as `mesh_composite`."""
        return BuiltComposite(region, *region.mesh())


class CompositeCell(PeriodicSheet):
    """Fields as in `composite_cell.meta`, lengths in mm; raises as `Composite`."""

    def __init__(
        self,
        *,
        inclusions: Sequence[TiledShape],
        fillings: Sequence[Any],
        material: Any,
        pores: TiledShape | None,
        cells: Sequence[int],
        order: int,
        size: float | None,
        across: float,
        thickness: Any,
        element: str,
        built: BuiltComposite | None = None,
    ) -> None:
        built = built or self.build(inclusions, pores, cells, order, size, across, element)
        law = _law(material, fillings, inclusions, built)
        assert built.constraints is not None
        super().__init__(built.region, (built.mesh, built.constraints), law, thickness)

    @staticmethod
    def build(
        inclusions: Sequence[TiledShape],
        pores: TiledShape | None,
        cells: Sequence[int],
        order: int,
        size: float | None,
        across: float,
        element: str,
    ) -> BuiltComposite:
        """Lay and mesh the period (host, concrete values)."""
        shapes = shapes_of(inclusions, pores)
        columns, rows = cells
        basis = np.asarray(lattice_of(shapes[0]).basis, float)
        groups = [repeated_outlines(shape.pores, basis, cells) for shape in shapes]
        (a, _), (x, y) = basis.tolist()
        period = ((columns * a, 0.0), (rows * x, rows * y))
        outlines = _outlines(groups, pores is not None)
        return _meshed(CompositePeriod(period, outlines, _size(shapes, size), across, order, is_mixed(element, order)))

    @staticmethod
    def meshed(region: CompositePeriod) -> BuiltComposite:
        """What `build` would give for another region (host only); raises as `mesh_composite_cell`."""
        (mesh, phases), constraints = region.mesh()
        return BuiltComposite(region, mesh, phases, constraints)


def _meshed(region: CompositeRegion | CompositePeriod) -> BuiltComposite:
    make: Any = Composite.meshed if isinstance(region, CompositeRegion) else CompositeCell.meshed
    try:
        return make(region)
    except DisconnectedSheet as problem:
        raise FieldError(
            "inclusions",
            "the material around the inclusions and pores falls into pieces",
            code="M0568",
            help="make them smaller, or choose other `cells` so that the edges cut them elsewhere",
        ) from problem


def _outlines(groups: Sequence[Sequence[Outline]], with_pores: bool) -> Outlines:
    """Groups of outlines, the pores last; `FieldError` M0568 where one meets those of another group."""
    require_apart(groups, with_pores)
    *inclusions, last = (tuple(group) for group in groups)
    return Outlines(last, tuple(inclusions)) if with_pores else Outlines((), (*inclusions, last))


def _size(shapes: Sequence[TiledShape], size: float | None) -> float:
    count = sum(len(shape.pores) for shape in shapes)
    return math.sqrt(shapes[0].symmetry.area / count) / ELEMENTS_PER_PORE if size is None else size


def _law(material: Any, fillings: Sequence[Any], inclusions: Sequence[Any], built: BuiltComposite) -> Any:
    require_fillings(fillings, inclusions)
    return element_material(phased((material, *fillings), built.phases, "fillings"), built.region.mixed, "fillings")


def _moved(outlines: Outlines, move: Callable[[Array], Array]) -> Outlines:
    moved = iter(moved_outlines(outlines.all, move))
    pores = tuple(next(moved) for _ in outlines.pores)
    return Outlines(pores, tuple(tuple(next(moved) for _ in group) for group in outlines.inclusions))


def _laid_out(material: Any, phases: NDArray[np.int32]) -> Any:
    """The law on the elements of another mesh."""
    return material.laid_out(phases)


if TYPE_CHECKING:
    Satisfies[MeshBody](Composite, CompositeCell)
    Satisfies[LoadableBody](Composite, CompositeCell)
    Satisfies[Refinable](Composite, CompositeCell)
    Satisfies[Enrichable](Composite, CompositeCell)
    Satisfies[Filled](Composite, CompositeCell)
    Satisfies[Meshable](Composite, CompositeCell)
    Satisfies[Exported](Composite, CompositeCell)
    Satisfies[ExportedUnderLoads](Composite, CompositeCell)
