"""Nominal stress of a uniaxial load."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import jax.numpy as jnp

from metac.compiler.interfaces import Curve

if TYPE_CHECKING:
    from metac.stdlib.loads.uniaxial import Uniaxial


class NominalStress:
    """Reaction along the load at the clamped edge, over undeformed width and thickness (Mirramezani et al., section 5).

    Positive where the sheet resists: pulling in tension, pushing in compression. The abscissa is the strain's magnitude.
    """

    def __init__(self, of: Uniaxial) -> None:
        self.of = of

    @cached_property
    def value(self) -> Curve:
        """`ordinate[increment]`, MPa, over `abscissa[increment]`, the applied strain."""
        load = self.of
        response = load.response
        # The clamp pulls the sheet against the load's direction.
        resistance = -load.sign * response.reaction[:, load.clamped_nodes, load.axis].sum(axis=1)
        return Curve(jnp.abs(response.strain), resistance / (load.width * load.body.thickness))
