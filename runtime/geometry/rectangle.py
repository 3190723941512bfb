"""Axis-parallel rectangles: the domains of sheets and cells."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray


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

    @property
    def lower(self) -> NDArray[np.float64]:
        """`[d]`: the corner of the lowest coordinates, mm."""
        return np.array([self.x0, self.y0])

    @property
    def extents(self) -> NDArray[np.float64]:
        """`[d]`: along each axis, mm."""
        return np.array([self.width, self.height])

    @property
    def diagonal(self) -> float:
        """From corner to corner, mm."""
        return float(reduce(np.hypot, self.extents))


@dataclass(frozen=True)
class Box(Rectangle):
    """A rectangle with an extent `[z0, z1]` along z, mm: what a body in space fills."""

    z0: float
    z1: float

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.z1 > self.z0:
            raise ValueError(f"a box needs z0 < z1, got {self}")

    @property
    def lower(self) -> NDArray[np.float64]:
        """`[d]`: the corner of the lowest coordinates, mm."""
        return np.array([self.x0, self.y0, self.z0])

    @property
    def extents(self) -> NDArray[np.float64]:
        """`[d]`: along each axis, mm."""
        return np.array([self.width, self.height, self.z1 - self.z0])
