"""Operations of plane groups in exact arithmetic: coordinate triplets, their products, and whether they form a group."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.dimensions import PLANE

_TERM = re.compile(r"([+-]?)(?:(\d+)(?:/(\d+))?|([xy]))")
_Integers = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class Operation:
    """`u -> rotation·u + translation` in fractional coordinates; translations are kept in [0, 1)."""

    rotation: _Integers
    translation: tuple[Fraction, Fraction]

    @classmethod
    def parse(cls, triplet: str) -> Operation:
        """Read a coordinate triplet of the International Tables such as `-y+1/2,x-y`; ValueError where it is none."""
        parts = triplet.replace(" ", "").split(",")
        if len(parts) != PLANE:
            raise ValueError(f"`{triplet}` needs two parts, for x and for y")
        rows, shifts = zip(*(cls._parse_part(part, triplet) for part in parts), strict=True)
        return cls(rows, shifts).reduced()

    @staticmethod
    def _parse_part(part: str, triplet: str) -> tuple[tuple[int, int], Fraction]:
        coefficients, shift, position = {"x": 0, "y": 0}, Fraction(0), 0
        while position < len(part):
            term = _TERM.match(part, position)
            if term is None or (position > 0 and not term[1]):
                break
            sign = -1 if term[1] == "-" else 1
            if term[4]:
                coefficients[term[4]] += sign
            else:
                denominator = int(term[3] or 1)
                if denominator == 0:
                    break
                shift += sign * Fraction(int(term[2]), denominator)
            position = term.end()
        if position < len(part) or not part:
            raise ValueError(f"`{triplet}` is no coordinate triplet: `{part}` should be like `-x+1/2` or `x-y`")
        return (coefficients["x"], coefficients["y"]), shift

    def reduced(self) -> Operation:
        """The same operation modulo whole lattice vectors."""
        first, second = self.translation
        return Operation(self.rotation, (first % 1, second % 1))

    def after(self, other: Operation) -> Operation:
        """This operation applied to the result of another, modulo lattice vectors."""
        (a, b), (c, d) = self.rotation
        (e, f), (g, h) = other.rotation
        first, second = other.translation
        return Operation(
            ((a * e + b * g, a * f + b * h), (c * e + d * g, c * f + d * h)),
            (a * first + b * second + self.translation[0], c * first + d * second + self.translation[1]),
        ).reduced()

    def applied(self, at: Sequence[float]) -> tuple[float, float]:
        """The image of a point, both in fractional coordinates."""
        (a, b), (c, d) = self.rotation
        x, y = at
        return a * x + b * y + float(self.translation[0]), c * x + d * y + float(self.translation[1])

    @property
    def determinant(self) -> int:
        """+1 for rotations and translations, −1 for reflections and glides (of a valid group)."""
        (a, b), (c, d) = self.rotation
        return a * d - b * c


IDENTITY = Operation(((1, 0), (0, 1)), (Fraction(0), Fraction(0)))


def checked_operations(triplets: Sequence[str]) -> tuple[Operation, ...]:
    """The operations of these triplets; FieldError M0531 where they are no group."""
    return _checked(tuple(triplets))


@lru_cache(maxsize=64)  # the same for every object of a group, whatever its cell
def _checked(triplets: tuple[str, ...]) -> tuple[Operation, ...]:
    try:
        operations = tuple(Operation.parse(triplet) for triplet in triplets)
    except ValueError as problem:
        raise FieldError("operations", str(problem), code="M0531") from None
    known = dict(zip(operations, triplets, strict=True))
    if len(known) != len(operations):
        double = next(triplet for number, triplet in enumerate(triplets) if operations[number] in operations[:number])
        raise FieldError("operations", f"`{double}` stands twice, or differs by whole cells from another", code="M0531")
    if IDENTITY not in known:
        raise FieldError("operations", "the identity `x,y` is missing", code="M0531")
    for second in operations:
        if abs(second.determinant) != 1:
            raise FieldError("operations", f"`{known[second]}` does not keep areas", code="M0531")
        for first in operations:
            if second.after(first) not in known:
                raise FieldError(
                    "operations",
                    f"not a group: `{known[first]}` followed by `{known[second]}` is not among the {len(known)} operations",
                    code="M0531",
                    help="list every operation of the cell, centring translations included",
                )
    return operations
