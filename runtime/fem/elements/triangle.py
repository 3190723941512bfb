"""Triangles: the linear one, of constant strain, and the quadratic one, whose edges may be curved."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from metac.runtime.dimensions import PLANE
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


def bubble_shape(points: Points) -> Float[np.ndarray, "7 point"]:
    """The quadratic ones less their part of the bubble 27 λ₁λ₂λ₃, which comes last, `[7, point]`."""
    bubble = 27 * np.prod(linear_shape(points), axis=0)
    return np.concatenate([quadratic_shape(points) - AT_CENTRE[:, None] * bubble, bubble[None]])


def bubble_gradient(points: Points) -> Float[np.ndarray, "7 2 point"]:
    """Quadratic, `[7, 2, point]`."""
    corner, slope = linear_shape(points), linear_gradient(points)
    bubble = 27 * np.sum([corner[(i + 1) % 3] * corner[(i + 2) % 3] * slope[i] for i in range(3)], axis=0)
    return np.concatenate([quadratic_gradient(points) - AT_CENTRE[:, None, None] * bubble, bubble[None]])


CENTRE = np.full((1, PLANE), 1 / 3)
AT_CENTRE = quadratic_shape(CENTRE)[:, 0]
"""The quadratic shape functions at the centroid."""

TRIANGLE_P2_BUBBLE = ReferenceElement(
    order=2,
    nodes=np.concatenate([TRIANGLE_P2.nodes, CENTRE]),
    corners=(0, 1, 2),
    facets=TRIANGLE_P2.facets,
    simplices=((0, 1, 2),),
    shape=bubble_shape,
    gradient=bubble_gradient,
    rule=triangle,
    # Slopes are quadratic: exact for the stiffness of straight-sided elements.
    quadrature_degree=4,
    facet=LINE_P2,
)
"""With a cubic bubble and a seventh node at the centroid, for mixed elements (`mixed/mixed_law.py`)."""
