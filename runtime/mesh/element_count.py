"""How many elements a mesh would have: what no solver could take is refused before a mesher works on it for hours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from metac.runtime.errors import RuntimeFailure
from metac.runtime.geometry.sheet import Ring

MOST = 4_000_000
"""Triangles. Ten times fewer are more than a direct solver takes into some 30 GB."""
OF_ONE = np.sqrt(3) / 4
"""Area of an equilateral triangle of edge 1."""


class TooManyElements(RuntimeFailure):
    """A mesh that nothing could be computed on."""

    of_geometry = True

    def __init__(self, count: float) -> None:
        super().__init__(
            f"the mesh would have some {count:.1g} triangles, more than {MOST:,}",
            remedy="choose a larger mesh `size`, fewer cells, or layers that are not so thin",
        )


def require_countable(rings: Sequence[Ring], size: float) -> None:
    """Raise TooManyElements where triangles of edge `size` (mm) would be too many for the solid inside `rings`."""
    require_few(sum(_signed_area(ring) for ring in rings) / size**2)


def require_few(area: float) -> None:
    """The same for a region of `area`, in squares of the triangles' edge."""
    count = area / OF_ONE
    if count > MOST:
        raise TooManyElements(count)


def _signed_area(ring: Ring) -> float:
    """By the dense points, mm²; that of holes is negative, as the solid lies on the left."""
    x, y = np.concatenate([piece.points for piece in ring]).T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2
