"""The true curve of an outline: cubic splines through its points, broken at its corners."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq

from metac.runtime.dimensions import PLANE
from metac.runtime.geometry.outline import Outline


class OutlineSpline:
    """A closed curve over the parameter `[0, length]`, the accumulated distance of its points (mm).

    Smooth outlines are one periodic spline; between corners there is a spline of its own. The error is of fourth order in
    the distance of the points.
    """

    def __init__(self, outline: Outline) -> None:
        points = outline.points
        closed = np.concatenate([points, points[:1]])
        self.knots = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))])
        """`[point + 1]`: parameter of every point; the last is that of the first again."""
        self.length = float(self.knots[-1])
        self.corners = self.knots[list(outline.corners)]
        """`[corner]`: parameters of the corners."""
        if not outline.corners:
            self._starts = np.zeros(1)
            self._splines = [CubicSpline(self.knots, closed, bc_type="periodic")]
            return
        count = len(points)
        self._starts = self.corners
        self._splines = []
        for start, end in zip(outline.corners, (*outline.corners[1:], outline.corners[0] + count), strict=True):
            indices = np.arange(start, end + 1)
            parameters = self.knots[indices % count] + self.length * (indices // count)
            self._splines.append(CubicSpline(parameters, points[indices % count]))

    def at(self, parameters: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points `[..., 2]` at parameters `[...]`, which may leave `[0, length]` and then go round, mm."""
        first = self._starts[0]
        wrapped = (np.asarray(parameters, dtype=np.float64) - first) % self.length + first
        which = np.searchsorted(self._starts, wrapped, side="right") - 1
        points = np.empty((*wrapped.shape, PLANE))
        for number, spline in enumerate(self._splines):
            points[which == number] = spline(wrapped[which == number])
        return points

    def refined(self, steps: int) -> NDArray[np.float64]:
        """`[point, step]`: parameters of the points, and `steps` from each to the next."""
        return self.knots[:-1, None] + np.diff(self.knots)[:, None] * np.arange(steps) / steps

    def crossing(self, segment: int, axis: int, line: float) -> float:
        """Parameter between point `segment` and the next, which lie on either side, where coordinate `axis` is `line`."""
        start, end = float(self.knots[segment]), float(self.knots[segment + 1])

        def offset(part: float) -> float:
            # The spline meets its last point only up to rounding, and goes round there; the signs at the ends are known.
            return float(self.at(np.array(start + part * (end - start)))[axis]) - line

        return start + (end - start) * float(brentq(offset, 0.0, 1.0 - 1e-12, xtol=1e-14))  # pyright: ignore[reportArgumentType]
