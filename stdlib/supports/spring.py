"""Springs to the ground and between points of a body."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.field_error import FieldError
from metac.stdlib.actions.place import Point, point_of
from metac.stdlib.actions.point_force import where

if TYPE_CHECKING:
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.compiler.interfaces.support import ElasticSupport, PointSupport
    from metac.runtime.fem.attachments import SpringAttachment

AXES = {"x": 0, "y": 1}
WRONG_ENDS = "M0606"


class Ends(NamedTuple):
    """Where a spring begins and ends."""

    at: Point
    to: Point | None
    """None: at the ground."""


class Spring:
    """`stiffness`, N/mm, between `at` and `to`, mm, or from `at` to the ground along x or y.

    Raises `FieldError` M0606 where not one of `to` and `along` is given, or both ends are one point.
    """

    def __init__(
        self,
        *,
        at: Sequence[float],
        to: Sequence[float] | None,
        along: str | None,
        stiffness: Any,
        built: Ends | None = None,
    ) -> None:
        self.ends = built or self.build(at, to)
        self.stiffness = stiffness
        self.axis = None if along is None else AXES[along]
        if (along is None) == (self.ends.to is None):
            message = "a spring goes to another point or along an axis to the ground"
            raise FieldError("at", message, code=WRONG_ENDS, help="give one of `to` and `along`")

    @staticmethod
    def build(at: Sequence[float], to: Sequence[float] | None) -> Ends:
        """The ends, which decide about the matrix."""
        first, second = point_of(at), None if to is None else point_of(to, "to")
        if first == second:
            raise FieldError(
                "to", "a spring has two ends, and both are here", code=WRONG_ENDS, help="give two different points"
            )
        return Ends(first, second)

    @property
    def places(self) -> tuple[Sequence[float], ...]:
        """The points that are meant, mm."""
        return (self.ends.at,) if self.ends.to is None else (self.ends.at, self.ends.to)

    def degrees(self, mesh: Any) -> NDArray[np.int64]:
        """None: nothing is held firmly."""
        del mesh
        return np.zeros(0, np.int64)

    def clamped(self, mesh: Any) -> NDArray[np.int64]:
        """No nodes of a frame."""
        del mesh
        return np.zeros(0, np.int64)

    def attached(self, mesh: Any) -> SpringAttachment:
        """What it is to a mesh; FieldError M0601 on `at` or `to` where the body is not there."""
        from metac.runtime.fem.attachments import SpringAttachment

        first = _shares(mesh, self.ends.at, self)
        second = () if self.ends.to is None else _shares(mesh, self.ends.to, self, "to")
        return SpringAttachment(first, second, self.axis)


def _shares(mesh: Any, place: Point, of: object, field: str = "at") -> tuple[tuple[int, float], ...]:
    try:
        nodes, weights = where(mesh, place, of)
    except FieldError as problem:
        raise FieldError(field, str(problem), code=problem.code, help=problem.help, of=of) from None
    return tuple((int(node), float(weight)) for node, weight in zip(nodes, weights, strict=True))


if TYPE_CHECKING:
    Satisfies[PointSupport](Spring)
    Satisfies[ElasticSupport](Spring)
