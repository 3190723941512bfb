"""Effective Poisson's ratio of a body under a load along one axis."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jax import Array

    from metac.stdlib.loads.axial import AxiallyLoaded


class PoissonRatio:
    """−(lateral strain) / (axial strain) at the last increment; negative for what widens when pulled.

    What the lateral strain is, the load says: that of the free edges' middle halves for a sheet between grips (Mirramezani
    et al., ICLR 2025, eq. 7), the macroscopic one for a periodic cell.
    """

    def __init__(self, of: AxiallyLoaded) -> None:
        self.of = of

    @cached_property
    def value(self) -> Array:
        """A number."""
        return -self.of.lateral_strain / self.of.response.strain[-1]
