"""How far the edges of a sheet move under a uniaxial load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.mechanical_response import MeanFieldResponse
from metac.compiler.interfaces.values import Curve
from metac.runtime.fem.assembly.boundary import mean_on_straight_part
from metac.stdlib.measures.reading import MeshedInDomain, read

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.measure import Measure
    from metac.compiler.interfaces.satisfies import Satisfies

MIDDLE = (0.25, 0.75)
"""The part of an edge, of its length, that is measured."""
NORMAL_AXES = {"left": 0, "right": 0, "bottom": 1, "top": 1}


class EdgeDisplacement:
    """Mean displacement across the middle half of an edge, along the coordinate axis that is normal to it.

    The line integrals that the effective Poisson's ratio is made of (Mirramezani et al., ICLR 2025, eq. 7), one side at a
    time and at every increment. Positive along the axis: a sheet shrinks where the left edge's is positive and the right
    edge's negative.
    """

    def __init__(self, *, of: Any, side: str) -> None:
        self.of, self.side = of, side

    @cached_property
    def value(self) -> Curve:
        """`ordinate[increment]`, mm, over `abscissa[increment]`, the applied strain."""
        body = self.of.body
        if not isinstance(body, MeshedInDomain) or not len(body.mesh.facets.get(self.side, ())):
            raise FieldError("of", f"the body of this load has no {self.side} edge", code="M0523")
        domain = body.domain
        axis = NORMAL_AXES[self.side]
        origin, length = (domain.y0, domain.height) if axis == 0 else (domain.x0, domain.width)
        lower, upper = (origin + share * length for share in MIDDLE)

        def mean(displacement: Array) -> Array:
            across = displacement[:, axis]
            return mean_on_straight_part(body.mesh, body.coordinates, self.side, across, 1 - axis, lower, upper)

        response = read(self.of, MeanFieldResponse, "displacements of edges")
        return Curve(response.abscissa, jax.vmap(mean)(response.displacement))


if TYPE_CHECKING:
    Satisfies[Measure](EdgeDisplacement)
