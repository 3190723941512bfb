"""What an element is: shape functions on a reference cell, the unit simplex or the unit square or cube."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from metac.runtime.fem.elements.quadrature import Quadrature

Points = Float[np.ndarray, "point d"]
"""`[point, d]`, coordinates in the reference cell."""


@dataclass(frozen=True, eq=False)
class ReferenceElement:
    """A Lagrange element."""

    order: int
    nodes: Float[np.ndarray, "node d"]
    """Where its nodes stand, `[node, d]`, in the order of `Mesh.cells`."""
    corners: tuple[int, ...]
    """Nodes at its corners, in the order of VTK: round the cell counter-clockwise, in the plane; bottom, then top, in
    space."""
    facets: tuple[tuple[int, ...], ...]
    """Nodes of its facets, in the order of `facet`. In the plane these are edges, counter-clockwise: first, last, middle."""
    simplices: tuple[tuple[int, ...], ...]
    """Triangles or tetrahedra of corners that make up the cell with straight edges, each positively oriented."""
    shape: Callable[[Points], Float[np.ndarray, "node point"]]
    """Values of the shape functions, `[node, point]`."""
    gradient: Callable[[Points], Float[np.ndarray, "node d point"]]
    """Their derivatives, `[node, d, point]`."""
    rule: Callable[[int], Quadrature]
    """A quadrature of the reference cell that is exact to a polynomial degree."""
    quadrature_degree: int
    """Polynomial degree that its quadrature integrates exactly by default."""
    facet: ReferenceElement | None = None
    """The element of its facets, one dimension less; lines have none."""

    @property
    def dimension(self) -> int:
        """1, 2 or 3."""
        return self.nodes.shape[1]

    @property
    def default_rule(self) -> Quadrature:
        """The quadrature that equilibrium takes."""
        return self.rule(self.quadrature_degree)
