"""Pores where a function of the plane is negative."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.stdlib.shapes.motif import Motif

if TYPE_CHECKING:
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.compiler.interfaces.shape import Pore
    from metac.runtime.geometry.outline import Outline


@dataclass(frozen=True, kw_only=True)
class LevelSet(Motif):
    """Fields as in `level_set.meta`, lengths in mm; `FieldError` M0539 where `of` has no closed outlines in the window."""

    of: Callable[[Any, Any], Any]
    window: Sequence[float]
    tolerance: float | None

    def __post_init__(self) -> None:
        super().__post_init__()
        self.parts  # noqa: B018 - made at once, so that a function without outlines is found by `metac check`

    @cached_property
    def parts(self) -> tuple[Outline, ...]:
        """The outlines around the centre, mm."""
        from metac.runtime.geometry.contours import NoContour, negative_regions
        from metac.runtime.geometry.rectangle import Rectangle

        width, height = self.window
        searched = Rectangle(-width / 2, -height / 2, width / 2, height / 2)
        try:
            return negative_regions(self.of, searched, self.tolerance)
        except NoContour as problem:
            raise FieldError(problem.field, problem.message, code="M0539", help=problem.remedy) from problem


if TYPE_CHECKING:
    Satisfies[Pore](LevelSet)
