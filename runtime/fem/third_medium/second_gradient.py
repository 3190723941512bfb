"""What it costs a quadratic triangle to bend: ½ ∫ (∇∇u ⋮ ∇∇u − ½ Δu · Δu) dA, a quadratic form of its nodes' displacements.

The first term is the regularisation of Bluhm, Sigmund and Poulios (Comput. Mech. 67, 2021, 1099–1114); the second leaves
bending and even compression nearly free (Frederiksen, Dalklint, Sigmund and Poulios, Comput. Methods Appl. Mech. Eng. 436,
2025, 117595). Second derivatives of a straight-sided element are constant; those of a curved one are taken at its centroid,
with the curvature of its map, so that it too gives nothing for an affine displacement.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from metac.runtime.fem.dimension import determinant, inverse
from metac.runtime.fem.elements.triangle import TRIANGLE_P2

EVEN = 0.5
"""Part of the Laplacian's square that is left out: one over the dimension."""
CENTROID = np.array([[1 / 3, 1 / 3]])
SECOND_DERIVATIVES = np.array(
    [
        [[4.0, 4.0], [4.0, 4.0]],
        [[4.0, 0.0], [0.0, 0.0]],
        [[0.0, 0.0], [0.0, 4.0]],
        [[-8.0, -4.0], [-4.0, 0.0]],
        [[0.0, 4.0], [4.0, 0.0]],
        [[0.0, -4.0], [-4.0, -8.0]],
    ]
)
"""∂²N_a/∂ξ_k∂ξ_l of the reference element, `[node, 2, 2]`."""


def bending_form(coordinates: Float[Array, "d node cell"]) -> Float[Array, "node node cell"]:
    """B `[node, node, cell]`, 1/mm²: ½ Σ_c u_c B u_c is the integral above, for each component c of u `[d, node, cell]`."""
    slopes = TRIANGLE_P2.gradient(CENTROID)[:, :, 0]
    jacobian = jnp.einsum("iac,aj->ijc", coordinates, slopes)
    volume = determinant(jacobian)
    inverted = inverse(jacobian, volume)  # ∂ξ_j/∂x_i
    first = jnp.einsum("ak,kmc->amc", slopes, inverted)
    curved = jnp.einsum("mac,akl->mklc", coordinates, SECOND_DERIVATIVES)
    local = SECOND_DERIVATIVES[..., None] - jnp.einsum("amc,mklc->aklc", first, curved)
    second = jnp.einsum("kic,ljc,aklc->aijc", inverted, inverted, local)
    laplacian = second[:, 0, 0] + second[:, 1, 1]
    squares = jnp.einsum("aijc,bijc->abc", second, second)
    return volume / 2 * (squares - EVEN * laplacian[:, None] * laplacian[None])
