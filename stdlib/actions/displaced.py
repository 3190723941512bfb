"""Parts of a body with prescribed displacements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.dimensions import PLANE
from metac.stdlib.actions.place import NO_PLACE, Place, place_of

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.action import Action, PrescribedMotion
    from metac.compiler.interfaces.satisfies import Satisfies


class Displaced:
    """`x` and `y`, mm, of a point, an edge or a named part; None: free.

    Raises `FieldError`: M0600 where not one place is given, or no displacement.
    """

    def __init__(
        self,
        *,
        at: Sequence[float] | None,
        edge: str | None,
        group: str | None,
        x: Any | None,
        y: Any | None,
        built: Place | None = None,
    ) -> None:
        self.place = built or self.build(at, edge, group)
        self.displacement = {component: value for component, value in enumerate((x, y)) if value is not None}
        if not self.displacement:
            raise FieldError("x", "a displacement along x or y is needed", code=NO_PLACE, help="write `y = -1 mm`")

    @staticmethod
    def build(at: Sequence[float] | None, edge: str | None, group: str | None) -> Place:
        """The place, which decides about the matrix."""
        return place_of(at, edge, group)

    def degrees(self, mesh: Any) -> NDArray[np.int64]:
        """Degrees of freedom that it moves, component by component."""
        nodes = self.place.nodes(mesh, self)
        return np.concatenate([PLANE * nodes + component for component in self.displacement])

    def values(self, mesh: Any) -> Array:
        """`[degree]`, mm."""
        import jax.numpy as jnp

        count = len(self.place.nodes(mesh, self))
        return jnp.concatenate([jnp.full(count, 1.0) * value for value in self.displacement.values()])


if TYPE_CHECKING:
    Satisfies[Action](Displaced)
    Satisfies[PrescribedMotion](Displaced)
