"""Axis-parallel rectangles: the domains of sheets and cells."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rectangle:
    """An axis-parallel rectangle `[x0, x1] × [y0, y1]`, mm."""

    x0: float
    y0: float
    x1: float
    y1: float

    def __post_init__(self) -> None:
        if not (self.x1 > self.x0 and self.y1 > self.y0):
            raise ValueError(f"a rectangle needs x0 < x1 and y0 < y1, got {self}")

    @property
    def width(self) -> float:
        """Extent along x, mm."""
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        """Extent along y, mm."""
        return self.y1 - self.y0

    @property
    def area(self) -> float:
        """Width times height, mm²."""
        return self.width * self.height
