"""How thin a meshed body is at its thinnest place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metac.compiler.interfaces.cached_property import cached_property
from metac.runtime.mesh.ligaments import smallest_ligament
from metac.stdlib.measures.solid_mesh import SolidMeshMeasure

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.measure import Measure
    from metac.compiler.interfaces.satisfies import Satisfies


class SmallestLigament(SolidMeshMeasure):
    """Between two outlines."""

    @cached_property
    def value(self) -> Array:
        """mm."""
        return self.measured(smallest_ligament)


if TYPE_CHECKING:
    Satisfies[Measure](SmallestLigament)
