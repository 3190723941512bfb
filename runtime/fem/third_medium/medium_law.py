"""What the third medium is made of: W = S/2 (ln²J + |sym F − I|²), with S its stiffness, MPa.

While it is open its stiffness is constant; ln²J keeps the solids apart once it is flat (Faltus, Amato and Horák, Comput.
Methods Appl. Mech. Eng. 458, 2026, 119072, there with the bulk modulus before ln²J and Hooke's law for sym F − I).
It is no material: it resists large rotations, by an energy of the order of S.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

from metac.runtime.dimensions import PLANE
from metac.runtime.fem.constitutive_law import Parameters
from metac.runtime.fem.dimension import determinant, identity, inverse

if TYPE_CHECKING:
    from metac.runtime.fem.constitutive_law import PlaneLaw


class MediumLaw:
    """A `PlaneLaw` with one parameter, S."""

    def energy2(self, F: Float[Array, "2 2 *points"], parameters: Parameters) -> Float[Array, " *points"]:
        """Energy density `[*points]`, MPa."""
        return parameters[0] * (jnp.log(determinant(F)) ** 2 + jnp.sum(_strain(F) ** 2, axis=(0, 1))) / 2

    def stress2(self, F: Float[Array, "2 2 *points"], parameters: Parameters) -> Float[Array, "2 2 *points"]:
        """P = S (ln J F⁻ᵀ + sym F − I), `[2, 2, *points]`, MPa."""
        volume = determinant(F)
        return parameters[0] * (jnp.log(volume) * jnp.swapaxes(inverse(F, volume), 0, 1) + _strain(F))

    def tangent2(self, F: Float[Array, "2 2 *points"], parameters: Parameters) -> Float[Array, "2 2 2 2 *points"]:
        """Its derivative `[2, 2, 2, 2, *points]`, MPa."""
        volume = determinant(F)
        inverted, delta = inverse(F, volume), jnp.eye(PLANE)
        across = jnp.swapaxes(inverted, 0, 1)
        even = (jnp.einsum("ik,jl->ijkl", delta, delta) + jnp.einsum("il,jk->ijkl", delta, delta)) / 2
        even = even.reshape(PLANE, PLANE, PLANE, PLANE, *(1,) * (F.ndim - 2))
        turned = jnp.einsum("jk...,li...->ijkl...", inverted, inverted)
        return parameters[0] * (across[:, :, None, None] * across[None, None] - jnp.log(volume) * turned + even)


MEDIUM_LAW = MediumLaw()
"""One object, as laws are static in a trace."""


def _strain(F: Float[Array, "2 2 *points"]) -> Float[Array, "2 2 *points"]:
    return (F + jnp.swapaxes(F, 0, 1)) / 2 - identity(PLANE, F.ndim - 2)


if TYPE_CHECKING:
    _: PlaneLaw = MEDIUM_LAW
