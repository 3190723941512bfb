"""Several materials in one body."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metac.runtime.fem.constitutive_law import HistoryDependentLaw
from metac.runtime.fem.phased_law import PhasedMaterial
from metac.runtime.fem.plane_state import plane_state
from metac.stdlib.bodies.composition import require_one_history, require_one_plane_state


def phased(materials: Sequence[Any], phases: NDArray[np.int32], field: str = "materials") -> Any:
    """The law where element n is of material `phases[n]`; `FieldError` M0565 on `field` for mixtures that cannot be."""
    if len(materials) == 1:
        return materials[0]
    require_one_plane_state({plane_state(each) for each in materials}, field)
    laws = {each.functions for each in materials}
    require_one_history(len(laws), any(isinstance(law, HistoryDependentLaw) for law in laws), field)
    return PhasedMaterial(tuple(materials), phases)
