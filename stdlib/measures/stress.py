"""Nominal stress of a load along one axis."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from metac.compiler.interfaces.values import Curve

if TYPE_CHECKING:
    from metac.stdlib.loads.axial import AxiallyLoaded


class NominalStress:
    """Force along the load over undeformed width and thickness (Mirramezani et al., section 5).

    Positive where the body resists: pulling in tension, pushing in compression. The abscissa is the strain's
    magnitude, or how far it has gone where the load turns.
    """

    def __init__(self, of: AxiallyLoaded) -> None:
        self.of = of

    @cached_property
    def value(self) -> Curve:
        """`ordinate[increment]`, MPa, over `abscissa[increment]`, the applied strain."""
        return Curve(self.of.abscissa, self.of.sign * self.of.nominal_stress)
