"""Element integrals, written out for all elements at once on arrays whose last axis is the element.

Everything is per millimetre of thickness. Shapes: coordinates and displacements `[2, node, cell]`, mm; deformation gradient
`[2, 2, point, cell]`; first Piola–Kirchhoff stress the same, MPa. `point` is a quadrature point.

Stress and tangent are taken to the element's own axes ξ first; what remains is a product with a constant matrix
(`elements/tables.py`). Sums over explicit shape gradients take 5 times as long for the force of 5,676 quadratic elements,
and 6 times as long for their stiffness (0.55 and 0.95 ms on one core of a server).
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from metac.runtime.fem.constitutive_law import LawFunctions, Parameters
from metac.runtime.fem.elements.tables import Tables


class Geometry(NamedTuple):
    """How the unloaded elements lie."""

    inverse: Array
    """∂ξ_j/∂X_k `[2, 2, point, cell]`, 1/mm."""
    weights: Array
    """`[point, cell]`: quadrature weight times Jacobian, mm²."""


def jacobian(coordinates: Array | np.ndarray, slopes: Array | np.ndarray) -> Array:
    """dx/dξ `[2, 2, point, cell]`, mm, of `coordinates[2, node, cell]` for reference gradients `slopes[node, 2, point]`."""
    return jnp.einsum("iac,ajq->ijqc", coordinates, slopes)


def determinant(matrix: Array) -> Array:
    """Of the leading 2×2 axes."""
    return matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0]


def geometry(table: Tables, coordinates: Array) -> Geometry:
    """The geometry of elements with nodes at `coordinates[2, node, cell]`, mm."""
    matrix = _differentiate(table, coordinates)
    volume = determinant(matrix)
    inverse = jnp.stack([jnp.stack([matrix[1, 1], -matrix[0, 1]]), jnp.stack([-matrix[1, 0], matrix[0, 0]])]) / volume
    return Geometry(inverse, volume * table.rule.weights[:, None])


def gradient(table: Tables, shape: Geometry, field: Array) -> Array:
    """∂u/∂X `[2, 2, point, cell]` of nodal values `[2, node, cell]`."""
    return _product(_differentiate(table, field), shape.inverse)


def deformation_gradient(table: Tables, shape: Geometry, displacement: Array) -> Array:
    """F = I + ∂u/∂X, `[2, 2, point, cell]`, from nodal values `[2, node, cell]`."""
    return gradient(table, shape, displacement) + jnp.eye(2)[:, :, None, None]


def divergence(table: Tables, shape: Geometry, stress: Array) -> Array:
    """Nodal forces `[2, node, cell]`, N/mm, that do the work of a stress `[2, 2, point, cell]`, MPa: ∫ P : ∂δu/∂X dA."""
    along = _product(stress, jnp.swapaxes(shape.inverse * shape.weights, 0, 1))
    return jnp.stack([table.differentiate.T @ rows.reshape(2 * table.points, -1) for rows in along])


def energy(table: Tables, law: LawFunctions, parameters: Parameters, shape: Geometry, displacement: Array) -> Array:
    """Stored energy of each element per thickness, `[cell]`, N."""
    density = law.energy2(deformation_gradient(table, shape, displacement), parameters)
    return jnp.sum(density * shape.weights, axis=0)


def internal_force(table: Tables, law: LawFunctions, parameters: Parameters, shape: Geometry, displacement: Array) -> Array:
    """Nodal forces that balance the stress, per thickness, `[2, node, cell]`, N/mm."""
    return divergence(table, shape, law.stress2(deformation_gradient(table, shape, displacement), parameters))


def stiffness(table: Tables, law: LawFunctions, parameters: Parameters, shape: Geometry, displacement: Array) -> Array:
    """Derivative of `internal_force` with respect to the displacement: `[pair, cell]`, N/mm².

    Only the upper triangle, in the order of `stiffness_pairs`.
    """
    tangent = law.tangent2(deformation_gradient(table, shape, displacement), parameters)
    left, right = shape.inverse * shape.weights, shape.inverse

    def pulled(block: Array, row: int, column: int) -> Array:
        """Σ_JL ∂ξ_row/∂X_J A[J, L] ∂ξ_column/∂X_L, weighted: `[point, cell]`."""
        half = left[row, 0] * block[0] + left[row, 1] * block[1]
        return half[0] * right[column, 0] + half[1] * right[column, 1]

    def like(component: int) -> Array:
        parts = partial(pulled, tangent[component, :, component, :])
        return jnp.asarray(table.like_products) @ jnp.concatenate([parts(0, 0), parts(0, 1), parts(1, 1)])

    parts = partial(pulled, tangent[0, :, 1, :])
    unlike = jnp.asarray(table.unlike_products) @ jnp.concatenate([parts(0, 0), parts(0, 1), parts(1, 0), parts(1, 1)])
    return jnp.concatenate([like(0), unlike, like(1)])


def virtual_work_gradient(
    table: Tables, law: LawFunctions, parameters: Parameters, shape: Geometry, displacement: Array, virtual: Array
) -> tuple[Array, Array, Parameters]:
    """Derivatives of the virtual work Φ = Σ ∫ P : ∂λ/∂X dA of an arbitrary field λ = `virtual[2, node, cell]`.

    With respect to the coordinates and to the displacement, both `[2, node, cell]`, and to the parameters. With G = ∂λ/∂X,
    H = ∂u/∂X and Q = A : G, a change M = ∂δX/∂X of the unloaded body changes Φ by ∫ ((P : G) I − GᵀP − HᵀQ) : M dA: a
    configurational stress (Gurtin 2000), assembled like any other.
    """
    strain, pull = gradient(table, shape, displacement), gradient(table, shape, virtual)
    deformation = strain + jnp.eye(2)[:, :, None, None]
    stress = law.stress2(deformation, parameters)
    tangent = law.tangent2(deformation, parameters)
    response = jnp.sum(tangent * pull, axis=(2, 3))
    power = jnp.sum(stress * pull, axis=(0, 1))
    configurational = power * jnp.eye(2)[:, :, None, None]
    configurational -= _product(jnp.swapaxes(pull, 0, 1), stress) + _product(jnp.swapaxes(strain, 0, 1), response)
    weighted = pull * shape.weights
    by_parameters = jax.grad(lambda values: jnp.vdot(weighted, law.stress2(deformation, values)))(parameters)
    return divergence(table, shape, configurational), divergence(table, shape, response), by_parameters


def _differentiate(table: Tables, field: Array) -> Array:
    """∂field/∂ξ `[2, 2, point, cell]` of nodal values `[2, node, cell]`."""
    return jnp.stack([(table.differentiate @ rows).reshape(2, table.points, -1) for rows in field])


def _product(left: Array, right: Array) -> Array:
    """Matrix product over the leading 2×2 axes."""
    return left[:, 0, None] * right[None, 0] + left[:, 1, None] * right[None, 1]
