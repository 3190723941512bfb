"""Element integrals, written out for all elements at once on arrays whose last axis is the element.

In the plane everything is per millimetre of thickness. Shapes, d = 2 or 3 dimensions: coordinates and displacements `[d,
node, cell]`, mm; deformation gradient `[d, d, point, cell]`; first Piola–Kirchhoff stress the same, MPa. `point` is a
quadrature point.

Stress and tangent are taken to the element's own axes ξ first; what remains is a product with a constant matrix
(`elements/tables.py`). Sums over explicit shape gradients take 5 times as long for the force of 5,676 quadratic elements,
and 6 times as long for their stiffness (0.55 and 0.95 ms on one core of a server).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from metac.runtime.fem.constitutive_law import (
    ElementLaw,
    LawFunctions,
    Parameters,
    energy_density,
    law_tangent,
    piola_stress,
)
from metac.runtime.fem.dimension import determinant, identity, inverse, product
from metac.runtime.fem.elements.tables import Tables, stiffness_pairs


class Geometry(NamedTuple):
    """How the unloaded elements lie."""

    inverse: Float[Array, "d d point cell"]
    """∂ξ_j/∂X_k `[d, d, point, cell]`, 1/mm."""
    weights: Float[Array, "point cell"]
    """`[point, cell]`: quadrature weight times Jacobian, mm² or mm³."""
    places: Float[Array, "node d"] | None = None
    """`[node, d]`, mm: where the nodes stand, for what is attached to them; None where nothing is."""
    medium: Any = None
    """Of the third medium's elements (`third_medium.py: MediumGeometry`); None where there is none."""


def jacobian(
    coordinates: Float[Array | np.ndarray, "d node cell"], slopes: Float[Array | np.ndarray, "node axis point"]
) -> Float[Array, "d axis point cell"]:
    """dx/dξ `[d, d, point, cell]`, mm, of `coordinates[d, node, cell]` for reference gradients `slopes[node, d, point]`."""
    return jnp.einsum("iac,ajq->ijqc", coordinates, slopes)


def geometry(table: Tables, coordinates: Float[Array, "d node cell"]) -> Geometry:
    """The geometry of elements with nodes at `coordinates[d, node, cell]`, mm."""
    matrix = _differentiate(table, coordinates)
    volume = determinant(matrix)
    return Geometry(inverse(matrix, volume), volume * table.rule.weights[:, None])


def gradient(table: Tables, shape: Geometry, field: Float[Array, "d node cell"]) -> Float[Array, "d d point cell"]:
    """∂u/∂X `[d, d, point, cell]` of nodal values `[d, node, cell]`."""
    return product(_differentiate(table, field), shape.inverse)


def deformation_gradient(
    table: Tables, shape: Geometry, displacement: Float[Array, "d node cell"]
) -> Float[Array, "d d point cell"]:
    """F = I + ∂u/∂X, `[d, d, point, cell]`, from nodal values `[d, node, cell]`."""
    return gradient(table, shape, displacement) + identity(table.dimension, 2)


def divergence(table: Tables, shape: Geometry, stress: Float[Array, "d d point cell"]) -> Float[Array, "d node cell"]:
    """Nodal forces `[d, node, cell]`, N/mm, that do the work of a stress `[d, d, point, cell]`, MPa: ∫ P : ∂δu/∂X dA."""
    along = product(stress, jnp.swapaxes(shape.inverse * shape.weights, 0, 1))
    return jnp.stack([table.differentiate.T @ rows.reshape(table.dimension * table.points, -1) for rows in along])


def energy(
    table: Tables, law: LawFunctions, parameters: Parameters, shape: Geometry, displacement: Float[Array, "d node cell"]
) -> Float[Array, " cell"]:
    """Stored energy of each element per thickness, `[cell]`, N."""
    if isinstance(law, ElementLaw):
        return law.element_energy(table, parameters, shape, displacement)
    density = energy_density(law, deformation_gradient(table, shape, displacement), parameters)
    return jnp.sum(density * shape.weights, axis=0)


def internal_force(
    table: Tables, law: LawFunctions, parameters: Parameters, shape: Geometry, displacement: Float[Array, "d node cell"]
) -> Float[Array, "d node cell"]:
    """Nodal forces that balance the stress, per thickness, `[d, node, cell]`, N/mm."""
    if isinstance(law, ElementLaw):
        return law.element_force(table, parameters, shape, displacement)
    return divergence(table, shape, piola_stress(law, deformation_gradient(table, shape, displacement), parameters))


