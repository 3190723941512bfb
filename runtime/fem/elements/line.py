"""Lines of two nodes (a, b) or three (a, b, middle) on [0, 1], facets of plane elements, and the polynomials they have."""

from __future__ import annotations

from functools import partial

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from metac.runtime.fem.elements.quadrature import segment
from metac.runtime.fem.elements.reference import Points, ReferenceElement


def lagrange(order: int, points: Float[np.ndarray, " point"]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values and derivatives, `[node, point]` each, at `points[point]`; nodes equally spaced, from the lower end on."""
    nodes = np.linspace(0, 1, order + 1)
    polynomials = []
    for node in nodes:
        others = np.poly1d(nodes[nodes != node], r=True)
        polynomials.append(others / others(node))
    values = np.stack([polynomial(points) for polynomial in polynomials])
    slopes = np.stack([polynomial.deriv()(points) for polynomial in polynomials])
    return values, slopes


def _values(order: int, points: Points) -> NDArray[np.float64]:
    return lagrange(order, points[:, 0])[0][_node_order(order)]


def _slopes(order: int, points: Points) -> NDArray[np.float64]:
    return lagrange(order, points[:, 0])[1][_node_order(order)][:, None]


def _node_order(order: int) -> list[int]:
    """Both ends first, then the nodes between them."""
    return [0, order, *range(1, order)]


def line(order: int) -> ReferenceElement:
    """The element of an order."""
    return ReferenceElement(
        order=order,
        nodes=np.linspace(0, 1, order + 1)[_node_order(order), None],
        corners=(0, 1),
        facets=((0,), (1,)),
        simplices=((0, 1),),
        shape=partial(_values, order),
        gradient=partial(_slopes, order),
        rule=segment,
        quadrature_degree=2 * order + 1,
    )


LINE_P1, LINE_P2 = line(1), line(2)
