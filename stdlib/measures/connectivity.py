"""Whether the solid of a picture is connected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from metac.compiler.interfaces.cached_property import cached_property
from metac.runtime.grid.binary_images import SOLID, largest_piece
from metac.runtime.host_callback.call import call

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.measure import Measure
    from metac.compiler.interfaces.satisfies import Satisfies


class Connectivity:
    """Share of the solid pixels in the largest periodic piece."""

    def __init__(self, *, of: Any) -> None:
        self.of = of

    @cached_property
    def value(self) -> Array:
        """A number between 0 and 1, piecewise constant."""
        return on_solid("connectivity", largest_piece, self.of.density)


def on_solid(name: str, measure: Any, density: Array) -> Array:
    """A number that is read on the host from where a density is 1/2 or more; a constant for derivatives."""
    solid = jax.lax.stop_gradient(density) >= SOLID
    (value,) = call(f"picture, {name}", lambda picture: (measure(picture),), (jax.ShapeDtypeStruct((), np.float64),), solid)
    return value


if TYPE_CHECKING:
    Satisfies[Measure](Connectivity)
