"""The linear tetrahedron: constant strain."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from metac.runtime.fem.elements.quadrature import tetrahedron
from metac.runtime.fem.elements.reference import Points, ReferenceElement
from metac.runtime.fem.elements.triangle import TRIANGLE_P1


def shape(points: Points) -> Float[np.ndarray, "4 point"]:
    """Barycentric coordinates, `[4, point]`."""
    return np.concatenate([1 - points.sum(axis=1)[None], points.T])


def gradient(points: Points) -> Float[np.ndarray, "4 3 point"]:
    """Constant, `[4, 3, point]`."""
    constant = np.concatenate([-np.ones((1, 3)), np.eye(3)])
    return np.repeat(constant[:, :, None], len(points), axis=2)


TETRAHEDRON_P1 = ReferenceElement(
    order=1,
    nodes=np.concatenate([np.zeros((1, 3)), np.eye(3)]),
    corners=(0, 1, 2, 3),
    # Seen from outside, counter-clockwise.
    facets=((0, 2, 1), (0, 1, 3), (1, 2, 3), (0, 3, 2)),
    simplices=((0, 1, 2, 3),),
    shape=shape,
    gradient=gradient,
    rule=tetrahedron,
    quadrature_degree=1,
    facet=TRIANGLE_P1,
)
