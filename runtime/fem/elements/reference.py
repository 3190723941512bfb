"""What an element is: shape functions on a reference cell, the triangle (0,0), (1,0), (0,1) or the unit square."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metac.runtime.fem.elements.quadrature import Quadrature

Points = NDArray[np.float64]
"""`[point, 2]`, coordinates in the reference cell."""


@dataclass(frozen=True, eq=False)
class ReferenceElement:
    """A Lagrange element."""

    order: int
    nodes: Points
    """Where its nodes stand, `[node, 2]`, in the order of `Mesh.cells`."""
    edges: tuple[tuple[int, ...], ...]
    """Nodes of its edges, counter-clockwise: first, last, and in between."""
    shape: Callable[[Points], NDArray[np.float64]]
    """Values of the shape functions, `[node, point]`."""
    gradient: Callable[[Points], NDArray[np.float64]]
    """Their derivatives, `[node, 2, point]`."""
    rule: Callable[[int], Quadrature]
    """A quadrature of the reference cell that is exact to a polynomial degree."""
    quadrature_degree: int
    """Polynomial degree that its quadrature integrates exactly by default."""

    @property
    def corners(self) -> tuple[int, ...]:
        """Nodes at its corners, counter-clockwise."""
        return tuple(edge[0] for edge in self.edges)

    @property
    def default_rule(self) -> Quadrature:
        """The quadrature that equilibrium takes."""
        return self.rule(self.quadrature_degree)
