"""Pores made of other pores: moved, put together, widened."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.shape import Pore
from metac.runtime.dimensions import PLANE
from metac.stdlib.shapes.motif import Motif, SinglePore

if TYPE_CHECKING:
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.runtime.geometry.outline import Outline


@dataclass(frozen=True, kw_only=True)
class Moved(Motif):
    """`shape` turned by `angle` (radian) and moved `by` (mm); M0555 where it repeats, M0543 for a bad `by`."""

    shape: Any
    by: Sequence[float]
    angle: float

    def __post_init__(self) -> None:
        super().__post_init__()
        require_around_centre("shape", self.shape)
        if len(self.by) != PLANE or not all(map(math.isfinite, self.by)):
            raise FieldError("by", f"a movement has two components, found {len(self.by)}", code="M0543")

    @cached_property
    def parts(self) -> tuple[Outline, ...]:
        """The pores as moved, mm."""
        import numpy as np

        from metac.runtime.geometry.outline import Outline

        c, s = math.cos(self.angle), math.sin(self.angle)
        turned, shift = np.array([[c, s], [-s, c]]), np.array(self.by, dtype=np.float64)
        return tuple(Outline(given.points @ turned + shift, given.corners) for given in self.shape.parts)


@dataclass(frozen=True, kw_only=True)
class _Combined(SinglePore, ABC):
    """Two pores or more around one centre; M0555 where they are others, or make no single outline."""

    of: Sequence[Any]

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.of) < 2:
            raise FieldError("of", f"two shapes at least are put together, found {len(self.of)}", code="M0555")
        for part in self.of:
            require_part("of", part)
        self.outline  # noqa: B018 - made at once, so that a combination without an outline is found by `metac check`

    @cached_property
    def outline(self) -> Outline:
        """The outline of the whole, mm."""
        return made("of", lambda: self._combined([part.parts[0] for part in self.of]))

    @abstractmethod
    def _combined(self, outlines: Sequence[Outline]) -> Outline:
        """The outline of the whole."""


class Union(_Combined):
    """What any of the parts covers."""

    def _combined(self, outlines: Sequence[Outline]) -> Outline:
        from metac.runtime.geometry.combine import union

        return union(outlines)


class Intersection(_Combined):
    """What all parts cover."""

    def _combined(self, outlines: Sequence[Outline]) -> Outline:
        from metac.runtime.geometry.combine import intersection

        return intersection(outlines)


class Difference(_Combined):
    """The first part less the others."""

    def _combined(self, outlines: Sequence[Outline]) -> Outline:
        from metac.runtime.geometry.combine import difference

        return difference(outlines)


@dataclass(frozen=True, kw_only=True)
class Offset(SinglePore):
    """A pore whose outline is a distance `by` (mm) outside that of another; M0555 where no single one is left."""

    of: Any
    by: float

    def __post_init__(self) -> None:
        super().__post_init__()
        require_part("of", self.of)
        if not math.isfinite(self.by) or self.by == 0:
            raise FieldError("by", f"an offset is a distance other than zero, found {self.by:g} mm", code="M0543")
        self.outline  # noqa: B018 - made at once, see above

    @cached_property
    def outline(self) -> Outline:
        """The outline, mm."""
        from metac.runtime.geometry import combine

        return made("by", lambda: combine.offset(self.of.parts[0], self.by))


def require_part(field: str, part: Any) -> None:
    """`FieldError` M0555 where a part is not a single pore around the origin."""
    require_around_centre(field, part)
    if len(part.parts) > 1:
        message = f"shapes are made of single pores, and this one has {len(part.parts)}"
        raise FieldError(field, message, code="M0555", help="take one of them: a layer of its own, say")


def require_around_centre(field: str, part: Any) -> None:
    """`FieldError` M0555 where a part repeats, or has a place of its own."""
    if not isinstance(part, Pore):
        raise FieldError(field, "shapes are made of single pores, and this one repeats", code="M0555", help="tile the whole")
    if any(part.at):
        raise FieldError(
            field,
            "parts of a shape stand around its centre, and this one has an `at` of its own",
            code="M0555",
            help="leave `at` out, and write `moved { shape = …, by = [1 mm, 0 mm] }` to displace a part",
        )


def made(field: str, make: Callable[[], Outline]) -> Outline:
    """What `make` gives; `FieldError` M0555 on the field where it has no single outline."""
    from metac.runtime.geometry.combine import NotOneOutline

    try:
        return make()
    except NotOneOutline as problem:
        raise FieldError(field, f"this is no pore: {problem.message}", code="M0555", help=problem.remedy) from problem


if TYPE_CHECKING:
    Satisfies[Pore](Moved, Union, Intersection, Difference, Offset)
