"""What is read from a frame that is pulled along x and along y."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from jax import Array

    from metac.stdlib.loads.tension_cases import TensionCases

CASES = {"x": slice(0, 1), "y": slice(1, 2), "both": slice(0, 2)}


class _Pulled:
    case: ClassVar[int]

    def __init__(self, of: TensionCases) -> None:
        self.of = of


class ModulusAlongX(_Pulled):
    """E11."""

    case = 0

    @cached_property
    def value(self) -> Array:
        """MPa."""
        return self.of.response.modulus[self.case]


class ModulusAlongY(ModulusAlongX):
    """E22."""

    case = 1


class RatioAlongX(_Pulled):
    """ν12."""

    case = 0

    @cached_property
    def value(self) -> Array:
        """A number."""
        return self.of.response.ratio[self.case]


class RatioAlongY(RatioAlongX):
    """ν21."""

    case = 1


class PeakVonMises:
    """Largest stress at the ends of beams; `along` is x, y or both."""

    def __init__(self, of: TensionCases, along: str = "both") -> None:
        self.of, self.along = of, along

    @cached_property
    def value(self) -> Array:
        """MPa."""
        return self.of.response.von_mises[CASES[self.along]].max()
