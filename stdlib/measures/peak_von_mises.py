"""The largest stress in beams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.mechanical_response import BeamStressResponse, DirectedResponse, DrivenResponse
from metac.stdlib.boundaries.grips import AXES
from metac.stdlib.measures.reading import read

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.measure import Measure
    from metac.compiler.interfaces.satisfies import Satisfies

CASES = {"x": slice(0, 1), "y": slice(1, 2), "both": slice(0, 2)}


class PeakVonMises:
    """Largest stress at the ends of beams; `along` is x, y or both."""

    def __init__(self, *, of: Any, along: str) -> None:
        self.of, self.along = of, along

    @cached_property
    def value(self) -> Array:
        """MPa."""
        response = read(self.of, BeamStressResponse, "stresses in beams")
        if isinstance(response, DirectedResponse):
            return response.von_mises[CASES[self.along]].max()
        driven = response.driven if isinstance(response, DrivenResponse) else None
        if self.along != "both" and driven != (AXES[self.along], AXES[self.along]):
            message = f"this load does not pull along {self.along}"
            raise FieldError("along", message, code="M0523", help="leave out `along`: the stress is that of this load")
        return response.von_mises.max()


if TYPE_CHECKING:
    Satisfies[Measure](PeakVonMises)
