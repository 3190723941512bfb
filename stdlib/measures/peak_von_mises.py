"""The largest stress in beams."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.mechanical_response import BeamStressResponse
from metac.stdlib.measures.reading import read

if TYPE_CHECKING:
    from jax import Array

CASES = {"x": slice(0, 1), "y": slice(1, 2), "both": slice(0, 2)}


class PeakVonMises:
    """Largest stress at the ends of beams; `along` is x, y or both."""

    def __init__(self, *, of: Any, along: str) -> None:
        self.of, self.along = of, along

    @cached_property
    def value(self) -> Array:
        """MPa."""
        return read(self.of, BeamStressResponse, "stresses in beams").von_mises[CASES[self.along]].max()
