"""How much of its domain a body fills."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.body import Filled, Graded
from metac.compiler.interfaces.cached_property import cached_property
from metac.runtime.mesh.quality import area

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.measure import Measure
    from metac.compiler.interfaces.satisfies import Satisfies


class VolumeFraction:
    """Area of the unloaded body over the area of the rectangle that it stands in; of pixels, their mean density."""

    def __init__(self, *, of: Any) -> None:
        self.of = of

    @cached_property
    def value(self) -> Array:
        """A number between 0 and 1."""
        if isinstance(self.of, Graded):
            return self.of.density.mean()
        whole = self.of.domain.area
        solid = self.of.solid_part().body if isinstance(self.of, Filled) else self.of
        return area(solid.mesh, solid.coordinates) / whole


if TYPE_CHECKING:
    Satisfies[Measure](VolumeFraction)
