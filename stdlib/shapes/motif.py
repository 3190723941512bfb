"""Pores: closed outlines around a centre, placed by `tiled` in its cell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.dimensions import PLANE

if TYPE_CHECKING:
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.compiler.interfaces.shape import Pore
    from metac.runtime.geometry.outline import Outline


@dataclass(frozen=True, kw_only=True)
class Motif:
    """One pore, or several that stay together, at fractional coordinates `at` of its cell."""

    at: Sequence[float]

    def __post_init__(self) -> None:
        if len(self.at) != PLANE or not all(map(math.isfinite, self.at)):
            raise FieldError(
                "at",
                f"a place in the cell has two coordinates, found {len(self.at)}",
                code="M0546",
                help="give fractions of the cell's edges, `at = [0.25, 0.25]` say",
            )

    @property
    def parts(self) -> tuple[Outline, ...]:
        """The pores' edges around the origin, mm."""
        raise NotImplementedError

    @property
    def reach(self) -> float:
        """Radius, mm, of a circle around the origin that holds them."""
        return float(max(math.hypot(x, y) for part in self.parts for x, y in part.points))


@dataclass(frozen=True, kw_only=True)
class SinglePore(Motif):
    """A motif of one pore."""

    @cached_property
    def outline(self) -> Outline:
        """The pore's edge around the origin, mm."""
        raise NotImplementedError

    @property
    def parts(self) -> tuple[Outline, ...]:
        """The one edge."""
        return (self.outline,)


@dataclass(frozen=True, kw_only=True)
class Ellipse(SinglePore):
    """An ellipse with the semi-axes `radii` (mm), its first axis turned by `angle` (radian) from x; M0543."""

    radii: Sequence[float]
    angle: float

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.radii) != 2:
            raise FieldError("radii", f"an ellipse has two radii, found {len(self.radii)}", code="M0543")
        for radius in self.radii:
            require_positive("radii", radius)

    @cached_property
    def outline(self) -> Outline:
        """The ellipse, mm."""
        from metac.stdlib.shapes.outlines import ellipse

        return ellipse(self.radii[0], self.radii[1], self.angle)

    @property
    def reach(self) -> float:
        """The larger semi-axis, mm."""
        return max(self.radii)


@dataclass(frozen=True, kw_only=True)
class Circle(SinglePore):
    """A circle, `radius` in mm; M0543 where it is not positive."""

    radius: float

    def __post_init__(self) -> None:
        super().__post_init__()
        require_positive("radius", self.radius)

    @cached_property
    def outline(self) -> Outline:
        """The circle, mm."""
        from metac.stdlib.shapes.outlines import circle

        return circle(self.radius)

    @property
    def reach(self) -> float:
        """The radius, mm."""
        return self.radius


@dataclass(frozen=True, kw_only=True)
class Polygon(SinglePore):
    """A polygon with the corners `points[corner][2]` (mm) around its centre; M0543 for too few, M0544 where it crosses."""

    points: Sequence[Sequence[float]]

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.points) < 3 or any(len(point) != PLANE for point in self.points):
            raise FieldError("points", "a polygon needs three corners at least, of two coordinates each", code="M0543")
        import numpy as np
        from shapely.geometry import Polygon as Region

        region = Region(self.points)
        sides = np.diff(np.array([*self.points, self.points[0]], dtype=np.float64), axis=0)
        if not region.is_valid or region.area <= 0 or not np.all(np.any(sides != 0, axis=1)):
            from shapely.validation import explain_validity

            reason = explain_validity(region) if not region.is_valid else "two corners in one place, or no area"
            raise FieldError(
                "points", f"the polygon is no simple one: {reason}", code="M0544", help="list the corners in turn, once each"
            )

    @cached_property
    def outline(self) -> Outline:
        """The polygon, mm."""
        import numpy as np

        from metac.runtime.geometry.outline import closed_polygon

        return closed_polygon(np.array(self.points, dtype=np.float64))


def require_positive(field: str, value: float) -> None:
    """Raise `FieldError` M0543 where a length is not a positive number."""
    if not (math.isfinite(value) and value > 0):
        raise FieldError(field, f"`{field}` must be positive, found {value:g} mm", code="M0543")


if TYPE_CHECKING:
    Satisfies[Pore](Ellipse, Circle, Polygon)
