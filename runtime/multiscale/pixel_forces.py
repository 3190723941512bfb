"""Forces of displacements on a large grid of square pixels, by slices: no index arrays, for numpy and for JAX."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float

from metac.runtime.dimensions import PLANE

_CORNERS = ((1, 0), (1, 1), (0, 0), (0, 1))
"""Rows and columns by which an element's nodes lie behind its upper left one, row by row from the lower left."""


def pixel_forces(np_or_jnp: Any, moduli: Any, element: Float[np.ndarray, "8 8"], displacement: Any) -> Any:
    """K u `[row, column, 2]` of nodes for `moduli[row, column]` of pixels and `displacement[row, column, 2]` (mm)."""
    rows, columns = moduli.shape
    corners = [displacement[i : i + rows, j : j + columns] for i, j in _CORNERS]
    local = (np_or_jnp.concatenate(corners, axis=-1) @ element) * moduli[..., None]
    parts = [
        np_or_jnp.pad(local[..., PLANE * k : PLANE * (k + 1)], ((i, 1 - i), (j, 1 - j), (0, 0)))
        for k, (i, j) in enumerate(_CORNERS)
    ]
    return parts[0] + parts[1] + parts[2] + parts[3]
