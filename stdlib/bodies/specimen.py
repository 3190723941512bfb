"""Rectangular sheets of whole cells of a tiled shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.shape import TiledShape
from metac.runtime.geometry.sheet import DisconnectedSheet
from metac.runtime.mesh.mesh import Mesh
from metac.stdlib.bodies.elements import body_material, is_mixed
from metac.stdlib.bodies.region import Region
from metac.stdlib.bodies.sheet import Sheet
from metac.stdlib.bodies.whole_cells import element_size, whole_cells

if TYPE_CHECKING:
    from metac.compiler.interfaces.body import Enrichable, Filled, LoadableBody, Meshable, MeshBody, Refinable
    from metac.compiler.interfaces.contact import Contact
    from metac.compiler.interfaces.drawing import Exported, ExportedUnderLoads
    from metac.compiler.interfaces.satisfies import Satisfies


@dataclass(frozen=True)
class BuiltSpecimen:
    """What a specimen makes once."""

    region: Any
    mesh: Mesh
    first: int | None = None
    """First element of what fills the pores; None where nothing does."""


class Specimen(Sheet):
    """A rectangular sheet of whole cells of a tiled shape.

    `cells = [nx, ny]`: the sheet is `nx |b1|` wide and `ny` lattice rows high, a row being the height of the cell over b1:
    `a` by `a` for square cells, `a` by `a √3/2` for hexagonal ones, `a` by `b sin(angle)` for oblique ones. For whole
    numbers it thus holds the area and the pores of `nx ny` cells; fractions of cells are allowed. The origin of the group is
    its lower left corner; pores that reach over the edge are cut. `size`: element edge (mm), a fifth of the pores' spacing
    by default, smaller at ligaments that have less than `across` elements over their width. `thickness` in mm.

    Raises `FieldError`: M0533 where a sheet cannot be made of these cells, M0534 where it would fall apart, M0643 where
    there are no mixed elements, and what `contact` refuses.
    """

    def __init__(
        self,
        *,
        shape: TiledShape,
        cells: Sequence[float],
        material: Any,
        order: int,
        size: float | None,
        across: float,
        thickness: Any,
        contact: Contact | None,
        element: str,
        built: BuiltSpecimen | None = None,
    ) -> None:
        built = built or self.build(shape, cells, order, size, across, contact, element)
        material = body_material(material, element, contact, built.region, built.first)
        super().__init__(region=built.region, mesh=built.mesh, material=material, thickness=thickness)

    @staticmethod
    def build(
        shape: TiledShape,
        cells: Sequence[float],
        order: int,
        size: float | None,
        across: float,
        contact: Contact | None,
        element: str,
    ) -> BuiltSpecimen:
        """Cut and mesh the sheet (host, concrete values)."""
        domain = whole_cells(shape, cells)
        size = element_size(shape, size)
        mixed = is_mixed(element, order, contact)
        region = Region(domain, tuple(shape.outlines(domain)), size, across, order, mixed)
        try:
            return Specimen.meshed(region if contact is None else contact.filled(region))
        except DisconnectedSheet as problem:
            raise FieldError("shape", problem.message, code="M0534", help=problem.remedy) from problem

    @staticmethod
    def meshed(region: Any) -> BuiltSpecimen:
        """What `build` would give for another region (host only); raises as `mesh_region`."""
        made = region.mesh()
        return BuiltSpecimen(region, made) if isinstance(made, Mesh) else BuiltSpecimen(region, *made)


if TYPE_CHECKING:
    Satisfies[LoadableBody](Specimen)
    Satisfies[Refinable](Specimen)
    Satisfies[Enrichable](Specimen)
    Satisfies[Filled](Specimen)
    Satisfies[Meshable](Specimen)
    Satisfies[Exported](Specimen)
    Satisfies[ExportedUnderLoads](Specimen)
    Satisfies[MeshBody](Specimen)
