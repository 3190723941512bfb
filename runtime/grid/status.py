"""How the linear solves on a grid went: filled inside `jit`, judged on the host."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from jax import Array
from jaxtyping import Float

from metac.runtime.array_records import array_record
from metac.runtime.errors import NotConverged, NotFinite, RuntimeFailure
from metac.runtime.fem.status import LINEAR_TOLERANCE

DENSITY_SLACK = 1e-6
"""How far densities may lie outside of 0 .. 1 by rounding."""


@array_record
@dataclass(frozen=True)
class LinearStatus:
    """Of one factorisation for several right sides."""

    residual: Float[Array, " case"]
    """`[case]`: recomputed relative residual of each solve; infinite where there is no solution."""
    finite: Array
    """bool: what was worked out has a value."""
    least_density: Array
    """Smallest density of a pixel."""
    largest_density: Array
    """Largest density of a pixel."""
    subject: str = field(default="the period", metadata={"static": True})
    """What the matrix is of."""

    @property
    def ok(self) -> Array:
        """bool: every solve is accurate, everything finite, every density between 0 and 1."""
        inside = (self.least_density >= -DENSITY_SLACK) & (self.largest_density <= 1 + DENSITY_SLACK)
        return self.finite & (self.residual <= LINEAR_TOLERANCE).all() & inside

    def failure(self, name: str = "the load") -> RuntimeFailure | None:
        """The first failure that a concrete status reports, or None."""
        least, largest, residual = float(self.least_density), float(self.largest_density), np.asarray(self.residual)
        if np.isnan(least) or np.isnan(largest):
            return NotFinite(f"{name}: a density is not a number", increment=1)
        if least < -DENSITY_SLACK or largest > 1 + DENSITY_SLACK:
            return DensityOutside(f"{name}: densities must lie between 0 and 1, found {least:.4g} to {largest:.4g}")
        if not np.isfinite(residual).all():
            return SingularCell(f"{name}: the stiffness matrix of {self.subject} is singular")
        if not (residual <= LINEAR_TOLERANCE).all():
            worst = int(np.argmax(residual))
            message = f"{name}: the solve for strain case {worst + 1} is off by {residual[worst]:.1e} (relative residual)"
            return NotConverged(message, increment=1, residual=float(residual[worst]))
        if not bool(self.finite):
            return NotFinite(f"{name}: the effective stiffness is not a finite number", increment=1)
        return None

    def instability(self, name: str = "the load") -> None:
        """None: linear equilibria are stable."""


class DensityOutside(RuntimeFailure):
    """A density below 0 or above 1."""

    def __init__(self, message: str) -> None:
        super().__init__(message, remedy="keep densities in range with `project(…, sharpness)` or `clamp`")


class SingularCell(RuntimeFailure):
    """The matrix has no inverse: part of the grid has no stiffness."""

    def __init__(self, message: str) -> None:
        super().__init__(message, remedy="give the soft phase some stiffness, a millionth of the stiff one's say")
