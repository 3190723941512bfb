"""The trilinear hexahedron (Q1) as a product of lines on the unit cube.

Nodes are numbered along x first, then along y, then along z.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from metac.runtime.fem.elements.line import lagrange
from metac.runtime.fem.elements.quadrature import cube
from metac.runtime.fem.elements.quadrilateral import QUADRILATERAL_Q1
from metac.runtime.fem.elements.reference import Points, ReferenceElement

NODES = np.array([[x, y, z] for z in (0.0, 1.0) for y in (0.0, 1.0) for x in (0.0, 1.0)])


def shape(points: Points) -> Float[np.ndarray, "8 point"]:
    """`[8, point]`: products of the lines' shape functions."""
    (x, _), (y, _), (z, _) = (lagrange(1, coordinate) for coordinate in points.T)
    return np.einsum("cp,bp,ap->cbap", z, y, x).reshape(8, -1)


def gradient(points: Points) -> Float[np.ndarray, "8 3 point"]:
    """`[8, 3, point]`."""
    (x, along_x), (y, along_y), (z, along_z) = (lagrange(1, coordinate) for coordinate in points.T)
    products = (z, y, along_x), (z, along_y, x), (along_z, y, x)
    return np.stack([np.einsum("cp,bp,ap->cbap", *factors).reshape(8, -1) for factors in products], axis=1)


HEXAHEDRON_Q1 = ReferenceElement(
    order=1,
    nodes=NODES,
    corners=(0, 1, 3, 2, 4, 5, 7, 6),
    # Nodes of a facet row by row, as in a quadrilateral: at x = 0 and 1, y = 0 and 1, z = 0 and 1.
    facets=((0, 2, 4, 6), (1, 3, 5, 7), (0, 1, 4, 5), (2, 3, 6, 7), (0, 1, 2, 3), (4, 5, 6, 7)),
    # Six tetrahedra around the diagonal from node 0 to node 7.
    simplices=((0, 1, 3, 7), (0, 3, 2, 7), (0, 2, 6, 7), (0, 6, 4, 7), (0, 4, 5, 7), (0, 5, 1, 7)),
    shape=shape,
    gradient=gradient,
    rule=cube,
    # Two Gauss points along each axis: exact for the stiffness of boxes, and no zero-energy modes.
    quadrature_degree=3,
    facet=QUADRILATERAL_Q1,
)
