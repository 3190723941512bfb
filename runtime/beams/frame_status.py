"""How the solves of a frame went: filled inside `jit`, judged on the host."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jax import Array
from jaxtyping import Float

from metac.runtime.array_records import array_record
from metac.runtime.errors import NotConverged, NotFinite, RuntimeFailure
from metac.runtime.fem.status import LINEAR_TOLERANCE

SAME_PLACE = 1e-9
"""Distance of a node from the image of the opposite one, over the period, that is rounding."""
UNBALANCED = 1e-2
"""Relative residuals above this are those of forces that nothing resists, not of an inaccurate solve."""


class NotRepeating(RuntimeFailure):
    """A frame that cannot be endless as it is drawn, or that falls apart where it is."""

    of_geometry = True


@array_record
@dataclass(frozen=True)
class FrameStatus:
    """Of linear solves, one a load."""

    residual: Float[Array, " case"]
    """`[case]`: recomputed relative residual of each solve; infinite where there is no solution."""
    finite: Array
    """bool: what was computed has a value."""
    mismatch: Array | float = 0.0
    """Of an endless frame: largest distance of a node from the image of its opposite one, over the period."""
    resists: Array | bool = True
    """bool: of an endless frame, whether it resists every mean strain."""

    @property
    def ok(self) -> Array:
        """bool: every solve is accurate, everything finite, what is to repeat repeats and holds together."""
        accurate = self.finite & (self.residual <= LINEAR_TOLERANCE).all()
        return accurate & (self.mismatch <= SAME_PLACE) & self.resists

    def failure(self, name: str = "the load") -> RuntimeFailure | None:
        """The first failure that a concrete status shows, or None."""
        residual = np.asarray(self.residual)
        if not float(self.mismatch) <= SAME_PLACE:
            message = (
                f"{name}: nodes on opposite sides are no images of each other, by {float(self.mismatch):.1e} of the period"
            )
            return NotRepeating(message, remedy="leave nodes on the sides in their places, or move both of a pair alike")
        if not bool(self.resists):
            message = f"{name}: the endless frame falls apart or is a mechanism: it does not resist every mean strain"
            return NotRepeating(message, remedy="draw beams that join each cell with its neighbours along x and along y")
        if not (residual <= LINEAR_TOLERANCE).all():
            worst = int(np.argmax(np.where(np.isnan(residual), np.inf, residual)))
            message = f"{name}: the solve for case {worst + 1} is off by {residual[worst]:.1e} (relative residual)"
            if not residual[worst] <= UNBALANCED:
                message += ": a force acts where the frame can move without resistance"
            return NotConverged(message, increment=1, residual=float(residual[worst]))
        if not bool(self.finite):
            return NotFinite(f"{name}: a stiffness or a Poisson's ratio is not a finite number", increment=1)
        return None

    def instability(self, name: str = "the load") -> None:
        """None: linear equilibria are stable."""
