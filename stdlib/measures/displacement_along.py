"""How far the corners of cells on a line go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.mechanical_response import CornerDisplacements
from metac.compiler.interfaces.values import Curve
from metac.stdlib.measures.at_places import AXES
from metac.stdlib.measures.corner_lines import Points, corners_on
from metac.stdlib.measures.reading import read

if TYPE_CHECKING:
    from metac.compiler.interfaces.measure import Measure
    from metac.compiler.interfaces.satisfies import Satisfies


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
        column, up = np.array(corners_on(self.line, body.cell, body.columns, body.rows)).T
        steps = np.abs(np.diff(column)) + np.abs(np.diff(up))
        share = np.concatenate([[0.0], np.cumsum(steps)]) / steps.sum()
        return Curve(jnp.asarray(share), response.corners[body.rows - up, column, self.axis])


if TYPE_CHECKING:
    Satisfies[Measure](DisplacementAlong)
