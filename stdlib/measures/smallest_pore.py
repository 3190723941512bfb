"""How small the pores of a meshed body are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.body import Filled, Repeating
from metac.compiler.interfaces.cached_property import cached_property
from metac.runtime.mesh.inscribed_circles import smallest_inscribed_diameter

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.measure import Measure
    from metac.compiler.interfaces.satisfies import Satisfies


class SmallestPore:
    """By the largest circle in each."""

    def __init__(self, *, of: Any) -> None:
        self.of = of.solid_part().body if isinstance(of, Filled) else of

    @cached_property
    def value(self) -> Array:
        """mm."""
        repeats = isinstance(self.of, Repeating)
        return smallest_inscribed_diameter(self.of.mesh, self.of.constraints if repeats else None, self.of.coordinates)


if TYPE_CHECKING:
    Satisfies[Measure](SmallestPore)
