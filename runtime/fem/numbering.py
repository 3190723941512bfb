"""Numbers of degrees of freedom in 2 or 3 dimensions; needs no JAX, so that processes that help start quickly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def degrees_of_freedom(points: Any, components: Sequence[int], dimension: int) -> NDArray[np.int64]:
    """Numbers `dimension · point + component`: those of all points for the first component, then for the next one.

    `points[point, …]` gives `[component · point, …]`.
    """
    points = np.asarray(points, dtype=np.int64)
    return np.concatenate([dimension * points + component for component in components])


def element_degrees(nodes: NDArray[Any], dimension: int) -> NDArray[Any]:
    """`[cell, node · component]`: numbers `dimension · node + component` of `nodes[cell, node]`, a node's own together."""
    return (dimension * nodes[..., None] + np.arange(dimension)).reshape(len(nodes), -1)
