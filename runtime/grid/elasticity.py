"""Plane stiffnesses in Voigt form: turned, and read as engineering constants.

Strains (ε11, ε22, γ12) with γ12 = 2 ε12, stresses (σ11, σ22, σ12); axis 1 along x, axis 2 along y, angles from x towards y.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float


def stress_rotation(angle: Array | np.ndarray | float) -> Float[Array, "... 3 3"]:
    """`[…, 3, 3]`: stress components in axes turned by `angle[…]` (radian) from those in the axes 1 and 2."""
    angle = jnp.asarray(angle, float)
    c, s = jnp.cos(angle), jnp.sin(angle)
    rows = ((c * c, s * s, 2 * c * s), (s * s, c * c, -2 * c * s), (-c * s, c * s, c * c - s * s))
    return jnp.stack([jnp.stack(row, axis=-1) for row in rows], axis=-2)


def turned(stiffness: Float[Array, "3 3"], angle: Array | np.ndarray | float) -> Float[Array, "... 3 3"]:
    """`[…, 3, 3]`: the stiffness `[3, 3]` with components in axes turned by `angle[…]`, radian."""
    rotation = stress_rotation(angle)
    return rotation @ stiffness @ jnp.swapaxes(rotation, -1, -2)


def compliance(stiffness: Float[Array, "3 3"], angle: Array | np.ndarray | float) -> Float[Array, "... 3 3"]:
    """`[…, 3, 3]`: the inverse of `turned`, 1/MPa."""
    return jnp.linalg.inv(turned(stiffness, angle))


def youngs_modulus(stiffness: Float[Array, "3 3"], angle: Array | np.ndarray | float) -> Float[Array, " ..."]:
    """`[…]`: stress over strain along `angle[…]` under uniaxial stress along it, MPa."""
    return 1 / compliance(stiffness, angle)[..., 0, 0]


def poisson_ratio(stiffness: Float[Array, "3 3"], angle: Array | np.ndarray | float) -> Float[Array, " ..."]:
    """`[…]`: contraction across `angle[…]` over extension along it, under uniaxial stress along it; ν12 at 0, ν21 at π/2."""
    turned_compliance = compliance(stiffness, angle)
    return -turned_compliance[..., 1, 0] / turned_compliance[..., 0, 0]


def shear_modulus(stiffness: Float[Array, "3 3"], angle: Array | np.ndarray | float) -> Float[Array, " ..."]:
    """`[…]`: shear stress over engineering shear strain in axes turned by `angle[…]`, MPa."""
    return 1 / compliance(stiffness, angle)[..., 2, 2]
