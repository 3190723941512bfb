"""Element integrals, written out for all elements at once on arrays whose last axis is the element.

Everything is per millimetre of thickness. Shapes: coordinates and displacements `[2, node, cell]`, mm; deformation gradient
`[2, 2, point, cell]`; first Piola–Kirchhoff stress the same, MPa. `point` is a quadrature point.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array

from metac.runtime.fem.elements import quadrature
from metac.runtime.fem.elements.reference import ReferenceElement
from metac.runtime.fem.elements.triangle_p1 import TRIANGLE_P1
from metac.runtime.fem.elements.triangle_p2 import TRIANGLE_P2
from metac.runtime.fem.law import LawFunctions, Parameters

ELEMENTS: dict[int, ReferenceElement] = {1: TRIANGLE_P1, 2: TRIANGLE_P2}
"""Reference elements by polynomial order."""


class Geometry(NamedTuple):
    """Shape function gradients with respect to the reference position, and integration weights."""

    gradients: Array
    """`[node, 2, point, cell]`, 1/mm."""
    weights: Array
    """`[point, cell]`: quadrature weight times Jacobian, mm²."""


def jacobian(coordinates: Array | np.ndarray, slopes: Array | np.ndarray) -> Array:
    """dx/dξ `[2, 2, point, cell]`, mm, of `coordinates[2, node, cell]` for reference gradients `slopes[node, 2, point]`."""
    return jnp.einsum("iac,ajq->ijqc", coordinates, slopes)


def determinant(matrix: Array) -> Array:
    """Of the leading 2×2 axes."""
    return matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0]


def geometry(element: ReferenceElement, rule: quadrature.Quadrature, coordinates: Array) -> Geometry:
    """Gradients and weights for `coordinates[2, node, cell]`, mm."""
    slopes = jnp.asarray(element.gradient(rule.points))
    matrix = jacobian(coordinates, slopes)
    volume = determinant(matrix)
    # inverse[j, k] = dξ_j/dx_k
    inverse = jnp.stack([jnp.stack([matrix[1, 1], -matrix[0, 1]]), jnp.stack([-matrix[1, 0], matrix[0, 0]])]) / volume
    along_first, along_second = slopes[:, 0, None, :, None], slopes[:, 1, None, :, None]
    return Geometry(along_first * inverse[0] + along_second * inverse[1], volume * rule.weights[:, None])


def deformation_gradient(gradients: Array, displacement: Array) -> Array:
    """F = I + ∂u/∂X, `[2, 2, point, cell]`, from nodal values `[2, node, cell]`."""
    slope = jnp.sum(displacement[:, :, None, None] * gradients[None], axis=1)
    return slope + jnp.eye(2)[:, :, None, None]


def energy(law: LawFunctions, parameters: Parameters, shape: Geometry, displacement: Array) -> Array:
    """Stored energy of each element per thickness, `[cell]`, N."""
    density = law.energy2(deformation_gradient(shape.gradients, displacement), parameters)
    return jnp.sum(density * shape.weights, axis=0)


def internal_force(law: LawFunctions, parameters: Parameters, shape: Geometry, displacement: Array) -> Array:
    """Nodal forces that balance the stress, per thickness, `[2, node, cell]`, N/mm."""
    stress = law.stress2(deformation_gradient(shape.gradients, displacement), parameters) * shape.weights
    products = stress[:, None, 0] * shape.gradients[None, :, 0] + stress[:, None, 1] * shape.gradients[None, :, 1]
    return jnp.sum(products, axis=2)


def stiffness(law: LawFunctions, parameters: Parameters, shape: Geometry, displacement: Array) -> Array:
    """Derivative of `internal_force[i, a]` with respect to the displacement `[k, b]`: `[2, node, 2, node, cell]`, N/mm²."""
    tangent = law.tangent2(deformation_gradient(shape.gradients, displacement), parameters) * shape.weights
    slopes = shape.gradients
    # half[a, i, k, L] = Σ_J ∂N_a/∂X_J A[i, J, k, L]
    half = slopes[:, 0, None, None, None] * tangent[None, :, 0] + slopes[:, 1, None, None, None] * tangent[None, :, 1]
    half = jnp.moveaxis(half, 0, 1)
    products = half[:, :, :, None, 0] * slopes[:, 0] + half[:, :, :, None, 1] * slopes[:, 1]
    return jnp.sum(products, axis=4)
