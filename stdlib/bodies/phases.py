"""Several materials in one body."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.fem.constitutive_law import HistoryDependentLaw
from metac.runtime.fem.phased_law import PhasedMaterial


def phased(materials: Sequence[Any], phases: NDArray[np.int32], field: str = "materials") -> Any:
    """The law where element n is of material `phases[n]`; `FieldError` M0565 on `field` for mixtures that cannot be."""
    if len(materials) == 1:
        return materials[0]
    states = sorted({plane_state(each) for each in materials})
    if len(states) > 1:
        raise FieldError(
            field,
            "one material is in plane stress, another in plane strain: a body is thin or thick as a whole",
            code="M0565",
            help="laws without a field `plane` are in plane strain; give the others `plane = strain`",
        )
    laws = {each.functions for each in materials}
    if len(laws) > 1 and any(isinstance(law, HistoryDependentLaw) for law in laws):
        raise FieldError(
            field,
            "a material that remembers how it was loaded goes only with materials of the same law",
            code="M0565",
            help="an elastic part may be of the same law, with a yield stress that is never reached",
        )
    return PhasedMaterial(tuple(materials), phases)


def plane_state(material: Any) -> str:
    """`stress` or `strain`: what a law, as written with its fields, takes a plane body to be in."""
    return getattr(material, "fields", {}).get("plane", "strain")
