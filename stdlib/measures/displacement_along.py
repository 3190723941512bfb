"""How far the corners of cells on a line go."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.mechanical_response import CornerDisplacements
from metac.compiler.interfaces.values import Curve
from metac.stdlib.measures.at_places import AXES
from metac.stdlib.measures.reading import read
from metac.stdlib.measures.refusals import CODE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metac.compiler.interfaces.measure import Measure
    from metac.compiler.interfaces.satisfies import Satisfies

NEAR = 1e-6
"""How far from a corner, in cells, a point may be by rounding."""


Points = tuple[tuple[float, ...], ...]


class DisplacementAlong:
    """Of a system of cells. Raises `FieldError` M0523 where the line leaves the system or the edges of its cells."""

    def __init__(self, *, of: Any, line: Sequence[Sequence[float]], along: str, built: Points | None = None) -> None:
        self.of, self.axis = of, AXES[along]
        self.line = built or self.build(line)

    @staticmethod
    def build(line: Sequence[Sequence[float]]) -> Points:
        """The points, which decide about corners."""
        return tuple(tuple(float(number) for number in point) for point in line)

    @cached_property
    def value(self) -> Curve:
        """`ordinate[corner]`, mm, over `abscissa[corner]`, the share of the line's length."""
        response = read(self.of, CornerDisplacements, "corners of cells")
        body = self.of.body
        column, up = corners_on(self.line, body.cell, body.columns, body.rows).T
        steps = np.abs(np.diff(column)) + np.abs(np.diff(up))
        share = np.concatenate([[0.0], np.cumsum(steps)]) / steps.sum()
        return Curve(jnp.asarray(share), response.corners[body.rows - up, column, self.axis])


def corners_on(line: Points, cell: float, columns: int, rows: int) -> NDArray[np.int64]:
    """`[corner, 2]`: columns and rows, from the lower left corner, of all corners of cells on a line."""
    if any(len(point) != 2 for point in line):
        raise FieldError("line", "a point has an x and a y", code=CODE, help="write `[[0 mm, 20 mm], [150 mm, 20 mm]]`")
    if len(line) < 2:
        raise FieldError("line", "a line has two points at least", code=CODE)
    exact = np.array(line, float) / cell
    found = np.rint(exact).astype(np.int64)
    for point, near in zip(exact, found, strict=True):
        x, y = cell * point
        if np.abs(point - near).max() > NEAR:
            message = f"({x:g} mm, {y:g} mm) is no corner of a cell"
            best = cell * near
            raise FieldError("line", message, code=CODE, help=f"the nearest one is [{best[0]:g} mm, {best[1]:g} mm]")
        if not (0 <= near[0] <= columns and 0 <= near[1] <= rows):
            message = f"({x:g} mm, {y:g} mm) lies outside of the system, {columns * cell:g} mm by {rows * cell:g} mm"
            raise FieldError("line", message, code=CODE)
    parts = [found[:1]]
    for first, last in pairwise(found):
        way = last - first
        if np.count_nonzero(way) != 1:
            message = "the line goes along edges of cells: from each point to the next along x or along y"
            raise FieldError("line", message, code=CODE)
        count = int(np.abs(way).max())
        parts.append(first + np.arange(1, count + 1)[:, None] * np.sign(way))
    return np.concatenate(parts)


if TYPE_CHECKING:
    Satisfies[Measure](DisplacementAlong)
