"""Regions whose pores are meshed too: those of a sheet, and of a period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

import numpy as np

from metac.runtime.mesh.composite_meshing import Outlines, mesh_composite, mesh_composite_cell
from metac.runtime.mesh.filled_meshing import filled
from metac.stdlib.bodies.cell import Period, PeriodicSheet
from metac.stdlib.bodies.region import Region
from metac.stdlib.bodies.sheet import Sheet

if TYPE_CHECKING:
    from typing import Any

    from metac.compiler.interfaces.geometry import Movement, PeriodicMovement
    from metac.runtime.fem.assembly.constraints import MultiPointConstraints
    from metac.runtime.fem.third_medium.filled_law import FilledMaterial
    from metac.runtime.geometry.rectangle import Rectangle
    from metac.runtime.mesh.mesh import Mesh
    from metac.stdlib.bodies.cell import Vectors


class FilledSheetMesh(NamedTuple):
    """A mesh of the whole rectangle; its facets are those of the solid."""

    mesh: Mesh
    first: int
    """First element of the filling."""


class FilledPeriodMesh(NamedTuple):
    """The same of a period."""

    mesh: Mesh
    constraints: MultiPointConstraints
    first: int


Solid = TypeVar("Solid", Region, Period)


@dataclass(frozen=True)
class WithFilledPores(Generic[Solid]):
    """What is meshed where pores are meshed too."""

    solid: Solid
    """What is around the pores."""

    @property
    def order(self) -> int:
        """Of the elements: 2."""
        return self.solid.order

    @property
    def pore_size(self) -> float:
        """Mean size of the pores, mm."""
        return float(np.sqrt(np.mean([outline.area for outline in self.solid.outlines])))


@dataclass(frozen=True)
class FilledRegion(WithFilledPores[Region]):
    """A rectangle with pores, all of it meshed."""

    @property
    def domain(self) -> Rectangle:
        """The rectangle, mm."""
        return self.solid.domain

    def mesh(self, refinement: float = 1.0) -> FilledSheetMesh:
        """Triangles with all sizes divided by `refinement`; raises as `mesh_composite`."""
        solid, outlines = self.solid, Outlines((), (self.solid.outlines,))
        made = mesh_composite(solid.domain, outlines, solid.size, solid.order, across=solid.across, refinement=refinement)
        return FilledSheetMesh(*filled(made))

    def moved(self, by: Movement) -> FilledRegion:
        """The region between the moved outlines (host, concrete values)."""
        return FilledRegion(self.solid.moved(by))

    def body(self, refinement: float, material: FilledMaterial, thickness: Any) -> Sheet:
        """Remeshed, nothing moved."""
        mesh, first = self.mesh(refinement)
        return Sheet(region=self, mesh=mesh, material=material.laid_out(first), thickness=thickness)


@dataclass(frozen=True)
class FilledPeriod(WithFilledPores[Period]):
    """A period with pores, all of it meshed."""

    @property
    def period(self) -> Vectors:
        """The translations that the body repeats by, mm."""
        return self.solid.period

    def mesh(self, refinement: float = 1.0) -> FilledPeriodMesh:
        """Triangles with all sizes divided by `refinement`; raises as `mesh_composite_cell`."""
        whole = self.solid.unrolled
        made, constraints = mesh_composite_cell(
            np.array(whole.period),
            Outlines((), (whole.outlines,)),
            whole.size,
            whole.order,
            across=whole.across,
            refinement=refinement,
        )
        mesh, first = filled(made)
        return FilledPeriodMesh(mesh, constraints, first)

    def moved(self, by: PeriodicMovement) -> FilledPeriod:
        """The period of the moved outlines (host, concrete values)."""
        return FilledPeriod(self.solid.moved(by))

    def body(self, refinement: float, material: FilledMaterial, thickness: Any) -> PeriodicSheet:
        """Remeshed, nothing moved."""
        mesh, constraints, first = self.mesh(refinement)
        return PeriodicSheet(self, (mesh, constraints), material.laid_out(first), thickness)
