"""Contact through a third medium (`runtime/fem/third_medium/`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.material import Material, StrainLimited
from metac.runtime.fem.third_medium.filled_law import FilledMaterial
from metac.stdlib.bodies.cell import Period
from metac.stdlib.contacts.filled_regions import FilledPeriod, FilledRegion

if TYPE_CHECKING:
    from metac.compiler.interfaces.contact import Contact
    from metac.compiler.interfaces.satisfies import Satisfies


class ThirdMedium:
    """`softness`: stiffness of the medium over that of the material; `regularisation`: in mean sizes of the pores."""

    def __init__(self, *, softness: Any, regularisation: Any) -> None:
        self.softness, self.regularisation = softness, regularisation

    def filled(self, region: Any) -> FilledRegion | FilledPeriod:
        """The region with elements in its pores; `FieldError` M0525 of the body on `order` or `shape`."""
        if region.order < 2:
            raise FieldError(
                "order",
                "contact through a third medium needs elements of second order: linear ones have no second gradient",
                code="M0525",
                help="set `order = 2`, or leave `order` out",
            )
        if not region.outlines:
            raise FieldError("shape", "this body has no pores that could close", code="M0525", help="leave `contact` out")
        return FilledPeriod(region) if isinstance(region, Period) else FilledRegion(region)

    def law(self, material: Material, region: FilledRegion | FilledPeriod, first: int) -> FilledMaterial:
        """The material with the medium; `FieldError` M0525 of the body on `material`."""
        if isinstance(material, StrainLimited) and material.strain == "small":
            raise FieldError(
                "material",
                "pores that close deform by large strains, and this material's law is for small ones",
                code="M0525",
                help="take a law for large strains, such as `neo_hookean`",
            )
        return FilledMaterial(material, first, self.softness, self.regularisation * region.pore_size)


if TYPE_CHECKING:
    Satisfies[Contact](ThirdMedium)
