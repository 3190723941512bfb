"""What an element is: shape functions on the reference triangle with vertices (0,0), (1,0), (0,1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""`[point, 2]`, coordinates in the reference triangle."""


@dataclass(frozen=True, eq=False)
class ReferenceElement:
    """A Lagrange triangle."""

    order: int
    nodes: Points
    """Where its nodes stand, `[node, 2]`, in the order of `Mesh.cells`."""
    shape: Callable[[Points], NDArray[np.float64]]
    """Values of the shape functions, `[node, point]`."""
    gradient: Callable[[Points], NDArray[np.float64]]
    """Their derivatives, `[node, 2, point]`."""
    quadrature_degree: int
    """Polynomial degree that its quadrature integrates exactly by default."""
