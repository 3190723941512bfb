"""An element's reference gradients at its quadrature points, arranged as matrices that serve all elements at once.

Derivatives along the element's own axes ξ are the same numbers for every element of a mesh; only the Jacobian differs. So
differentiating, summing forces and summing stiffnesses are products of a small constant matrix with one that has a column
for each element, which is what processors do best.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from metac.runtime.fem.elements.quadrature import Quadrature
from metac.runtime.fem.elements.reference import ReferenceElement


@dataclass(frozen=True, eq=False)
class Tables:
    """Use `tables`, which makes one for each element and rule."""

    element: ReferenceElement
    rule: Quadrature

    @cached_property
    def slopes(self) -> NDArray[np.float64]:
        """∂N_a/∂ξ_j at the points: `[node, 2, point]`."""
        return self.element.gradient(self.rule.points)

    @property
    def nodes(self) -> int:
        """Nodes of an element."""
        return self.slopes.shape[0]

    @property
    def points(self) -> int:
        """Quadrature points of an element."""
        return self.slopes.shape[2]

    @cached_property
    def differentiate(self) -> NDArray[np.float64]:
        """`[2 · point, node]`: from nodal values to derivatives along ξ₁ at all points, then along ξ₂."""
        return np.ascontiguousarray(self.slopes.transpose(1, 2, 0).reshape(-1, self.nodes))

    @cached_property
    def like_products(self) -> NDArray[np.float64]:
        """`[pair a ≤ b, 3 · point]`: takes a symmetric matrix S of each point, as S₁₁, S₁₂, S₂₂, to Σ ∂N_a/∂ξ S ∂N_b/∂ξ."""
        first, second = (self.slopes[nodes] for nodes in np.triu_indices(self.nodes))
        mixed = first[:, 0] * second[:, 1] + first[:, 1] * second[:, 0]
        return np.concatenate([first[:, 0] * second[:, 0], mixed, first[:, 1] * second[:, 1]], axis=1)

    @cached_property
    def unlike_products(self) -> NDArray[np.float64]:
        """`[nodes · a + b, 4 · point]`: the same for any matrix, as S₁₁, S₁₂, S₂₁, S₂₂, and all pairs."""
        products = np.einsum("ajq,blq->abjlq", self.slopes, self.slopes)
        return products.reshape(self.nodes**2, -1)


@lru_cache
def tables(element: ReferenceElement, rule: Quadrature) -> Tables:
    """The tables of an element with a quadrature rule; the same ones for the same objects."""
    return Tables(element, rule)


def stiffness_pairs(nodes: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Local rows and columns (`component · nodes + node`) of an element stiffness's packed upper triangle.

    The pairs a ≤ b of the first component, then all pairs of the first with the second one, then a ≤ b of the second.
    """
    first, second = (pair.astype(np.int32) for pair in np.triu_indices(nodes))
    all_first, all_second = (pair.astype(np.int32).ravel() for pair in np.indices((nodes, nodes)))
    rows = np.concatenate([first, all_first, first + nodes])
    return rows, np.concatenate([second, all_second + nodes, second + nodes])
