"""The linear triangle: constant strain."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metac.runtime.fem.elements.line import LINE_P1
from metac.runtime.fem.elements.quadrature import triangle
from metac.runtime.fem.elements.reference import Points, ReferenceElement


def shape(points: Points) -> NDArray[np.float64]:
    """Barycentric coordinates, `[3, point]`."""
    x, y = points.T
    return np.stack([1 - x - y, x, y])


def gradient(points: Points) -> NDArray[np.float64]:
    """Constant, `[3, 2, point]`."""
    constant = np.array([[-1.0, -1.0], [1.0, 0.0], [0.0, 1.0]])
    return np.repeat(constant[:, :, None], len(points), axis=2)


TRIANGLE_P1 = ReferenceElement(
    order=1,
    nodes=np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]),
    corners=(0, 1, 2),
    facets=((0, 1), (1, 2), (2, 0)),
    simplices=((0, 1, 2),),
    shape=shape,
    gradient=gradient,
    rule=triangle,
    quadrature_degree=1,
    facet=LINE_P1,
)
