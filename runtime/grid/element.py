"""Rectangular Lagrange elements with sides along x and y: bilinear (Q1, four nodes) and biquadratic (Q2, nine nodes).

All elements of a grid are alike, so one set of matrices serves them all. Strains are in Voigt form (ε11, ε22, γ12), with the
engineering shear strain γ12 = 2 ε12.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STRAINS = 3
"""Components of a plane strain in Voigt form."""


@dataclass(frozen=True, eq=False)
class StrainOperator:
    """Strains of an element at its quadrature points."""

    matrix: NDArray[np.float64]
    """`[quadrature, strain, 2 node + component]`, 1/mm: strain of the nodes' displacements."""
    weights: NDArray[np.float64]
    """`[quadrature]`, mm²; their sum is the element's area."""


def strain_operator(width: float, height: float, order: int) -> StrainOperator:
    """Of an element of a size in mm, with `(order + 1)²` Gauss points; exact for constant stiffness in the element.

    Nodes are numbered row by row from the lower left corner.
    """
    points, weights = np.polynomial.legendre.leggauss(order + 1)
    values, slopes = _lagrange(order, points)
    # Tensor products: quadrature point (row q, column p), node (row b, column a).
    along_x = np.einsum("qb,pa->qpba", values, slopes) * (2 / width)
    along_y = np.einsum("qb,pa->qpba", slopes, values) * (2 / height)
    count, nodes = len(points) ** 2, (order + 1) ** 2
    along_x, along_y = along_x.reshape(count, nodes), along_y.reshape(count, nodes)
    matrix = np.zeros((count, STRAINS, nodes, 2))
    matrix[:, 0, :, 0] = along_x
    matrix[:, 1, :, 1] = along_y
    matrix[:, 2, :, 0] = along_y
    matrix[:, 2, :, 1] = along_x
    area = width * height
    return StrainOperator(matrix.reshape(count, STRAINS, 2 * nodes), area / 4 * np.outer(weights, weights).ravel())


def _lagrange(order: int, points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values and derivatives `[point, node]` of the Lagrange polynomials on equally spaced nodes of [-1, 1]."""
    nodes = np.linspace(-1, 1, order + 1)
    polynomials = []
    for node in nodes:
        others = np.poly1d(nodes[nodes != node], r=True)
        polynomials.append(others / others(node))
    values = np.column_stack([polynomial(points) for polynomial in polynomials])
    slopes = np.column_stack([polynomial.deriv()(points) for polynomial in polynomials])
    return values, slopes
