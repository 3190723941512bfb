"""Small matrices of 2 or 3 dimensions.

They have their components first, `[d, d, *points]`; their formulas are written out, since batched factorisations
of so small matrices are many times slower.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array
from jaxtyping import Float


def determinant(matrix: Float[Array, "d d *points"]) -> Float[Array, " *points"]:
    """Determinant `[*points]` of `matrix[d, d, *points]`."""
    if len(matrix) == 2:
        return matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0]
    return sum(matrix[0, k] * _cofactor(matrix, 0, k) for k in range(3))  # type: ignore[return-value]


def inverse(
    matrix: Float[Array, "d d *points"], volume: Float[Array, " *points"] | None = None
) -> Float[Array, "d d *points"]:
    """Inverse `[d, d, *points]` of `matrix[d, d, *points]`, whose determinant may be given."""
    volume = determinant(matrix) if volume is None else volume
    if len(matrix) == 2:
        adjugate = [[matrix[1, 1], -matrix[0, 1]], [-matrix[1, 0], matrix[0, 0]]]
    else:
        adjugate = [[_cofactor(matrix, j, i) for j in range(3)] for i in range(3)]
    return jnp.stack([jnp.stack(row) for row in adjugate]) / volume


def _cofactor(matrix: Array, row: int, column: int) -> Array:
    """Of a 3×3 matrix; going round in rows and columns takes care of the sign."""
    (a, b), (c, d) = ((row + 1) % 3, (row + 2) % 3), ((column + 1) % 3, (column + 2) % 3)
    return matrix[a, c] * matrix[b, d] - matrix[a, d] * matrix[b, c]


def product(left: Float[Array, "i j *points"], right: Float[Array, "j k *points"]) -> Float[Array, "i k *all"]:
    """Matrix product `[i, k, *points]` of `[i, j, *points]` and `[j, k, *points]`."""
    total = left[:, 0, None] * right[None, 0]
    for j in range(1, len(right)):
        total = total + left[:, j, None] * right[None, j]
    return total


def identity(dimension: int, axes: int) -> Float[Array, "d d ..."]:
    """The unit matrix `[d, d, 1, …]` with as many further axes as given."""
    return jnp.eye(dimension).reshape(dimension, dimension, *(1,) * axes)


def facet_measure(tangents: Float[Array, "d d-1 *points"]) -> Float[Array, " *points"]:
    """Length or area `[*points]` per reference measure of a facet's map with derivatives `tangents[d, d − 1, *points]`."""
    if len(tangents) == 2:
        return jnp.linalg.norm(tangents[:, 0], axis=0)
    first, second = tangents[:, 0], tangents[:, 1]
    normal = [first[(k + 1) % 3] * second[(k + 2) % 3] - first[(k + 2) % 3] * second[(k + 1) % 3] for k in range(3)]
    return jnp.linalg.norm(jnp.stack(normal), axis=0)
