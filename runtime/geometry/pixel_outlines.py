"""The region that the solid pixels of a picture cover, along the edges of its pixels."""

from __future__ import annotations

import numpy as np
import shapely
from jaxtyping import Bool


def pixel_region(solid: Bool[np.ndarray, "row column"], pixel: float) -> shapely.Geometry:
    """Polygons with holes, mm; row 0 is the top one, the origin the lower left corner of the picture.

    Pixels that meet in a corner alone meet in a point.
    """
    rows = len(solid)
    padded = np.pad(solid, 1)
    # Edges between a solid and a void pixel: below row i, and to the right of column j, of the padded picture.
    row, column = np.nonzero(padded[:-1, 1:-1] != padded[1:, 1:-1])
    across = np.stack([column, rows - row, column + 1, rows - row], axis=-1)
    row, column = np.nonzero(padded[1:-1, :-1] != padded[1:-1, 1:])
    upright = np.stack([column, rows - row - 1, column, rows - row], axis=-1)
    ends = np.concatenate([across, upright]).reshape(-1, 2, 2)
    return shapely.build_area(shapely.MultiLineString(list(pixel * ends)))
