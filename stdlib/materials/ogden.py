"""Ogden's law in principal stretches, in plane strain (Proc. R. Soc. Lond. A 326, 1972, 565; doi 10.1098/rspa.1972.0026).

The squared stretches in the plane are m ± √q, the eigenvalues of C = FᵀF. Each term needs the sum of their powers only,
(m + √q)^p + (m - √q)^p = m^p g(q/m²), and g is a smooth function, though neither eigenvalue has a derivative where they are
equal. Near there g is its power series, so that stress and tangent are those of the law for any deformation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
from jax import Array
from jax.core import Tracer

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.dimensions import PLANE
from metac.runtime.fem.constitutive_law import Parameters
from metac.stdlib.materials.ogden_terms import require_terms

if TYPE_CHECKING:
    from metac.compiler.interfaces.material import Material, Strain, StrainLimited
    from metac.compiler.interfaces.satisfies import Satisfies


SERIES_BELOW = 1e-2
"""Where q/m² is less, the series is summed; above, rounding costs the closed form's second derivative three digits."""
SERIES_TERMS = 13
"""The first that is left out is smaller than 1e-16 for exponents up to the largest."""


class OgdenPlaneStrain:
    """The law's functions (`PlaneLaw` of `runtime/fem/constitutive_law.py`), for any number of terms.

    Parameters: K (MPa), then mu_p (MPa) of all terms, then alpha_p of all terms.
    """

    def energy2(self, F: Array, parameters: Parameters) -> Array:
        """Energy density `[*points]`, MPa."""
        return self._stretched(F, 1.0, parameters)

    def _stretched(self, F: Array, across: Array | float, parameters: Parameters) -> Array:
        """The energy where the plane is also stretched across, by `across`."""
        bulk, *rest = parameters
        terms = len(rest) // 2
        J = (F[0, 0] * F[1, 1] - F[0, 1] * F[1, 0]) * across
        first, second = F[0, 0] ** 2 + F[1, 0] ** 2, F[0, 1] ** 2 + F[1, 1] ** 2
        mean = (first + second) / 2
        deviation = ((first - second) / 2) ** 2 + (F[0, 0] * F[0, 1] + F[1, 0] * F[1, 1]) ** 2
        energy = bulk / 2 * (J - 1) ** 2
        for mu, alpha in zip(rest[:terms], rest[terms:], strict=True):
            in_plane = mean ** (alpha / 2) * even_part(deviation / mean**2, alpha / 2)
            energy = energy + mu / alpha * (J ** (-alpha / 3) * (in_plane + across**alpha) - 3)
        return energy

    def principal_energy(self, stretches: Array, parameters: Parameters) -> Array:
        """Energy density `[*points]` of the principal stretches `[3, *points]`, MPa."""
        bulk, *rest = parameters
        terms = len(rest) // 2
        J = jnp.prod(stretches, axis=0)
        energy = bulk / 2 * (J - 1) ** 2
        for mu, alpha in zip(rest[:terms], rest[terms:], strict=True):
            energy = energy + mu / alpha * (J ** (-alpha / 3) * jnp.sum(stretches**alpha, axis=0) - 3)
        return energy

    def stress2(self, F: Array, parameters: Parameters) -> Array:
        """First Piola–Kirchhoff stress `[2, 2, *points]`, MPa."""
        return jax.grad(lambda at: self.energy2(at, parameters).sum())(F)

    def across2(self, F: Array, parameters: Parameters) -> Array:
        """P33 in plane strain, `[*points]`, MPa."""
        return jax.grad(lambda across: self._stretched(F, across, parameters).sum())(jnp.ones_like(F[0, 0]))

    def tangent2(self, F: Array, parameters: Parameters) -> Array:
        """Its derivative `[2, 2, 2, 2, *points]`, MPa."""

        def along(direction: Array) -> Array:
            return jax.jvp(lambda at: self.stress2(at, parameters), (F,), (jnp.broadcast_to(direction, F.shape),))[1]

        directions = jnp.eye(4, dtype=F.dtype).reshape(4, PLANE, PLANE, *(1,) * (F.ndim - 2))
        slopes = jax.vmap(along, out_axes=2)(directions)
        return slopes.reshape(PLANE, PLANE, PLANE, PLANE, *F.shape[2:])


def even_part(z: Array, p: Array | float) -> Array:
    """(1 + √z)^p + (1 - √z)^p for 0 <= z < 1, with its derivatives."""
    near = z < SERIES_BELOW
    # Neither branch may be evaluated where the other one counts: the derivatives would be no numbers.
    small, root = jnp.where(near, z, 0.0), jnp.sqrt(jnp.where(near, 0.25, z))
    series = total = jnp.ones_like(z)
    for order in range(2, 2 * SERIES_TERMS, 2):
        series = series * ((p - order + 2) * (p - order + 1) / ((order - 1) * order)) * small
        total = total + series
    return jnp.where(near, 2 * total, (1 + root) ** p + (1 - root) ** p)


OGDEN_PLANE_STRAIN = OgdenPlaneStrain()
"""One object for all materials of this law."""


class Ogden:
    """Fulfils `metac.runtime.fem.constitutive_law.Law`."""

    functions: OgdenPlaneStrain = OGDEN_PLANE_STRAIN
    strain: Strain = "finite"

    def __init__(self, *, mu: Any, alpha: Any, K: Any, coefficients: str) -> None:
        mu, alpha = tuple(mu), tuple(alpha)
        require_terms(mu, tuple(each if isinstance(each, Tracer) else float(each) for each in alpha))
        if coefficients == "abaqus":
            mu = tuple(2 * each / exponent for each, exponent in zip(mu, alpha, strict=True))
        shear = sum(each * exponent for each, exponent in zip(mu, alpha, strict=True)) / 2
        if not isinstance(shear, Tracer) and not shear > 0:
            raise FieldError(
                "mu",
                f"the shear modulus at small strains is {shear:g} MPa, and must be positive",
                help="a term with a negative exponent has a negative coefficient, as in Ogden's paper"
                if coefficients == "published"
                else "Abaqus' coefficients add up to the shear modulus",
            )
        self.parameters = (K, *mu, *alpha)


if TYPE_CHECKING:
    Satisfies[Material](Ogden)
    Satisfies[StrainLimited](Ogden)
