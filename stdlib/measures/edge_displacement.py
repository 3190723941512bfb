"""How far the edges of a sheet move under a uniaxial load."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp

from metac.compiler.interfaces.values import Curve
from metac.runtime.fem.assembly.boundary import mean_on_straight_part

if TYPE_CHECKING:
    from jax import Array

    from metac.stdlib.loads.uniaxial import Uniaxial

MIDDLE = (0.25, 0.75)
"""The part of an edge, of its length, that is measured."""
NORMAL_AXES = {"left": 0, "right": 0, "bottom": 1, "top": 1}


class EdgeDisplacement:
    """Mean displacement across the middle half of an edge, along the coordinate axis that is normal to it.

    The line integrals that the effective Poisson's ratio is made of (Mirramezani et al., ICLR 2025, eq. 7), one side at a
    time and at every increment. Positive along the axis: a sheet shrinks where the left edge's is positive and the right
    edge's negative.
    """

    def __init__(self, of: Uniaxial, side: str) -> None:
        self.of, self.side = of, side

    @cached_property
    def value(self) -> Curve:
        """`ordinate[increment]`, mm, over `abscissa[increment]`, the applied strain."""
        body, domain = self.of.body, self.of.body.domain
        axis = NORMAL_AXES[self.side]
        origin, length = (domain.y0, domain.height) if axis == 0 else (domain.x0, domain.width)
        lower, upper = (origin + share * length for share in MIDDLE)

        def mean(displacement: Array) -> Array:
            across = displacement[:, axis]
            return mean_on_straight_part(body.mesh, body.coordinates, self.side, across, 1 - axis, lower, upper)

        response = self.of.response
        return Curve(jnp.abs(response.strain), jax.vmap(mean)(response.displacement))
