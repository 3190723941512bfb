"""Plane groups: the symmetries that a pattern in the plane can have, as exact operations on a lattice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces import FieldError

METRIC_TOLERANCE = 1e-9
"""Largest deviation of an operation's Cartesian matrix from an orthogonal one."""

_POSITIVE_FIELDS = ("a", "b", "cell", "angle")

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
        if len(parts) != 2:
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

    @property
    def determinant(self) -> int:
        """+1 for rotations and translations, −1 for reflections and glides (of a valid group)."""
        (a, b), (c, d) = self.rotation
        return a * d - b * c


IDENTITY = Operation(((1, 0), (0, 1)), (Fraction(0), Fraction(0)))


class PlaneGroup:
    """A plane group on a lattice: finitely many operations, one for each class modulo translations (the paper's Ĝ).

    Lengths in mm. Called with everything that a symmetry's definition states: `basis[vector, component]`, rows are the
    lattice vectors; `operations`, coordinate triplets in that basis, centring translations included; `lattice`, its name;
    further fields (edges, angles) only serve to locate errors.

    Raises `FieldError`: M0531 where the operations are no group or no isometries of the lattice, M0532 where the cell has
    no area.
    """

    def __init__(self, *, operations: Sequence[str], basis: Any, lattice: str = "oblique", **fields: Any) -> None:
        self.lattice = str(lattice)
        self.basis = _checked_basis(basis, fields)
        self.operations = _checked_operations(operations)
        deviation = np.abs(np.einsum("oij,okj->oik", self.matrices, self.matrices) - np.eye(2)).max(axis=(1, 2))
        worst = int(deviation.argmax())
        if deviation[worst] > METRIC_TOLERANCE:
            (ax, ay), (bx, by) = self.basis
            raise FieldError(
                "operations",
                f"`{operations[worst]}` is no rotation or reflection of a lattice with the vectors "
                f"({ax:.6g}, {ay:.6g}) mm and ({bx:.6g}, {by:.6g}) mm",
                code="M0531",
                help=f"give the cell the shape that the group asks for; this one says that it is {self.lattice}",
            )

    @property
    def order(self) -> int:
        """Number of operations in the (conventional) cell."""
        return len(self.operations)

    @cached_property
    def rotations(self) -> NDArray[np.int64]:
        """`[operation, 2, 2]`: integer matrices on fractional coordinates."""
        return np.array([operation.rotation for operation in self.operations], dtype=np.int64)

    @cached_property
    def translations(self) -> NDArray[np.float64]:
        """`[operation, 2]`: translations in fractional coordinates, in [0, 1)."""
        return np.array([[float(part) for part in operation.translation] for operation in self.operations])

    @cached_property
    def determinants(self) -> NDArray[np.int64]:
        """`[operation]`: +1 for rotations, −1 for reflections and glides."""
        return np.array([operation.determinant for operation in self.operations], dtype=np.int64)

    @cached_property
    def matrices(self) -> NDArray[np.float64]:
        """`[operation, 2, 2]`: orthogonal Cartesian matrices A of `x -> A x + b`."""
        to_cartesian = self.basis.T
        return to_cartesian @ self.rotations @ np.linalg.inv(to_cartesian)

    @cached_property
    def offsets(self) -> NDArray[np.float64]:
        """`[operation, 2]`: Cartesian translations b of `x -> A x + b`, mm."""
        return self.translations @ self.basis

    @property
    def area(self) -> float:
        """Area of the (conventional) cell, mm²."""
        return float(abs(np.linalg.det(self.basis)))

    def fractional(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Coordinates `[..., 2]` in the lattice basis of Cartesian points `[..., 2]`, mm."""
        return points @ np.linalg.inv(self.basis)

    def cartesian(self, coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
        """Cartesian points `[..., 2]`, mm, of fractional coordinates `[..., 2]`."""
        return coordinates @ self.basis

    def images(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """`[operation, ..., 2]`: Cartesian points `[..., 2]` under every operation, mm."""
        offsets = self.offsets.reshape((self.order,) + (1,) * (points.ndim - 1) + (2,))
        return np.einsum("oij,...j->o...i", self.matrices, points) + offsets


def _checked_basis(basis: Any, fields: dict[str, Any]) -> NDArray[np.float64]:
    for name in _POSITIVE_FIELDS:
        if name not in fields:
            continue
        numbers = np.atleast_1d(np.asarray(fields[name], dtype=np.float64))
        if not np.all(numbers > 0) or not np.all(np.isfinite(numbers)):
            raise FieldError(
                name, f"`{name}` must be positive, found {_shown(numbers)}", code="M0532", help="the cell needs an area"
            )
        if name == "cell" and numbers.size > 2:
            raise FieldError(name, f"a cell has two edges, found {numbers.size}", code="M0532")
    vectors = np.array(basis, dtype=np.float64)
    if vectors.shape != (2, 2):
        raise FieldError("basis", f"a plane lattice has two vectors of two components, found {vectors.shape}", code="M0532")
    lengths = np.linalg.norm(vectors, axis=1)
    if not np.all(np.isfinite(vectors)) or np.linalg.det(vectors) <= 1e-9 * lengths.prod():
        raise FieldError(
            "angle" if "angle" in fields else "basis",
            f"the lattice vectors {_shown(vectors[0])} mm and {_shown(vectors[1])} mm span no area counter-clockwise",
            code="M0532",
            help="the angle from the first vector to the second lies between 0° and 180°",
        )
    return vectors


def _checked_operations(triplets: Sequence[str]) -> tuple[Operation, ...]:
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


def _shown(numbers: NDArray[np.float64]) -> str:
    text = ", ".join(f"{number:.6g}" for number in numbers)
    return text if numbers.size == 1 else f"({text})"
