"""Forces at points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.dimensions import PLANE
from metac.stdlib.actions.point_force import sum_of_forces

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.action import AppliedForces, Loaded
    from metac.compiler.interfaces.control import Control
    from metac.compiler.interfaces.satisfies import Satisfies


Points = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class PointForces:
    """`forces[force][component]`, N, at points `at[force][coordinate]`, mm. Raises `FieldError` on `at` and `forces`.

    It is the one action of its own.
    """

    at: Sequence[Sequence[float]]
    forces: Sequence[Sequence[Any]]
    built: Points | None = None

    def __post_init__(self) -> None:
        points = self.built or self.build(self.at)
        if len(self.forces) != len(points) or any(len(force) != PLANE for force in self.forces):
            raise FieldError("forces", f"each of {len(points)} points needs a force of two components")
        object.__setattr__(self, "at", points)

    @property
    def actions(self) -> tuple[PointForces]:
        """Itself: all of the forces."""
        return (self,)

    @property
    def places(self) -> Points:
        """The points that are meant, mm."""
        return tuple(tuple(point) for point in self.at)

    def nodal_forces(self, body: Loaded) -> Array:
        """`[node, 2]`, N; FieldError M0601 on `at` where the body has nothing at a point."""
        return sum_of_forces(body, self.places, self.forces, None)

    @staticmethod
    def build(at: Sequence[Sequence[float]]) -> Points:
        """The points, which decide about the matrix; FieldError where one has not two coordinates."""
        if any(len(point) != PLANE for point in at):
            raise FieldError("at", "a point has two coordinates", help="write a list of points, `[[10 mm, 0 mm]]`")
        return tuple(tuple(float(x) for x in point) for point in at)


if TYPE_CHECKING:
    Satisfies[Control](PointForces)
    Satisfies[AppliedForces](PointForces)
