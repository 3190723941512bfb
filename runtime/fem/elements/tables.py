"""An element's reference gradients at its quadrature points, arranged as matrices that serve all elements at once.

Derivatives along the element's own axes ξ are the same numbers for every element of a mesh; only the Jacobian differs. So
differentiating, summing forces and summing stiffnesses are products of a small constant matrix with one that has a column
for each element, which is what processors do best.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from metac.runtime.fem.elements.quadrature import Quadrature
from metac.runtime.fem.elements.reference import ReferenceElement


@dataclass(frozen=True, eq=False)
class Tables:
    """Use `tables`, which makes one for each element and rule."""

    element: ReferenceElement
    rule: Quadrature

    @cached_property
    def slopes(self) -> Float[np.ndarray, "node d point"]:
        """∂N_a/∂ξ_j at the points: `[node, d, point]`."""
        return self.element.gradient(self.rule.points)

    @property
    def nodes(self) -> int:
        """Nodes of an element."""
        return self.slopes.shape[0]

    @property
    def points(self) -> int:
        """Quadrature points of an element."""
        return self.slopes.shape[2]

    @property
    def dimension(self) -> int:
        """2 or 3; 1 for lines."""
        return self.element.dimension

    @cached_property
    def differentiate(self) -> Float[np.ndarray, "slope node"]:
        """`[d · point, node]`: from nodal values to derivatives along ξ₁ at all points, then along ξ₂, and so on."""
        return np.ascontiguousarray(self.slopes.transpose(1, 2, 0).reshape(-1, self.nodes))

    @cached_property
    def like_products(self) -> NDArray[np.float64]:
        """`[pair a ≤ b, d (d + 1) / 2 · point]`: takes a symmetric matrix S of each point to Σ ∂N_a/∂ξ S ∂N_b/∂ξ.

        S is given by its upper triangle, row by row.
        """
        first, second = (self.slopes[nodes] for nodes in np.triu_indices(self.nodes))
        products = [
            first[:, i] * second[:, j] + (first[:, j] * second[:, i] if i != j else 0.0)
            for i in range(self.dimension)
            for j in range(i, self.dimension)
        ]
        return np.concatenate(products, axis=1)

    @cached_property
    def unlike_products(self) -> NDArray[np.float64]:
        """`[nodes · a + b, d² · point]`: the same for any matrix, given row by row, and all pairs."""
        products = np.einsum("ajq,blq->abjlq", self.slopes, self.slopes)
        return products.reshape(self.nodes**2, -1)


@lru_cache
def tables(element: ReferenceElement, rule: Quadrature) -> Tables:
    """The tables of an element with a quadrature rule; the same ones for the same objects."""
    return Tables(element, rule)


def stiffness_pairs(nodes: int, dimension: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Local rows and columns (`component · nodes + node`) of an element stiffness's packed upper triangle.

    Blocks of two components each, row by row of the upper triangle: pairs of nodes a ≤ b of one component with itself, all
    pairs of one component with another.
    """
    like = np.triu_indices(nodes)
    unlike = tuple(pair.ravel() for pair in np.indices((nodes, nodes)))
    rows, columns = [], []
    for i in range(dimension):
        for j in range(i, dimension):
            first, second = like if i == j else unlike
            rows.append(first + i * nodes)
            columns.append(second + j * nodes)
    return np.concatenate(rows).astype(np.int32), np.concatenate(columns).astype(np.int32)
