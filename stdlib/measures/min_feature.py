"""How fine a picture is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.cached_property import cached_property
from metac.runtime.grid.binary_images import smallest_feature, smallest_gap
from metac.stdlib.measures.connectivity import on_solid

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.measure import Measure
    from metac.compiler.interfaces.satisfies import Satisfies


class MinFeature:
    """Of the solid or of the void; in pixels times the shorter side of a pixel."""

    def __init__(self, *, of: Any, phase: str) -> None:
        self.of, self.phase = of, phase

    @cached_property
    def value(self) -> Array:
        """mm, piecewise constant."""
        body = self.of
        pixel = min(body.width / body.columns, body.height / body.rows)
        measure = smallest_feature if self.phase == "solid" else smallest_gap
        return pixel * on_solid(f"min_feature, {self.phase}", measure, body.density)


if TYPE_CHECKING:
    Satisfies[Measure](MinFeature)
