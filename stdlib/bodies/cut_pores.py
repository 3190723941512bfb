"""Pores that the edge of a sheet of cells cuts, told while a spec is checked: without JAX, and mostly in plain numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, floor, isfinite
from typing import Any, NamedTuple

from metac.compiler.interfaces.attainability import Facts
from metac.compiler.interfaces.doubted import Doubt
from metac.compiler.interfaces.shape import Encircled, TiledShape

CODE = "M0657"
ON_EDGE = 1e-9
"""What touches the edge to this share of a cell is not cut."""

Bounds = tuple[float, float, float, float]
"""x0, y0, x1, y1, mm."""


def cut_pores(sheet: Facts, made: Mapping[str, Any]) -> Doubt | None:
    """Fewer pores, or inclusions, are whole than the numbers of cells ask for, as others reach over the edge."""
    cells = sheet.fields.get("cells")
    if not isinstance(cells, tuple) or len(cells) != 2 or not all(_counts(count) for count in cells):
        return None
    for field in ("shape", "inclusions", "pores"):
        given = made.get(field)
        for shape in given if isinstance(given, tuple) else (given,):
            if isinstance(shape, Encircled):
                doubt = _of_shape(
                    shape, (float(cells[0]), float(cells[1])), "inclusions" if field == "inclusions" else "pores"
                )
                if doubt is not None:
                    return doubt
    return None


class _Sheet(NamedTuple):
    """A rectangle of cells, its lower left corner at the origin of their lattice."""

    columns: float
    rows: float
    across: float
    """Of a cell, along x, mm."""
    shift: float
    """Along x, of the next row of cells, mm."""
    up: float
    """From one row to the next, mm."""

    def whole(self, around: Bounds) -> int:
        """Of all images of what has these bounds, how many lie in the sheet."""
        x0, y0, x1, y1 = around
        near = ON_EDGE * max(self.across, self.up)
        return self._images(
            (-x0 - near, self.columns * self.across - x1 + near), (-y0 - near, self.rows * self.up - y1 + near)
        )

    def met(self, around: Bounds) -> int:
        """How many have bounds that meet the inside of the sheet."""
        x0, y0, x1, y1 = around
        near = ON_EDGE * max(self.across, self.up)
        return self._images(
            (-x1 + near, self.columns * self.across - x0 - near), (-y1 + near, self.rows * self.up - y0 - near)
        )

    def _images(self, along: tuple[float, float], upwards: tuple[float, float]) -> int:
        """Lattice translations, mm, between these along x and along y."""
        rows = range(ceil(upwards[0] / self.up), floor(upwards[1] / self.up) + 1)
        starts = ((along[0] - row * self.shift, along[1] - row * self.shift) for row in rows)
        return sum(max(0, floor(last / self.across) - ceil(first / self.across) + 1) for first, last in starts)


def _of_shape(shape: Encircled, cells: tuple[float, float], what: str) -> Doubt | None:
    (across, tilt), (shift, up) = shape.vectors
    if tilt or across <= 0:
        return None
    sheet = _Sheet(*cells, across, shift, up)
    circles = [(x - radius, y - radius, x + radius, y + radius) for x, y, radius in shape.circles]
    if all(sheet.whole(each) == sheet.met(each) for each in circles):
        return None
    if not isinstance(shape, TiledShape):
        return None
    bounds: Sequence[Bounds] = [pore.bounds for pore in shape.pores]
    whole, met = (sum(map(count, bounds)) for count in (sheet.whole, sheet.met))
    asked = cells[0] * cells[1] * len(bounds)
    if whole >= asked - ON_EDGE * asked or whole == met:
        return None
    cell = (min(0.0, shift), 0.0, across + max(0.0, shift), up)
    return Doubt(
        "cells",
        f"the sheet's edge leaves {whole} of {asked:g} {what} whole",
        _cut_cells(cells[0] * cells[1], sheet.whole(cell)),
        _way_out(cells, shift),
        CODE,
    )


def _cut_cells(asked: float, whole: int) -> tuple[str, ...]:
    if whole >= asked:
        return ()
    return (f"{asked:g} cells are asked for, and {whole} of them {'is' if whole == 1 else 'are'} whole",)


def _way_out(cells: tuple[float, float], shift: float) -> str:
    if any(count != round(count) for count in cells):
        return "give whole numbers of cells, or such as end between pores"
    meant = f"where that is meant, write `# metac: allow {CODE}`"
    if shift:
        return f"the cells are slanted, so that a rectangle cuts them; {meant}"
    return f"move the motif by its `at` off the edges of its cell; {meant}"


def _counts(count: object) -> bool:
    return isinstance(count, int | float) and isfinite(count) and count > 0
