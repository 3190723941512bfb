"""Curves that are given as points, from a file say: values between the points, and none beyond them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from metac.compiler.interfaces.values import Curve

Interpolation = Literal["linear", "monotone", "smooth"]
INTERPOLATIONS: tuple[Interpolation, ...] = ("linear", "monotone", "smooth")


@dataclass(frozen=True, eq=False)
class GivenCurve(Curve):
    """A curve through points, `abscissa` increasing; called with abscissae it gives ordinates.

    `linear`: straight lines. `monotone`: piecewise cubic with the slopes of Fritsch and Butland (SIAM J. Sci. Stat. Comput.
    5, 1984, 300), which never overshoots (PCHIP). `smooth`: the cubic spline with a continuous second derivative ("not a
    knot").
    """

    interpolation: Interpolation = "linear"

    def __call__(self, x: Any, xp: Any = None) -> Any:
        """Ordinates at `x`, of its shape; not a number beyond the first or last point. `xp` is numpy unless given.

        Over `jax.numpy` differentiable by `x` and by the ordinates.
        """
        if xp is None:
            import numpy as xp
        x = xp.asarray(x, float)
        points, values = xp.asarray(self.abscissa, float), xp.asarray(self.ordinate, float)
        last = len(self.abscissa) - 2
        left = xp.clip(xp.searchsorted(points, x, side="right") - 1, 0, last)
        width = points[left + 1] - points[left]
        share = (x - points[left]) / width
        if self.interpolation == "linear":
            found = values[left] * (1 - share) + values[left + 1] * share
        else:
            slopes = self._slopes(points, values, xp)
            found = _hermite(share, width, values[left], values[left + 1], slopes[left], slopes[left + 1])
        # A sum that was rounded may end a little beyond the last point.
        slack = 1e-9 * (points[-1] - points[0])
        return xp.where((x >= points[0] - slack) & (x <= points[-1] + slack), found, xp.nan)

    def _slopes(self, points: Any, values: Any, xp: Any) -> Any:
        """The curve's slope at each of its points."""
        if len(self.abscissa) == 2:
            return xp.ones(2) * (values[1] - values[0]) / (points[1] - points[0])
        return self._spline @ values if self.interpolation == "smooth" else _monotone_slopes(points, values, xp)

    @cached_property
    def _spline(self) -> Any:
        """The matrix that makes slopes of ordinates."""
        import numpy as np
        from scipy.interpolate import CubicSpline

        points = np.asarray(self.abscissa, float)
        return CubicSpline(points, np.eye(len(points)), axis=0)(points, 1)


def _hermite(share: Any, width: Any, start: Any, stop: Any, first: Any, last: Any) -> Any:
    """The cubic with these values and slopes at its ends."""
    rise = share * share * (3 - 2 * share)
    bend = first * share * (1 - share) ** 2 - last * share * share * (1 - share)
    return start + (stop - start) * rise + width * bend


def _monotone_slopes(points: Any, values: Any, xp: Any) -> Any:
    """Weighted harmonic means of neighbouring secants, zero where these turn; at the ends from three points."""
    h = points[1:] - points[:-1]
    secants = (values[1:] - values[:-1]) / h
    before, after = secants[:-1], secants[1:]
    turns = before * after <= 0
    w1, w2 = 2 * h[1:] + h[:-1], h[1:] + 2 * h[:-1]
    safe_before, safe_after = xp.where(turns, 1.0, before), xp.where(turns, 1.0, after)
    inner = xp.where(turns, 0.0, (w1 + w2) / (w1 / safe_before + w2 / safe_after))
    ends = [_end_slope(h[0], h[1], secants[0], secants[1], xp), _end_slope(h[-1], h[-2], secants[-1], secants[-2], xp)]
    return xp.concatenate([ends[0][None], inner, ends[1][None]])


def _end_slope(h: Any, next_h: Any, secant: Any, next_secant: Any, xp: Any) -> Any:
    slope = ((2 * h + next_h) * secant - h * next_secant) / (h + next_h)
    steep = (secant * next_secant < 0) & (xp.abs(slope) > 3 * xp.abs(secant))
    return xp.where(slope * secant <= 0, 0.0, xp.where(steep, 3 * secant, slope))
