"""Effective Poisson's ratio of a sheet under a uniaxial load."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from metac.runtime.fem.boundary import mean_on_straight_part

if TYPE_CHECKING:
    from jax import Array

    from metac.stdlib.loads.uniaxial import Uniaxial

MIDDLE = (0.25, 0.75)
"""The part of the free edges, of the distance of the grips, that is measured."""


class PoissonRatio:
    """−(lateral strain) / (axial strain) at the last increment (Mirramezani et al., ICLR 2025, eq. 7).

    The lateral strain is the difference of the mean sideways displacements of the middle halves of the two free edges, over
    the sheet's width. Negative for a sheet that widens when pulled.
    """

    def __init__(self, of: Uniaxial) -> None:
        self.of = of

    @cached_property
    def value(self) -> Array:
        """A number."""
        load = self.of
        body, response, domain = load.body, load.response, load.body.domain
        origin = domain.x0 if load.along == "x" else domain.y0
        lower, upper = (origin + share * load.length for share in MIDDLE)
        sideways = response.displacement[-1, :, 1 - load.axis]
        low, high = (
            mean_on_straight_part(body.mesh, body.coordinates, side, sideways, load.axis, lower, upper)
            for side in load.sides
        )
        return -(high - low) / load.width / response.strain[-1]
