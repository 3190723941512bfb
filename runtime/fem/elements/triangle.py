"""Triangles: the linear one, of constant strain, and the quadratic one, whose edges may be curved."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from metac.runtime.fem.elements.line import LINE_P1, LINE_P2
from metac.runtime.fem.elements.quadrature import triangle
from metac.runtime.fem.elements.reference import Points, ReferenceElement

EDGES = ((0, 1), (1, 2), (2, 0))


def linear_shape(points: Points) -> Float[np.ndarray, "3 point"]:
    """Barycentric coordinates, `[3, point]`."""
    x, y = points.T
    return np.stack([1 - x - y, x, y])


def linear_gradient(points: Points) -> Float[np.ndarray, "3 2 point"]:
    """Constant, `[3, 2, point]`."""
    constant = np.array([[-1.0, -1.0], [1.0, 0.0], [0.0, 1.0]])
    return np.repeat(constant[:, :, None], len(points), axis=2)


TRIANGLE_P1 = ReferenceElement(
    order=1,
    nodes=np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]),
    corners=(0, 1, 2),
    facets=EDGES,
    simplices=((0, 1, 2),),
    shape=linear_shape,
    gradient=linear_gradient,
    rule=triangle,
    quadrature_degree=1,
    facet=LINE_P1,
)


def quadratic_shape(points: Points) -> Float[np.ndarray, "6 point"]:
    """λ(2λ − 1) at vertices and 4λᵢλⱼ on edges, `[6, point]`."""
    corner = linear_shape(points)
    return np.concatenate([corner * (2 * corner - 1), np.stack([4 * corner[i] * corner[j] for i, j in EDGES])])


def quadratic_gradient(points: Points) -> Float[np.ndarray, "6 2 point"]:
    """Linear, `[6, 2, point]`."""
    corner, slope = linear_shape(points), linear_gradient(points)
    vertices = (4 * corner - 1)[:, None] * slope
    edges = [4 * (corner[i] * slope[j] + corner[j] * slope[i]) for i, j in EDGES]
    return np.concatenate([vertices, np.stack(edges)])


TRIANGLE_P2 = ReferenceElement(
    order=2,
    nodes=np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.5, 0.0], [0.5, 0.5], [0.0, 0.5]]),
    corners=(0, 1, 2),
    facets=tuple((a, b, 3 + number) for number, (a, b) in enumerate(EDGES)),
    simplices=((0, 1, 2),),
    shape=quadratic_shape,
    gradient=quadratic_gradient,
    rule=triangle,
    # Exact for the stiffness of straight-sided elements and for the area of curved ones. Three points for twelve degrees of
    # freedom are enough (no zero-energy modes), and loosen nearly incompressible elements a little.
    quadrature_degree=2,
    facet=LINE_P2,
)
"""Its nodes: three vertices, then the middles of edges 01, 12, 20."""
