"""Pores with straight sides that follow from few numbers, rounded ones among them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.stdlib.shapes.motif import SinglePore, require_positive

if TYPE_CHECKING:
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.compiler.interfaces.shape import Pore
    from metac.runtime.geometry.outline import Outline

Corners = list[tuple[float, float]]


@dataclass(frozen=True, kw_only=True)
class RegularPolygon(SinglePore):
    """`sides` corners on a circle of `radius` (mm), the first at `angle` (radian) to x; M0543 for sizes out of range."""

    sides: int
    radius: float
    angle: float

    def __post_init__(self) -> None:
        super().__post_init__()
        require_positive("radius", self.radius)

    @cached_property
    def outline(self) -> Outline:
        """The polygon, mm."""
        return straight(on_circles(self.sides, (self.radius,), self.angle))


@dataclass(frozen=True, kw_only=True)
class Star(SinglePore):
    """Tips on a circle of radius `outer`, corners between them on one of radius `inner`, mm; M0543 where inner ≥ outer."""

    points: int
    outer: float
    inner: float
    angle: float

    def __post_init__(self) -> None:
        super().__post_init__()
        require_positive("outer", self.outer)
        require_positive("inner", self.inner)
        if self.inner >= self.outer:
            raise FieldError(
                "inner",
                f"tips lie farther out than the corners between them: {self.inner:g} mm, {self.outer:g} mm",
                code="M0543",
            )

    @cached_property
    def outline(self) -> Outline:
        """The star, mm."""
        return straight(on_circles(2 * self.points, (self.outer, self.inner), self.angle))


@dataclass(frozen=True, kw_only=True)
class RoundedRectangle(SinglePore):
    """`width` by `height`, corners rounded by `fillet` (mm), turned by `angle` (radian); M0543 for sizes out of range."""

    width: float
    height: float
    fillet: float
    angle: float

    def __post_init__(self) -> None:
        super().__post_init__()
        require_positive("width", self.width)
        require_positive("height", self.height)
        most = min(self.width, self.height) / 2
        # At exactly half a side two arcs would meet without a straight line between them: allowed is what leaves one.
        if not 0 <= self.fillet < most:
            raise FieldError(
                "fillet",
                f"a fillet is not negative and less than half the shorter side, {most:g} mm, found {self.fillet:g} mm",
                code="M0543",
            )

    @cached_property
    def outline(self) -> Outline:
        """The rectangle, mm."""
        x, y = self.width / 2 - self.fillet, self.height / 2 - self.fillet
        centres = [(x, y), (-x, y), (-x, -y), (x, -y)]
        if self.fillet == 0:
            return straight([_turned(corner, self.angle) for corner in centres])
        return self._rounded(centres)

    def _rounded(self, centres: Corners) -> Outline:
        """Four arcs and the sides between them; the curvature jumps where they meet, so each is a smooth part of its own."""
        import numpy as np

        from metac.runtime.geometry.outline import SAMPLES, Outline

        points: Corners = []
        ends: list[int] = []
        arc = np.pi / 2 * np.arange(SAMPLES // 8 + 1) / (SAMPLES // 8)
        for number, (x, y) in enumerate(centres):
            ends.append(len(points))
            angles = arc + number * np.pi / 2
            along = [(x + self.fillet * math.cos(angle), y + self.fillet * math.sin(angle)) for angle in angles]
            points += along
            ends.append(len(points) - 1)
            following = centres[(number + 1) % 4]
            start = (following[0] - x + along[-1][0], following[1] - y + along[-1][1])
            count = SAMPLES // 8
            points += [tuple(np.array(along[-1]) + (np.array(start) - along[-1]) * step / count) for step in range(1, count)]
        return Outline(np.array([_turned(point, self.angle) for point in points]), tuple(ends))


def straight(corners: Corners) -> Outline:
    """The straight-sided outline through corners, mm."""
    import numpy as np

    from metac.runtime.geometry.outline import closed_polygon

    return closed_polygon(np.array(corners))


def on_circles(count: int, radii: tuple[float, ...], angle: float) -> Corners:
    """`count` corners at equal angles from `angle` (radian) on, on circles of `radii` (mm) in turn."""
    directions = [angle + 2 * math.pi * number / count for number in range(count)]
    return [
        (radius * math.cos(direction), radius * math.sin(direction))
        for radius, direction in zip(cycle(radii), directions, strict=False)
    ]


def _turned(point: tuple[float, float], angle: float) -> tuple[float, float]:
    (x, y), (c, s) = point, (math.cos(angle), math.sin(angle))
    return c * x - s * y, s * x + c * y


if TYPE_CHECKING:
    Satisfies[Pore](RegularPolygon, Star, RoundedRectangle)
