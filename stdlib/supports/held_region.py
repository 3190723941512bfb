"""A rectangle in which nothing moves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.dimensions import PLANE
from metac.stdlib.supports.held import COMPONENTS, NEAR, NOTHING_THERE

if TYPE_CHECKING:
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.compiler.interfaces.support import Support

Corner = tuple[float, ...]


class HeldRegion:
    """The nodes between two corners, mm, `from` and `to`.

    Raises `FieldError`: on a corner that has not two coordinates, M0601 where no node is in between.
    """

    def __init__(self, *, along: str, built: tuple[Corner, Corner] | None = None, **corners: Sequence[float]) -> None:
        self.low, self.high = built or self.build(**corners)
        self.along = along

    @staticmethod
    def build(**corners: Sequence[float]) -> tuple[Corner, Corner]:
        """The corners, which decide about the matrix; their names are no names of Python's."""
        for name in ("from", "to"):
            if len(corners[name]) != PLANE:
                raise FieldError(name, f"a point has two coordinates, found {len(corners[name])}", help="`[0 mm, 0 mm]`")
        return tuple(float(x) for x in corners["from"]), tuple(float(x) for x in corners["to"])

    def degrees(self, mesh: Any) -> NDArray[np.int64]:
        """Degrees of freedom that are held."""
        near = NEAR * max(mesh.domain.width, mesh.domain.height)
        inside = ((mesh.nodes >= np.array(self.low) - near) & (mesh.nodes <= np.array(self.high) + near)).all(axis=1)
        nodes = np.flatnonzero(inside)
        if not len(nodes):
            raise FieldError("to", "the body has no node in this rectangle", code=NOTHING_THERE, of=self)
        return np.concatenate([PLANE * nodes + component for component in COMPONENTS[self.along]])

    def clamped(self, mesh: Any) -> NDArray[np.int64]:
        """No nodes of a frame: hinges, as points are."""
        del mesh
        return np.zeros(0, np.int64)


if TYPE_CHECKING:
    Satisfies[Support](HeldRegion)
