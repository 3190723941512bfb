"""A material point that is stretched evenly along the axes: some stretches are given, the faces of the others are free.

The free stretches are those at which these faces bear no stress, found by Newton's method in their logarithms from those
that keep the volume; every state by itself. Derivatives are those of the implicit-function theorem: one further Newton step,
of which only the residual is differentiated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from metac.runtime.array_records import array_record
from metac.runtime.errors import RuntimeFailure
from metac.runtime.fem.constitutive_law import Parameters, PrincipalLaw, SpatialLaw

STEPS = 60
"""Most Newton steps."""
LONGEST = 0.3
"""Largest change of a logarithm in one step."""
ACCURATE = 1e-12
"""Stress that counts as none, over the largest stiffness at rest."""
ASKEW = 1e-8
"""Shear stress that counts as none, over the largest normal stress."""


class Mode(NamedTuple):
    """Which axes are stretched, which are held at their length, which are free."""

    stretched: tuple[int, ...]
    held: tuple[int, ...]
    free: tuple[int, ...]


MODES = {
    "uniaxial": Mode((0,), (), (1, 2)),
    "equibiaxial": Mode((0, 1), (), (2,)),
    "pure_shear": Mode((0,), (1,), (2,)),
}
"""The homogeneous tests of rubber (Treloar 1944)."""


class PointFailed(RuntimeFailure):
    """A material point that has no state free of stress on its sides, or none along the axes."""


@array_record
@dataclass(frozen=True)
class PointStatus:
    """How the states `[state]` were found."""

    strain: Array
    """`[state]`: given."""
    residual: Array
    """`[state]`: stress on the free faces, over what counts as none; NaN where the law has no value."""
    shear: Array
    """`[state]`: largest shear stress, over the largest normal stress."""
    stiffness: Array
    """`[state]`: lowest stiffness against a change of the free stretches, MPa."""

    @property
    def ok(self) -> Array:
        """bool: every state was found."""
        return (self.residual <= 1).all() & (self.shear <= ASKEW).all()

    def failure(self, name: str = "the load") -> RuntimeFailure | None:
        """The first failure that a concrete status shows, or None."""
        strain, residual, shear = (np.asarray(each) for each in (self.strain, self.residual, self.shear))
        for place, left, askew in zip(strain, residual, shear, strict=True):
            at = f"{name}, strain {100 * place:.4g} %"
            if not left <= 1:
                what = (
                    "the law has no finite stress" if np.isnan(left) else "no state was found whose sides are free of stress"
                )
                remedy = "narrow the ranges of what varies to values for which the law is stable, or load less far"
                return PointFailed(f"{at}: {what}", remedy=remedy)
            if not askew <= ASKEW:
                remedy = "take directions of the law along the axes, or symmetric to them, or a body that is meshed"
                return PointFailed(
                    f"{at}: the law answers with shear stresses, so its axes are not those of the test", remedy=remedy
                )
        return None

    def instability(self, name: str = "the load") -> str | None:
        """What to say where a state is not stable."""
        unstable = np.flatnonzero(np.asarray(self.stiffness) <= 0)
        if not len(unstable):
            return None
        strain = 100 * float(np.asarray(self.strain)[unstable[0]])
        return f"{name}: at a strain of {strain:.4g} % the law does not resist a change of the free sides"


@array_record
@dataclass(frozen=True)
class PointStates:
    """Homogeneous states of a material."""

    stretches: Float[Array, "state 3"]
    stress: Float[Array, "state 3"]
    """Normal components of the first Piola–Kirchhoff stress, MPa."""
    energy: Float[Array, " state"]
    """MPa."""
    status: PointStatus


def homogeneous_states(
    law: PrincipalLaw | SpatialLaw, parameters: Parameters, strain: Float[Array, " state"], mode: Mode
) -> PointStates:
    """The states of a material at nominal strains along the stretched axes; differentiable by parameters and strains.

    Args:
        law: of three dimensions.
        parameters: of the law.
        strain: nominal strains, each more than −1.
        mode: which axes are stretched, held and free.
    """

    def state(strain: Array) -> tuple[Array, ...]:
        return _state(law, parameters, strain, mode)

    stretches, stress, energy, residual, shear, stiffness = jax.vmap(state)(strain)
    return PointStates(stretches, stress, energy, PointStatus(strain, residual, shear, stiffness))


def _state(law: Any, parameters: Parameters, strain: Array, mode: Mode) -> tuple[Array, ...]:
    free = jnp.array(mode.free)

    def stretches_of(logarithms: Array, strain: Array) -> Array:
        given = jnp.ones(3).at[jnp.array(mode.stretched)].set(1 + strain)
        return given.at[free].set(jnp.exp(logarithms))

    def residual(logarithms: Array, strain: Array, parameters: Parameters) -> Array:
        return _normal_stress(law, stretches_of(logarithms, strain), parameters)[0][free]

    fixed = jax.lax.stop_gradient((strain, parameters))
    slope = jax.jacfwd(residual)
    scale = jnp.abs(slope(jnp.zeros(len(mode.free)), jnp.zeros(()), fixed[1])).max() * ACCURATE

    def wrong(carry: tuple[Array, Array]) -> Array:
        logarithms, step = carry
        return (step < STEPS) & (jnp.abs(residual(logarithms, *fixed)).max() > scale)

    def better(carry: tuple[Array, Array]) -> tuple[Array, Array]:
        logarithms, step = carry
        change = jnp.linalg.solve(slope(logarithms, *fixed), residual(logarithms, *fixed))
        return logarithms - jnp.clip(change, -LONGEST, LONGEST), step + 1

    # The volume is kept: where nearly incompressible laws begin next to what is looked for.
    start = -len(mode.stretched) / len(mode.free) * jnp.log1p(fixed[0]) * jnp.ones(len(mode.free))
    found, _ = jax.lax.while_loop(wrong, better, (start, jnp.zeros((), int)))
    found = jax.lax.stop_gradient(found)
    tangent = jax.lax.stop_gradient(slope(found, *fixed))
    left = jax.lax.stop_gradient(jnp.abs(residual(found, *fixed)).max() / scale)
    stretches = stretches_of(found - jnp.linalg.solve(tangent, residual(found, strain, parameters)), strain)
    stress, askew = _normal_stress(law, stretches, parameters)
    lowest = jnp.linalg.eigvalsh(tangent / jnp.exp(found)).min()
    return stretches, stress, _energy(law, stretches, parameters), left, jax.lax.stop_gradient(askew), lowest


def _energy(law: Any, stretches: Array, parameters: Parameters) -> Array:
    if isinstance(law, PrincipalLaw):
        return law.principal_energy(stretches, parameters)
    return law.energy(jnp.diag(stretches), parameters)


def _normal_stress(law: Any, stretches: Array, parameters: Parameters) -> tuple[Array, Array]:
    """Normal stresses `[3]`, MPa, and the largest shear stress over the largest of them."""
    if isinstance(law, PrincipalLaw):
        return jax.grad(law.principal_energy)(stretches, parameters), jnp.zeros(())
    stress = law.stress(jnp.diag(stretches), parameters)
    normal = jnp.diagonal(stress)
    largest = jnp.abs(normal).max()
    return normal, jnp.abs(stress - jnp.diag(normal)).max() / jnp.where(largest > 0, largest, 1.0)