def stiffness(
    table: Tables, law: LawFunctions, parameters: Parameters, shape: Geometry, displacement: Float[Array, "d node cell"]
) -> Float[Array, "pair cell"]:
    """Derivative of `internal_force` with respect to the displacement: `[pair, cell]`, N/mm².

    Only the upper triangle, in the order of `stiffness_pairs`.
    """
    if isinstance(law, ElementLaw):
        return law.element_stiffness(table, parameters, shape, displacement)
    return packed_stiffness(table, shape, law_tangent(law, deformation_gradient(table, shape, displacement), parameters))


def packed_stiffness(
    table: Tables, shape: Geometry, tangent: Float[Array, "d d d d point cell"]
) -> Float[Array, "pair cell"]:
    """∫ ∂N_a/∂X A ∂N_b/∂X dA of a tangent with the major symmetry: `[pair, cell]`, N/mm², as of `stiffness`."""
    left, right = shape.inverse * shape.weights, shape.inverse
    axes = range(table.dimension)

    def pulled_back(block: Array, row: int, column: int) -> Float[Array, "point cell"]:
        """Σ_JL ∂ξ_row/∂X_J A[J, L] ∂ξ_column/∂X_L, weighted: `[point, cell]`."""
        half = sum(left[row, j] * block[j] for j in axes)
        return sum(half[k] * right[column, k] for k in axes)  # type: ignore[index]

    def block(i: int, j: int) -> Array:
        """Components i and j of all pairs of nodes; of one component with itself only the upper triangle."""
        products = table.like_products if i == j else table.unlike_products
        pairs = [(row, column) for row in axes for column in axes if i != j or row <= column]
        parts = [pulled_back(tangent[i, :, j, :], row, column) for row, column in pairs]
        return jnp.asarray(products) @ jnp.concatenate(parts)

    return jnp.concatenate([block(i, j) for i in axes for j in axes if i <= j])


def packed_product(first: Float[Array, "d node cell"], second: Float[Array, "d node cell"]) -> Float[Array, "pair cell"]:
    """a bᵀ + b aᵀ of two vectors of each element: `[pair, cell]`, as of `stiffness`."""
    rows, columns = stiffness_pairs(first.shape[1], first.shape[0])
    a, b = first.reshape(-1, first.shape[2]), second.reshape(-1, second.shape[2])
    return a[rows] * b[columns] + b[rows] * a[columns]


def virtual_work_gradient(
    table: Tables,
    law: LawFunctions,
    parameters: Parameters,
    shape: Geometry,
    displacement: Float[Array, "d node cell"],
    virtual: Float[Array, "d node cell"],
) -> tuple[Float[Array, "d node cell"], Float[Array, "d node cell"], Parameters]:
    """Derivatives of the virtual work Φ = Σ ∫ P : ∂λ/∂X dA of an arbitrary field λ = `virtual[d, node, cell]`.

    With respect to the coordinates and to the displacement, both `[d, node, cell]`, and to the parameters. With G = ∂λ/∂X,
    H = ∂u/∂X and Q = A : G, a change M = ∂δX/∂X of the unloaded body changes Φ by ∫ ((P : G) I − GᵀP − HᵀQ) : M dA: a
    configurational stress (Gurtin 2000), assembled like any other.
    """
    if isinstance(law, ElementLaw):
        return law.element_work_gradient(table, parameters, shape, displacement, virtual)
    strain, virtual_gradient = gradient(table, shape, displacement), gradient(table, shape, virtual)
    deformation = strain + identity(table.dimension, 2)
    stress = piola_stress(law, deformation, parameters)
    tangent = law_tangent(law, deformation, parameters)
    response = jnp.sum(tangent * virtual_gradient, axis=(2, 3))
    power = jnp.sum(stress * virtual_gradient, axis=(0, 1))
    configurational = power * identity(table.dimension, 2)
    configurational -= product(jnp.swapaxes(virtual_gradient, 0, 1), stress) + product(jnp.swapaxes(strain, 0, 1), response)
    weighted = virtual_gradient * shape.weights
    by_parameters = jax.grad(lambda values: jnp.vdot(weighted, piola_stress(law, deformation, values)))(parameters)
    return divergence(table, shape, configurational), divergence(table, shape, response), by_parameters


def _differentiate(table: Tables, field: Float[Array, "d node cell"]) -> Float[Array, "d d point cell"]:
    """∂field/∂ξ `[d, d, point, cell]` of nodal values `[d, node, cell]`."""
    return jnp.stack([(table.differentiate @ rows).reshape(table.dimension, table.points, -1) for rows in field])
