"""A rectangular sheet without pores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.mesh.meshing import ACROSS
from metac.stdlib.bodies.region import Region
from metac.stdlib.bodies.sheet import Sheet
from metac.stdlib.bodies.specimen import BuiltSpecimen

if TYPE_CHECKING:
    from metac.compiler.interfaces.body import Enrichable, Filled, LoadableBody, Meshable, MeshBody, Refinable
    from metac.compiler.interfaces.drawing import Exported, ExportedUnderLoads
    from metac.compiler.interfaces.satisfies import Satisfies


PER_SIDE = 8
"""Elements along the shorter side where no size is given."""


class Coupon(Sheet):
    """`width` by `height` (mm), its lower left corner at the origin; `size`: element edge, mm."""

    def __init__(
        self,
        *,
        width: float,
        height: float,
        material: Any,
        order: int,
        size: float | None,
        thickness: Any,
        built: BuiltSpecimen | None = None,
    ) -> None:
        built = built or self.build(width, height, order, size)
        super().__init__(region=built.region, mesh=built.mesh, material=material, thickness=thickness)

    @staticmethod
    def build(width: float, height: float, order: int, size: float | None) -> BuiltSpecimen:
        """Mesh the sheet (host, concrete values)."""
        edge = min(width, height) / PER_SIDE if size is None else size
        return Coupon.meshed(Region(Rectangle(0.0, 0.0, width, height), (), edge, ACROSS, order))

    @staticmethod
    def meshed(region: Region) -> BuiltSpecimen:
        """What `build` would give for another region (host only); raises as `mesh_region`."""
        return BuiltSpecimen(region, region.mesh())


if TYPE_CHECKING:
    Satisfies[MeshBody](Coupon)
    Satisfies[LoadableBody](Coupon)
    Satisfies[Refinable](Coupon)
    Satisfies[Enrichable](Coupon)
    Satisfies[Filled](Coupon)
    Satisfies[Meshable](Coupon)
    Satisfies[Exported](Coupon)
    Satisfies[ExportedUnderLoads](Coupon)
