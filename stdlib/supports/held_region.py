"""A rectangle in which nothing moves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.dimensions import PLANE
from metac.stdlib.actions.place import Point, point_of
from metac.stdlib.supports.held import COMPONENTS, NEAR, NOTHING_THERE

if TYPE_CHECKING:
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.compiler.interfaces.support import Support


class HeldRegion:
    """The nodes between two corners, mm, `low` and `high`.

    Raises `FieldError`: on a corner that has not two coordinates, M0601 where no node is in between.
    """

    def __init__(
        self, *, low: Sequence[float], high: Sequence[float], along: str, built: tuple[Point, Point] | None = None
    ) -> None:
        self.low, self.high = built or self.build(low, high)
        self.along = along

    @staticmethod
    def build(low: Sequence[float], high: Sequence[float]) -> tuple[Point, Point]:
        """The corners, which decide about the matrix."""
        return point_of(low, "low"), point_of(high, "high")

    def degrees(self, mesh: Any) -> NDArray[np.int64]:
        """Degrees of freedom that are held."""
        near = NEAR * max(mesh.domain.width, mesh.domain.height)
        inside = ((mesh.nodes >= np.array(self.low) - near) & (mesh.nodes <= np.array(self.high) + near)).all(axis=1)
        nodes = np.flatnonzero(inside)
        if not len(nodes):
            raise FieldError("high", "the body has no node in this rectangle", code=NOTHING_THERE, of=self)
        return np.concatenate([PLANE * nodes + component for component in COMPONENTS[self.along]])

    def clamped(self, mesh: Any) -> NDArray[np.int64]:
        """No nodes of a frame: hinges, as points are."""
        del mesh
        return np.zeros(0, np.int64)


if TYPE_CHECKING:
    Satisfies[Support](HeldRegion)
