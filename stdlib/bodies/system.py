"""Systems of many cells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.multiscale.exact import all_moduli
from metac.stdlib.boundaries.grips import Grips
from metac.stdlib.controls.stretch import Stretch
from metac.stdlib.loads.system_test import SystemTest
from metac.stdlib.paths.linear import Linear

if TYPE_CHECKING:
    from jax import Array
    from matplotlib.figure import Figure

    from metac.compiler.interfaces.body import LoadableBody, Refinable, SystemBody
    from metac.compiler.interfaces.boundary import Boundary
    from metac.compiler.interfaces.control import Control
    from metac.compiler.interfaces.drawing import Drawable, Exported
    from metac.compiler.interfaces.load import Test
    from metac.compiler.interfaces.path import Path
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.stdlib.generators.cell_field import CellField


class System:
    """`field`: what the cells are; `cell` and `thickness` in mm."""

    def __init__(self, *, field: CellField, cell: float, thickness: Array | float, built: float | None = None) -> None:
        self.field, self.thickness = field, thickness
        self.cell = built or self.build(cell)

    @staticmethod
    def build(cell: float) -> float:
        """The edge of a cell, which decides where corners are."""
        return float(cell)

    @property
    def rows(self) -> int:
        """Of cells."""
        return self.field.entries.shape[0]

    @property
    def columns(self) -> int:
        """Of cells."""
        return self.field.entries.shape[1]

    @property
    def width(self) -> float:
        """Along x, mm."""
        return self.columns * self.cell

    @property
    def height(self) -> float:
        """Along y, mm."""
        return self.rows * self.cell

    def test(self, boundary: Boundary, control: Control, path: Path) -> Test:
        """Between grips, for small strains; `FieldError` M0521 for other tests."""
        if not isinstance(boundary, Grips):
            raise FieldError("boundary", "a system of cells is held by `grips`", code="M0521")
        if not isinstance(control, Stretch):
            raise FieldError("control", "the grips of a system of cells are moved: `control = stretch { … }`", code="M0521")
        if not isinstance(path, Linear):
            message = "a system of cells is solved for small strains, at once"
            raise FieldError("path", message, code="M0521", help="write `path = linear {}`")
        return SystemTest(self, boundary, control)

    def fresh(self, refinement: float) -> System | None:
        """The same cells with `refinement` (rounded, at least 2) times as many pixels along each side of one.

        None of homogenised elements, whose number is that of the cells.
        """
        field = self.field.refined(max(2, round(refinement)))
        return None if field is None else System(field=field, cell=self.cell, thickness=self.thickness)

    def figure(self, title: str) -> Figure:
        """All pixels, or the wanted stiffness where no cells are chosen."""
        from metac.runtime.report.system_plots import draw_entries, draw_pixels

        if self.field.cells is None:
            return draw_entries(np.asarray(self.field.entries), self.field.stock.scale, title)
        return draw_pixels(self.pixels() > 1 / 2, self.cell, title)

    def arrays(self) -> Mapping[str, np.ndarray]:
        """What the figure shows: pixels, true for solid, or entries `[row, column, 4]`, MPa."""
        if self.field.cells is None:
            return {"stiffness": np.asarray(self.field.entries)}
        return {"pixels": self.pixels() > 1 / 2, "stiffness": np.asarray(self.field.entries)}

    def files(self) -> Mapping[str, bytes]:
        """The outline of all pixels of chosen cells to be cut, and as a solid, mm; nothing where none are chosen."""
        from metac.runtime.geometry.pixel_outlines import pixel_region
        from metac.runtime.report.outline_export import clean_outline, outline_files

        if self.field.cells is None:
            return {}
        solid = self.pixels() > 1 / 2
        region = pixel_region(solid, self.cell * self.columns / solid.shape[1])
        return outline_files(clean_outline(region), float(self.thickness))

    def pixels(self) -> np.ndarray:
        """`[row, column]`: moduli of all pixels over the solid's, of chosen cells; concrete values."""
        cells: Any = self.field.cells
        grid = SystemTest.grid_of(self, ())
        return np.asarray(all_moduli(grid, cells.kinds, jnp.asarray(cells.moduli)))


if TYPE_CHECKING:
    Satisfies[SystemBody](System)
    Satisfies[LoadableBody](System)
    Satisfies[Drawable](System)
    Satisfies[Exported](System)
    Satisfies[Refinable](System)
