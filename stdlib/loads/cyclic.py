"""Loading and unloading between two stiff grips, through strains at which the load turns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.core import Tracer

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.fem.path.warm_start import WarmStart, cold_start
from metac.stdlib.loads.axial import require_axis_and_steps
from metac.stdlib.loads.grips import Grips
from metac.stdlib.loads.uniaxial import Uniaxial


class Cyclic(Uniaxial):
    """The grip goes from one nominal strain to the next, from rest on, in `steps` equal increments each.

    Signs are those of tension: stresses are positive where the sheet pulls its grips together. Curves run over how far the
    strain has gone, Σ|Δε|, since the strain itself turns back.
    """

    sign = 1
    largest_strain = float("inf")

    def __init__(
        self, body: Any, strains: Sequence[Array | float], along: str = "y", steps: int = 10, clamp: str = "both"
    ) -> None:
        """As `Uniaxial`, with `strains` where the load turns, the last one its end; `FieldError` on `strains`."""
        require_axis_and_steps(along, steps)
        known = [float(strain) for strain in strains if not isinstance(strain, Tracer)]
        if not len(strains) or not all(np.isfinite(known)) or any(strain <= -1 for strain in known):
            raise FieldError("strains", "a load needs strains to go to, each more than −100 %")
        self.body, self.along, self.steps, self.start = body, along, steps, None
        self.turns = jnp.stack([jnp.asarray(strain, float) for strain in strains])
        self.grips = Grips(body, along, clamp)

    @property
    def rest(self) -> WarmStart:
        """Nothing is known to start from."""
        return cold_start(self.problem, self.steps * len(self.turns))

    @property
    def strains(self) -> Array:
        """`[increment]`: nominal strains along the axis."""
        legs = jnp.diff(self.turns, prepend=0.0)
        inside = np.linspace(0, 1, self.steps + 1)[1:]
        return (jnp.concatenate([jnp.zeros(1), self.turns[:-1]])[:, None] + legs[:, None] * inside).reshape(-1)

    @property
    def abscissa(self) -> Array:
        """`[increment]`: how far the strain has gone, both ways added up."""
        return jnp.cumsum(jnp.abs(jnp.diff(self.strains, prepend=0.0)))
