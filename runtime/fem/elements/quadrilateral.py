"""Quadrilaterals as products of lines: bilinear (Q1, four nodes) and biquadratic (Q2, nine), on the unit square.

Nodes are numbered row by row from the lower left corner.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from jaxtyping import Float

from metac.runtime.fem.elements.line import LINE_P1, LINE_P2, lagrange
from metac.runtime.fem.elements.quadrature import square
from metac.runtime.fem.elements.reference import Points, ReferenceElement


def shape(order: int, points: Points) -> Float[np.ndarray, "node point"]:
    """`[node, point]`: products of the lines' shape functions."""
    (along_x, _), (along_y, _) = (lagrange(order, coordinate) for coordinate in points.T)
    return np.einsum("bp,ap->bap", along_y, along_x).reshape(-1, len(points))


def gradient(order: int, points: Points) -> Float[np.ndarray, "node 2 point"]:
    """`[node, 2, point]`."""
    (x, slope_x), (y, slope_y) = (lagrange(order, coordinate) for coordinate in points.T)
    pair = np.stack([np.einsum("bp,ap->bap", y, slope_x), np.einsum("bp,ap->bap", slope_y, x)], axis=2)
    return pair.reshape(-1, 2, len(points))


def quadrilateral(order: int) -> ReferenceElement:
    """The element of an order; its quadrature, `(order + 1)²` Gauss points, is exact for the stiffness of rectangles."""
    line = np.linspace(0, 1, order + 1)
    y, x = np.meshgrid(line, line, indexing="ij")
    numbers = np.arange((order + 1) ** 2).reshape(order + 1, order + 1)
    edges = (numbers[0], numbers[:, -1], numbers[-1, ::-1], numbers[::-1, 0])
    south_west, south_east, north_east, north_west = (int(edge[0]) for edge in edges)
    return ReferenceElement(
        order=order,
        nodes=np.stack([x.ravel(), y.ravel()], axis=1),
        corners=(south_west, south_east, north_east, north_west),
        facets=tuple((int(edge[0]), int(edge[-1]), *map(int, edge[1:-1])) for edge in edges),
        simplices=((south_west, south_east, north_east), (south_west, north_east, north_west)),
        shape=partial(shape, order),
        gradient=partial(gradient, order),
        rule=square,
        quadrature_degree=2 * order + 1,
        facet=LINE_P1 if order == 1 else LINE_P2,
    )


QUADRILATERAL_Q1, QUADRILATERAL_Q2 = quadrilateral(1), quadrilateral(2)
