"""New cells from old ones: their outlines, moved at random.

The outline is the zero of the signed distance. It is carried along by a smooth displacement that keeps the mirror lines
where they are, and a smooth offset makes members thicker and thinner, opens and closes them. Both are short series with
random coefficients; how strong they are is drawn for each cell.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

MODES = 4
"""Waves along each side."""
DISPLACEMENT = (0.3, 3.0)
"""Least and largest size of a displacement, pixels of a cell of 50."""
OFFSET = (0.1, 1.5)
"""Of an offset."""
SHALLOW = 1.0
"""Pixels."""
REFERENCE = 25
"""Pixels of a quarter's side that these sizes are for."""


def perturbed(quarters: NDArray[np.bool_], random: np.random.Generator) -> NDArray[np.bool_]:
    """One new quarter, not repaired, from each `[cell, row, column]`."""
    count, rows, columns = quarters.shape
    pixel = min(rows, columns) / REFERENCE
    down, right = (np.arange(MODES)[:, None] * np.pi * (np.arange(size) + 0.5) / size for size in (rows, columns))
    along_x = _series(random, count, np.cos(down), np.sin(right))
    along_y = _series(random, count, np.sin(down), np.cos(right))
    offset = _series(random, count, np.cos(down), np.cos(right))
    strength = (_log_uniform(random, *DISPLACEMENT, count) * pixel)[:, None, None]
    thickness = (_log_uniform(random, *OFFSET, count) * pixel)[:, None, None]
    row, column = np.meshgrid(np.arange(rows, dtype=float), np.arange(columns, dtype=float), indexing="ij")
    found = np.empty_like(quarters)
    for index, quarter in enumerate(quarters):
        places = np.stack([row + (strength * along_y)[index], column + (strength * along_x)[index]])
        level = ndimage.map_coordinates(signed_distance(quarter), places, order=1, mode="reflect")
        found[index] = level + thickness[index] * offset[index] > 0
    return found


def signed_distance(quarter: NDArray[np.bool_]) -> NDArray[np.float64]:
    """`[row, column]`: distance of pixels' centres from the outline, pixels, positive in the solid; sides are mirrors.

    A quarter of one phase has no outline; it counts as `SHALLOW` deep, so that an offset opens it.
    """
    rows, columns = quarter.shape
    if quarter.all() or not quarter.any():
        return np.full(quarter.shape, SHALLOW if quarter.all() else -SHALLOW)
    around = np.pad(quarter, ((rows // 2,) * 2, (columns // 2,) * 2), mode="symmetric")
    inside, outside = (np.asarray(ndimage.distance_transform_edt(each)) for each in (around, ~around))
    whole = np.where(around, inside - 0.5, 0.5 - outside)
    return whole[rows // 2 : rows // 2 + rows, columns // 2 : columns // 2 + columns]


def _series(
    random: np.random.Generator, count: int, down: NDArray[np.float64], right: NDArray[np.float64]
) -> NDArray[np.float64]:
    """`[cell, row, column]`: random sums of products of waves, of about unit size, the longer the stronger."""
    orders = np.arange(MODES)
    fall = 1 / (1 + orders[:, None] ** 2 + orders[None, :] ** 2)
    weights = random.standard_normal((count, MODES, MODES)) * fall / np.sqrt(np.sum(fall**2))
    return np.einsum("nkl,ka,lb->nab", weights, down, right)


def _log_uniform(random: np.random.Generator, low: float, high: float, count: int) -> NDArray[np.float64]:
    return np.exp(random.uniform(np.log(low), np.log(high), count))
