"""Lines along edges of the cells of a system: judged by `metac check` without JAX, and where a measure reads them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from metac.compiler.interfaces.attainability import Facts
from metac.compiler.interfaces.field_error import FieldError
from metac.stdlib.measures.refusals import CODE

NEAR = 1e-6
"""How far from a corner, in cells, a point may be by rounding."""
Points = tuple[tuple[float, ...], ...]


def on_corners(measure: Facts) -> None:
    """`FieldError` M0523 on `line` where it leaves the system or the edges of its cells, as far as these are known."""
    load, line = measure.fields.get("of"), measure.fields.get("line")
    body = load.fields.get("body") if isinstance(load, Facts) else None
    if isinstance(body, Facts) and body.form not in (None, "macro"):
        message = f"`{body.definition}` has no cells whose corners could be followed"
        raise FieldError(
            "of", message, code=CODE, help="a `system` has; of other bodies there is `displacement`, of a point or an edge"
        )
    field = body.fields.get("field") if isinstance(body, Facts) else None
    cells = field.fields.get("cells") if isinstance(field, Facts) else None
    cell = body.fields.get("cell") if isinstance(body, Facts) else None
    if line is not None and cells is not None and cell is not None:
        columns, rows = (int(count) for count in cells)
        corners_on(tuple(tuple(float(number) for number in point) for point in line), float(cell), columns, rows)


def corners_on(line: Points, cell: float, columns: int, rows: int) -> list[tuple[int, int]]:
    """Columns and rows, from the lower left corner, of all corners of cells on a line of points, mm.

    Raises FieldError M0523 on `line` where it leaves the system or the edges of its cells.
    """
    if any(len(point) != 2 for point in line):
        raise FieldError("line", "a point has an x and a y", code=CODE, help="write `[[0 mm, 20 mm], [150 mm, 20 mm]]`")
    if len(line) < 2:
        raise FieldError("line", "a line has two points at least", code=CODE)
    found = [_corner(point, cell, columns, rows) for point in line]
    corners = found[:1]
    for first, last in pairwise(found):
        across, up = last[0] - first[0], last[1] - first[1]
        if (across == 0) == (up == 0):
            message = "the line goes along edges of cells: from each point to the next along x or along y"
            raise FieldError("line", message, code=CODE)
        count = abs(across + up)
        corners += [(first[0] + n * across // count, first[1] + n * up // count) for n in range(1, count + 1)]
    return corners


def _corner(point: Sequence[float], cell: float, columns: int, rows: int) -> tuple[int, int]:
    exact = [number / cell for number in point]
    column, row = near = (round(exact[0]), round(exact[1]))
    x, y = point
    if max(abs(number - corner) for number, corner in zip(exact, near, strict=True)) > NEAR:
        message = f"({x:g} mm, {y:g} mm) is no corner of a cell"
        raise FieldError("line", message, code=CODE, help=f"the nearest one is [{cell * column:g} mm, {cell * row:g} mm]")
    if not (0 <= column <= columns and 0 <= row <= rows):
        message = f"({x:g} mm, {y:g} mm) lies outside of the system, {columns * cell:g} mm by {rows * cell:g} mm"
        raise FieldError("line", message, code=CODE)
    return column, row
