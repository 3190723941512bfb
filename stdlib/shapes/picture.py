"""Pores of a picture, as smooth outlines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.stdlib.shapes.motif import Motif

if TYPE_CHECKING:
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.compiler.interfaces.shape import Pore
    from metac.runtime.geometry.outline import Outline

FIELDS = {"of": "file", "window": "periodic", "tolerance": "tolerance"}
"""Fields by what is said of a function."""


@dataclass(frozen=True, kw_only=True)
class PicturePores(Motif):
    """Fields as in `picture.meta`, lengths in mm.

    Raises `FieldError`: M0569 where the file is no picture, M0539 where it has no closed outlines.
    """

    file: str
    variable: str | None
    width: float
    values: Sequence[Any] | None
    solid: str
    threshold: float
    smoothing: float
    periodic: bool
    tolerance: float | None

    def __post_init__(self) -> None:
        super().__post_init__()
        self.parts  # noqa: B018 - read at once, so that a picture without outlines is found by `metac check`

    @cached_property
    def parts(self) -> tuple[Outline, ...]:
        """The outlines around the picture's middle, mm."""
        from metac.runtime.geometry.contours import NoContour
        from metac.runtime.geometry.picture_outlines import dark_regions
        from metac.stdlib.generators.picture import Picture

        density = Picture.build(self.file, self.variable, None, self.values, self.solid, None)
        pixel = self.width / density.shape[1]
        try:
            return dark_regions(density - self.threshold, pixel, self.smoothing, self.periodic, self.tolerance)
        except NoContour as problem:
            field, help = FIELDS[problem.field], problem.remedy
            if field == "periodic":
                help = "if the picture is one period, say so: `periodic = true`; or take one with a solid frame"
            message = f"{self.file}: {problem.message}"
            raise FieldError("file" if field == "periodic" else field, message, code="M0539", help=help) from problem


if TYPE_CHECKING:
    Satisfies[Pore](PicturePores)
