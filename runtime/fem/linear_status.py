"""How linear solves of a mesh went: filled inside `jit`, judged on the host."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jax import Array
from jaxtyping import Float

from metac.runtime.array_records import array_record
from metac.runtime.errors import InvertedElement, NotConverged, NotFinite, RuntimeFailure
from metac.runtime.fem.equilibrium.problem import smallest
from metac.runtime.fem.status import LINEAR_TOLERANCE


@array_record
@dataclass(frozen=True)
class LinearMeshStatus:
    """Of one factorisation for several right sides."""

    residual: Float[Array, " case"]
    """`[case]`: recomputed relative residual of each solve; infinite where there is no solution."""
    finite: Array
    """bool: what was worked out has a value."""
    reference_jacobian: Float[Array, ""]
    """Smallest det(dx/dX) of the moved against the meshed geometry; not positive: inverted."""
    reference_jacobian_element: Array
    """int: the element of `reference_jacobian`."""

    @classmethod
    def of(cls, residual: Float[Array, " case"], finite: Array, ratios: Float[Array, "point element"]) -> LinearMeshStatus:
        """The status of solves on a mesh with `ratios` det(dx/dX) of the moved against the meshed geometry."""
        least = smallest(ratios)
        return cls(residual, finite, least.value, least.element)

    @property
    def ok(self) -> Array:
        """bool: every solve is accurate, everything finite and the right way round."""
        return self.finite & (self.residual <= LINEAR_TOLERANCE).all() & (self.reference_jacobian > 0)

    def failure(self, name: str = "the load") -> RuntimeFailure | None:
        """The first failure that a concrete status shows, or None."""
        jacobian, element = float(self.reference_jacobian), int(self.reference_jacobian_element)
        if not jacobian > 0 and not np.isnan(jacobian):
            message = f"{name}: element {element} is inverted before any load (Jacobian ratio {jacobian:.3g})"
            return InvertedElement(message, where="reference", element=element, step=0)
        residual = np.asarray(self.residual)
        if np.isnan(jacobian) or (np.isfinite(residual).all() and not bool(self.finite)):
            return NotFinite(f"{name}: what was worked out is not a finite number", increment=1)
        if not (residual <= LINEAR_TOLERANCE).all():
            worst = int(np.argmax(np.where(np.isnan(residual), np.inf, residual)))
            found = (
                f"is off by {residual[worst]:.1e} (relative residual)" if np.isfinite(residual[worst]) else "has no solution"
            )
            message = f"{name}: the linear solve for case {worst + 1} {found}"
            return NotConverged(message, increment=1, residual=float(residual[worst]))
        return None

    def instability(self, name: str = "the load") -> None:
        """None: linear equilibria are stable."""
