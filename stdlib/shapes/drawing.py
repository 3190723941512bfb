"""Pores from a file that a drawing program wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.spec_files import file_named
from metac.runtime.dimensions import PLANE
from metac.stdlib.shapes.motif import Motif

if TYPE_CHECKING:
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.compiler.interfaces.shape import Pore
    from metac.runtime.geometry.outline import Outline


@dataclass(frozen=True, kw_only=True)
class DrawnPores(Motif):
    """Fields as in `drawing.meta`, lengths in mm; `FieldError` M0557 where the file gives no outline, M0543 for `around`."""

    file: str
    layer: str | None
    unit: float | None
    around: Sequence[float] | None
    tolerance: float | None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.around is not None and len(self.around) != PLANE:
            raise FieldError("around", f"a point has two coordinates, found {len(self.around)}", code="M0543")
        self.parts  # noqa: B018 - read at once, so that a file without an outline is found by `metac check`

    @cached_property
    def parts(self) -> tuple[Outline, ...]:
        """The outlines around the centre, mm."""
        import numpy as np

        from metac.runtime.geometry.drawings import read_outlines
        from metac.runtime.geometry.drawn_curves import NoDrawnOutline
        from metac.runtime.geometry.outline import Outline

        try:
            found, directions = read_outlines(file_named(self.file), self.layer, self.unit, self.tolerance)
        except OSError as problem:
            message = f"{self.file} cannot be read: {problem.strerror or problem}"
            raise FieldError("file", message, code="M0557", help="names start from the spec's folder") from problem
        except NoDrawnOutline as problem:
            message = f"{self.file}: {problem.message}"
            raise FieldError(problem.field, message, code="M0557", help=problem.remedy) from problem
        points = np.concatenate([outline.points for outline in found])
        middle = (points.min(axis=0) + points.max(axis=0)) / 2
        centre = middle if self.around is None else np.array(self.around) * directions
        return tuple(Outline(outline.points - centre, outline.corners) for outline in found)


if TYPE_CHECKING:
    Satisfies[Pore](DrawnPores)
