"""A pore from a file that a drawing program wrote."""

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
class DrawnPore(Motif):
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
        self.outline  # noqa: B018 - read at once, so that a file without an outline is found by `metac check`

    @cached_property
    def outline(self) -> Outline:
        """The outline around the pore's centre, mm."""
        import numpy as np

        from metac.runtime.geometry.dxf import NoDrawnOutline, read_outline
        from metac.runtime.geometry.outline import Outline

        try:
            found = read_outline(file_named(self.file), self.layer, self.unit, self.tolerance)
        except OSError as problem:
            message = f"{self.file} cannot be read: {problem.strerror or problem}"
            raise FieldError("file", message, code="M0557", help="names start from the spec's folder") from problem
        except NoDrawnOutline as problem:
            message = f"{self.file}: {problem.message}"
            raise FieldError(problem.field, message, code="M0557", help=problem.remedy) from problem
        x0, y0, x1, y1 = found.bounds
        centre = ((x0 + x1) / 2, (y0 + y1) / 2) if self.around is None else self.around
        return Outline(found.points - np.array(centre), found.corners)


if TYPE_CHECKING:
    Satisfies[Pore](DrawnPore)
