"""Lattices of the plane in plain numbers: importing numpy takes longer than checking a spec."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.values import ArrayValue
from metac.runtime.dimensions import PLANE

Vector = tuple[float, float]

_POSITIVE_FIELDS = ("a", "b", "cell", "angle")


@dataclass(frozen=True)
class PlaneLattice:
    """All whole sums of two vectors (mm), the second counter-clockwise from the first."""

    first: Vector
    second: Vector

    @classmethod
    def checked(cls, basis: Any, fields: dict[str, Any]) -> PlaneLattice:
        """The lattice of `basis[vector][component]`, mm.

        Raises FieldError M0532, at one of the `fields` that it comes from or at the basis, where it has no area.
        """
        for name in _POSITIVE_FIELDS:
            if name in fields:
                _require_positive(name, fields[name])
        rows = [_numbers(row) for row in _plain(basis)]
        if len(rows) != PLANE or any(len(row) != PLANE for row in rows):
            raise FieldError("basis", f"a plane lattice has two vectors of two components, found {basis}", code="M0532")
        first, second = ((row[0], row[1]) for row in rows)
        area = first[0] * second[1] - first[1] * second[0]
        if not math.isfinite(area) or area <= 1e-9 * math.hypot(*first) * math.hypot(*second):
            raise FieldError(
                "angle" if "angle" in fields else "basis",
                f"the lattice vectors {shown(first)} mm and {shown(second)} mm span no area counter-clockwise",
                code="M0532",
                help="the angle from the first vector to the second lies between 0° and 180°",
            )
        return cls(first, second)

    def cartesian(self, coordinates: Sequence[float]) -> Vector:
        """The point, mm, of coordinates in units of the vectors."""
        u, v = coordinates
        return u * self.first[0] + v * self.second[0], u * self.first[1] + v * self.second[1]

    def fractional(self, point: Vector) -> Vector:
        """The coordinates, in units of the vectors, of a point, mm."""
        (ax, ay), (bx, by) = self.first, self.second
        area = ax * by - ay * bx
        return (point[0] * by - point[1] * bx) / area, (ax * point[1] - ay * point[0]) / area

    def deviation(self, rotation: tuple[tuple[int, int], tuple[int, int]]) -> float:
        """How far an integer matrix on fractional coordinates is from an isometry: largest entry of A Aᵀ − 1."""
        (a, b), (c, d) = rotation
        images = [self.cartesian((a * u + b * v, c * u + d * v)) for u, v in map(self.fractional, ((1.0, 0.0), (0.0, 1.0)))]
        rows = list(zip(*images, strict=True))
        return max(
            abs(sum(x * y for x, y in zip(rows[i], rows[j], strict=True)) - (i == j)) for i, j in product((0, 1), repeat=2)
        )

    @cached_property
    def reduced(self) -> PlaneLattice:
        """The same lattice by its shortest vector and the shortest of the others (Lagrange and Gauss)."""
        short, long = sorted((self.first, self.second), key=lambda vector: math.hypot(*vector))
        while True:
            steps = round((short[0] * long[0] + short[1] * long[1]) / (short[0] ** 2 + short[1] ** 2))
            long = (long[0] - steps * short[0], long[1] - steps * short[1])
            if math.hypot(*long) >= math.hypot(*short) * (1 - 1e-12):
                return PlaneLattice(short, long)
            short, long = long, short

    def distance(self, apart: Vector) -> float:
        """Distance, mm, of a point from the nearest lattice point; `apart` in fractional coordinates."""
        reduced = self.reduced
        u, v = reduced.fractional(self.cartesian(apart))
        # With reduced vectors the nearest lattice point is a corner of the cell around the rounded one.
        u, v = u - round(u), v - round(v)
        return min(math.hypot(*reduced.cartesian((u + i, v + j))) for i, j in product((-1, 0, 1), repeat=2))


def shown(numbers: Sequence[float]) -> str:
    """Numbers as messages have them: `20`, `(20, 0)`."""
    text = ", ".join(f"{number:.6g}" for number in numbers)
    return text if len(numbers) == 1 else f"({text})"


def _require_positive(name: str, value: Any) -> None:
    numbers = _numbers(value)
    if not all(math.isfinite(number) and number > 0 for number in numbers):
        raise FieldError(
            name, f"`{name}` must be positive, found {shown(numbers)}", code="M0532", help="the cell needs an area"
        )
    if name == "cell" and len(numbers) > 2:
        raise FieldError(name, f"a cell has two edges, found {len(numbers)}", code="M0532")


def _numbers(value: Any) -> tuple[float, ...]:
    plain = _plain(value)
    return tuple(float(item) for item in plain) if isinstance(plain, list | tuple) else (float(plain),)


def _plain(value: Any) -> Any:
    """Lists and numbers for arrays."""
    return value.tolist() if isinstance(value, ArrayValue) else value
