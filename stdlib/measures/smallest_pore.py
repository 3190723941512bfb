"""How small the pores of a meshed body are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metac.compiler.interfaces.cached_property import cached_property
from metac.runtime.mesh.inscribed_circles import smallest_inscribed_diameter
from metac.stdlib.measures.solid_mesh import SolidMeshMeasure

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.measure import Measure
    from metac.compiler.interfaces.satisfies import Satisfies


class SmallestPore(SolidMeshMeasure):
    """By the largest circle in each."""

    @cached_property
    def value(self) -> Array:
        """mm."""
        return self.measured(smallest_inscribed_diameter)


if TYPE_CHECKING:
    Satisfies[Measure](SmallestPore)
