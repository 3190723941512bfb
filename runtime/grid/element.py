"""Rectangular Lagrange elements with sides along x and y: bilinear (Q1, four nodes) and biquadratic (Q2, nine nodes).

All elements of a grid are alike, so one set of matrices serves them all. Strains are in Voigt form (ε11, ε22, γ12), with the
engineering shear strain γ12 = 2 ε12.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from metac.runtime.dimensions import PLANE
from metac.runtime.fem.elements.known import ELEMENTS

STRAINS = 3
"""Components of a plane strain in Voigt form."""


@dataclass(frozen=True, eq=False)
class StrainOperator:
    """Strains of an element at its quadrature points."""

    matrix: Float[np.ndarray, "quadrature strain degree"]
    """`[quadrature, strain, 2 node + component]`, 1/mm: strain of the nodes' displacements."""
    weights: Float[np.ndarray, " quadrature"]
    """`[quadrature]`, mm²; their sum is the element's area."""


def strain_operator(width: float, height: float, order: int) -> StrainOperator:
    """Of an element of a size in mm, with `(order + 1)²` Gauss points; exact for constant stiffness in the element.

    Nodes are numbered row by row from the lower left corner.
    """
    element = ELEMENTS[PLANE, (order + 1) ** PLANE]
    rule = element.default_rule
    slopes = element.gradient(rule.points)
    count, nodes = len(rule.weights), len(element.nodes)
    along_x, along_y = slopes[:, 0].T / width, slopes[:, 1].T / height
    matrix = np.zeros((count, STRAINS, nodes, PLANE))
    matrix[:, 0, :, 0] = along_x
    matrix[:, 1, :, 1] = along_y
    matrix[:, 2, :, 0] = along_y
    matrix[:, 2, :, 1] = along_x
    return StrainOperator(matrix.reshape(count, STRAINS, -1), width * height * rule.weights)
