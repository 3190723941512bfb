"""Which elements a meshed body is made of: plain ones, or mixed ones with a pressure of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.material import StrainLimited
from metac.runtime.fem.constitutive_law import HistoryDependentLaw
from metac.runtime.fem.mixed.mixed_law import MixedMaterial, MixedPhases
from metac.runtime.fem.phased_law import PhasedMaterial
from metac.runtime.fem.plane_state import plane_state

if TYPE_CHECKING:
    from metac.compiler.interfaces.contact import Contact

MIXED = "mixed"
CODE = "M0643"


def is_mixed(element: str, order: int, contact: Any = None) -> bool:
    """Whether the mesh is of mixed elements; `FieldError` M0643 on `order` or `contact` where it cannot be."""
    if element != MIXED:
        return False
    if order < 2:
        raise FieldError(
            "order",
            "mixed elements are of second order: a linear triangle has too few displacements for a pressure of its own",
            code=CODE,
            help="set `order = 2`",
        )
    if contact is not None:
        raise FieldError(
            "contact",
            "contact through a third medium is not offered with mixed elements",
            code=CODE,
            help="leave `element` out: elements of second order do not lock as linear ones do",
        )
    return True


def body_material(
    material: Any, element: str, contact: Contact | None = None, region: Any = None, first: int | None = None
) -> Any:
    """The material of a body's elements: as mixed ones see it, and that of the third medium from element `first` on.

    Raises as `element_material`.
    """
    seen = element_material(material, element == MIXED)
    return seen if contact is None or first is None else contact.law(seen, region, first)


def element_material(material: Any, mixed: bool, field: str = "material") -> Any:
    """A material or phases as elements see them; `FieldError` M0643 on `field` where mixed ones have no use or no law."""
    if not mixed:
        return material
    several = isinstance(material, PhasedMaterial)
    given: Sequence[Any] = material.materials if several else (material,)
    for each in given:
        _require_mixed(each, field)
    strains = {each.strain if isinstance(each, StrainLimited) else "finite" for each in given}
    if len(strains) > 1:
        message = "one law is for small strains and another for large ones, and elements of both see different dilatations"
        raise FieldError(field, message, code=CODE, help="take laws for large strains, or leave `element` out")
    return MixedPhases(material.materials, material.phases) if several else MixedMaterial(material, strains.pop())


def _require_mixed(material: Any, field: str) -> None:
    """`FieldError` M0643 where mixed elements have no use for a material, or no law of it."""
    if plane_state(material) == "stress":
        raise FieldError(
            field,
            "in plane stress the thickness gives way, so that nothing locks, and a pressure of its own has no meaning",
            code=CODE,
            help="leave `element` out",
        )
    if isinstance(material.functions, HistoryDependentLaw):
        raise FieldError(
            field,
            "mixed elements are for elastic materials, and this one is history-dependent",
            code=CODE,
            help="leave `element` out",
        )
