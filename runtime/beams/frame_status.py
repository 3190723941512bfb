"""How the solves of a frame went: filled inside `jit`, judged on the host."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import numpy as np
from jax import Array

from metac.runtime.errors import NotConverged, NotFinite, RuntimeFailure
from metac.runtime.fem.status import LINEAR_TOLERANCE


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class FrameStatus:
    """Of linear solves, one a load."""

    residual: Array
    """`[case]`: recomputed relative residual of each solve; infinite where there is no solution."""
    finite: Array
    """bool: what was worked out has a value."""

    @property
    def ok(self) -> Array:
        """bool: every solve is accurate, everything finite."""
        return self.finite & (self.residual <= LINEAR_TOLERANCE).all()

    def failure(self, name: str = "the load") -> RuntimeFailure | None:
        """The first failure that a concrete status tells of, or None."""
        residual = np.asarray(self.residual)
        if not (residual <= LINEAR_TOLERANCE).all():
            worst = int(np.argmax(np.where(np.isnan(residual), np.inf, residual)))
            message = f"{name}: the solve for case {worst + 1} is off by {residual[worst]:.1e} (relative residual)"
            return NotConverged(message, increment=1, residual=float(residual[worst]))
        if not bool(self.finite):
            return NotFinite(f"{name}: a stiffness or a Poisson's ratio is not a finite number", increment=1)
        return None

    def instability(self, name: str = "the load") -> None:
        """None: linear equilibria are stable."""
