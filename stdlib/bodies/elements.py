"""Which elements a meshed body is made of: plain ones, or mixed ones with a pressure of their own."""

from __future__ import annotations

from typing import Any

from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.material import StrainLimited
from metac.runtime.fem.constitutive_law import HistoryDependentLaw
from metac.runtime.fem.mixed.mixed_law import MixedMaterial
from metac.runtime.fem.plane_state import plane_state

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
            help="set `order = 2`, or leave `order` out",
        )
    if contact is not None:
        raise FieldError(
            "contact",
            "contact through a third medium is not offered with mixed elements",
            code=CODE,
            help="leave `element` out: elements of second order do not lock as linear ones do",
        )
    return True


def element_material(material: Any, mixed: bool) -> Any:
    """The material as its elements see it; `FieldError` M0643 on `material` where mixed ones have no use or no law."""
    if not mixed:
        return material
    if plane_state(material) == "stress":
        raise FieldError(
            "material",
            "in plane stress the thickness gives way, so that nothing locks, and a pressure of its own has no meaning",
            code=CODE,
            help="leave `element` out",
        )
    if isinstance(material.functions, HistoryDependentLaw):
        raise FieldError(
            "material",
            "mixed elements are for elastic materials, and this one remembers how it was loaded",
            code=CODE,
            help="leave `element` out",
        )
    given: Any = material
    strain = given.strain if isinstance(material, StrainLimited) else "finite"
    return MixedMaterial(given, strain)
