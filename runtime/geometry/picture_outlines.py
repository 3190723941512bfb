"""Outlines of the dark regions of a picture, smoothed: contours of a cubic spline through its pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RectBivariateSpline
from scipy.ndimage import gaussian_filter

from metac.runtime.geometry.contours import NoContour, negative_regions
from metac.runtime.geometry.outline import Outline
from metac.runtime.geometry.rectangle import Rectangle

AROUND = 4
"""Pixels around the picture that the spline needs, so that it does not feel where it ends."""
TOLERANCE = 0.05
"""Of an outline, over the size of a pixel."""
LEAST = 4
"""Rows and columns."""


def dark_regions(
    picture: NDArray[np.float64], pixel: float, smoothing: float, periodic: bool, tolerance: float | None
) -> tuple[Outline, ...]:
    """Outlines of where a picture is negative, mm, around its middle.

    Args:
        picture: `[row, column]`, row 0 at the top.
        pixel: edge of a pixel, mm.
        smoothing: standard deviation of a Gaussian filter, pixels.
        periodic: it repeats along x and y; otherwise its edge is positive.
        tolerance: farthest distance from the contour, mm; None for `TOLERANCE` of a pixel.

    Raises:
        NoContour: where it is negative nowhere, or at its edge; where a region has holes, or runs through the period.
    """
    rows, columns = picture.shape
    if min(rows, columns) < LEAST:
        raise NoContour(f"a picture of {rows} by {columns} pixels has no outlines", "take a finer one", field="of")
    mode = "wrap" if periodic else "nearest"
    smooth = gaussian_filter(picture[::-1].astype(np.float64), smoothing, mode=mode, truncate=6.0)
    padded = np.pad(smooth, AROUND, mode="wrap" if periodic else "edge")
    up, across = (pixel * (np.arange(-AROUND, count + AROUND) + 0.5 - count / 2) for count in (rows, columns))
    spline = RectBivariateSpline(up, across, padded)
    width, height = columns * pixel, rows * pixel
    period = Rectangle(-width / 2, -height / 2, width / 2, height / 2)

    def value(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        if periodic:
            x, y = ((part + size / 2) % size - size / 2 for part, size in ((x, width), (y, height)))
        return np.asarray(spline.ev(y, x))

    tolerance = tolerance or TOLERANCE * pixel
    if not periodic:
        return negative_regions(value, period, tolerance, detail=pixel)
    window = Rectangle(-width, -height, width, height)
    return negative_regions(value, window, tolerance, period=period, detail=pixel)
