"""Lagrange polynomials on equally spaced nodes of [0, 1], from the lower end to the upper one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def lagrange(order: int, points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values and derivatives, `[node, point]` each, at `points[point]`."""
    nodes = np.linspace(0, 1, order + 1)
    polynomials = []
    for node in nodes:
        others = np.poly1d(nodes[nodes != node], r=True)
        polynomials.append(others / others(node))
    values = np.stack([polynomial(points) for polynomial in polynomials])
    slopes = np.stack([polynomial.deriv()(points) for polynomial in polynomials])
    return values, slopes
