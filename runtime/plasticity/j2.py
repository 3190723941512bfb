"""J2 elasto-plasticity for small strains with isotropic hardening: radial return and its consistent tangent.

Yield stress σ₀ + H α, with α the equivalent plastic strain and H the hardening modulus, the slope of stress over plastic
strain in a uniaxial test; with H = 0 this is perfect plasticity (Xu et al., eq. 37). With a power law (Swift, J. Mech. Phys.
Solids 1, 1952, 1) it is σ₀ (1 + α/ε₀)ⁿ + H α. Implicit increments (Simo and Hughes,
Computational Inelasticity, 1998, boxes 3.1 and 3.2): an increment of any length ends on the yield surface, and increments
without flow are exact. Components (11, 22, 33, 12) throughout: stress across the plane is part of the state, not of the
output.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array, lax

from metac.runtime.dimensions import PLANE
from metac.runtime.fem.constitutive_law import Parameters
from metac.runtime.fem.dimension import identity

WEIGHTS = (1.0, 1.0, 1.0, 2.0)
"""How often each component counts in a double contraction."""
NORMAL = (1.0, 1.0, 1.0, 0.0)
STEPS = 20
"""Of Newton's method for the flow of a power law; a few are enough for metals, all for the steepest of laws."""


class Constants(NamedTuple):
    """MPa but for `nu`; broadcast against the points."""

    E: Array
    """Young's modulus."""
    nu: Array
    """Poisson's ratio."""
    yield_stress: Array
    """σ₀, of the material that has not yet flown."""
    hardening: Array
    """H."""

    @property
    def shear(self) -> Array:
        """μ."""
        return self.E / (2 * (1 + self.nu))

    @property
    def bulk(self) -> Array:
        """K."""
        return self.E / (3 * (1 - 2 * self.nu))

    def strength(self, plastic_strain: Array) -> Array:
        """The yield stress at an equivalent plastic strain."""
        return self.yield_stress + self.hardening * plastic_strain

    def slope(self, plastic_strain: Array) -> Array:
        """Its derivative."""
        del plastic_strain
        return self.hardening

    def flow(self, beyond: Array, plastic_strain: Array) -> Array:
        """Increment of the plastic strain where the trial stress is `beyond` the yield stress, not less than zero."""
        del plastic_strain
        return beyond / (3 * self.shear + self.hardening)


class PowerLawConstants(NamedTuple):
    """Those of a power law; broadcast against the points."""

    linear: Constants
    hardening_strain: Array
    """ε₀."""
    hardening_exponent: Array
    """n, from 0 to 1."""

    @property
    def shear(self) -> Array:
        """μ."""
        return self.linear.shear

    @property
    def bulk(self) -> Array:
        """K."""
        return self.linear.bulk

    def strength(self, plastic_strain: Array) -> Array:
        """The yield stress at an equivalent plastic strain."""
        power = (1 + plastic_strain / self.hardening_strain) ** self.hardening_exponent
        return self.linear.yield_stress * power + self.linear.hardening * plastic_strain

    def slope(self, plastic_strain: Array) -> Array:
        """Its derivative."""
        power = (1 + plastic_strain / self.hardening_strain) ** (self.hardening_exponent - 1)
        rise = self.linear.yield_stress * self.hardening_exponent / self.hardening_strain
        return rise * power + self.linear.hardening

    def flow(self, beyond: Array, plastic_strain: Array) -> Array:
        """Increment of the plastic strain where the trial stress is `beyond` the yield stress.

        Newton's method on what is left beyond, a convex function that falls: from zero its steps never go too far. The last
        step is the one that is differentiated: at a root its derivative is that of the root.
        """
        before = self.strength(plastic_strain)

        def step(constants: PowerLawConstants, flow: Array, beyond: Array, plastic_strain: Array, before: Array) -> Array:
            after = plastic_strain + flow
            left = beyond - 3 * constants.shear * flow - (constants.strength(after) - before)
            return flow + left / lax.stop_gradient(3 * constants.shear + constants.slope(after))

        fixed = lax.stop_gradient((self, beyond, plastic_strain, before))
        root = lax.fori_loop(
            0, STEPS, lambda _, flow: step(fixed[0], flow, *fixed[1:]), jnp.zeros_like(fixed[1] + fixed[2] + fixed[3])
        )
        return step(self, root, beyond, plastic_strain, before)


class PlasticState(NamedTuple):
    """Internal variables of the material: fields `[*points]`."""

    stress: tuple[Array, Array, Array, Array]
    """σ11, σ22, σ33, σ12, MPa."""
    plastic_strain: Array
    """α: equivalent plastic strain, accumulated."""


class RadialReturn(NamedTuple):
    """One increment of strain."""

    state: PlasticState
    """After it."""
    retained: Array
    """Part of the trial deviator that is left: 1 where nothing flows."""
    flow: Array
    """Increment of α."""
    direction: tuple[Array, Array, Array, Array]
    """The trial deviator over its norm; zero where there is none."""


def radial_return(constants: Constants | PowerLawConstants, before: PlasticState, strain: tuple[Array, ...]) -> RadialReturn:
    """The state after an increment of strain (ε11, ε22, ε33, ε12, the last one tensorial)."""
    mu, dilatation = constants.shear, strain[0] + strain[1] + strain[2]
    mean_before = (before.stress[0] + before.stress[1] + before.stress[2]) / 3
    trial = tuple(
        stress - normal * mean_before + 2 * mu * (change - normal * dilatation / 3)
        for stress, change, normal in zip(before.stress, strain, NORMAL, strict=True)
    )
    square = contraction(trial, trial)
    stressed = square > 0
    norm = jnp.sqrt(jnp.where(stressed, square, 1.0))
    # The equivalent stress of von Mises: that of a uniaxial test.
    equivalent = jnp.where(stressed, jnp.sqrt(1.5) * norm, 0.0)
    beyond = equivalent - constants.strength(before.plastic_strain)
    # Where nothing flows, neither its value nor its derivative is that of a root.
    flow = jnp.where(beyond > 0, constants.flow(jnp.maximum(beyond, 0.0), before.plastic_strain), 0.0)
    retained = 1 - 3 * mu * flow / jnp.where(stressed, equivalent, 1.0)
    mean = mean_before + constants.bulk * dilatation
    s11, s22, s33, s12 = (retained * part + normal * mean for part, normal in zip(trial, NORMAL, strict=True))
    direction = tuple(jnp.where(stressed, part / norm, 0.0) for part in trial)
    state = PlasticState((s11, s22, s33, s12), before.plastic_strain + flow)
    return RadialReturn(state, retained, flow, direction)  # type: ignore[arg-type]


def contraction(first: tuple[Array, ...], second: tuple[Array, ...]) -> Array:
    """Double contraction of two symmetric tensors."""
    return sum(weight * a * b for weight, a, b in zip(WEIGHTS, first, second, strict=True))  # type: ignore[return-value]


def equivalent_stress(state: PlasticState) -> Array:
    """Von Mises's, `[*points]`, MPa."""
    mean = (state.stress[0] + state.stress[1] + state.stress[2]) / 3
    deviator = tuple(stress - normal * mean for stress, normal in zip(state.stress, NORMAL, strict=True))
    return jnp.sqrt(1.5 * contraction(deviator, deviator))


class J2PlaneStrain:
    """The law in plane strain, ε13 = ε23 = ε33 = 0: `HistoryDependentLaw` of `runtime/fem/constitutive_law.py`.

    Parameters: those of `Constants`, then the internal variables: σ11, σ22, σ33, σ12 (MPa), α. F is that of the increment.
    """

    parameter_names: tuple[str, ...] = Constants._fields
    internal_variables = 5

    def energy2(self, F: Array, parameters: Parameters) -> Array:
        """Elastic energy density after the increment `[*points]`, MPa: p²/(2K) + s:s/(4μ)."""
        constants, _ = self._split(parameters)
        stress = self._radial_return(F, parameters).state.stress
        mean = (stress[0] + stress[1] + stress[2]) / 3
        deviator = tuple(each - normal * mean for each, normal in zip(stress, NORMAL, strict=True))
        return mean**2 / (2 * constants.bulk) + contraction(deviator, deviator) / (4 * constants.shear)

    def stress2(self, F: Array, parameters: Parameters) -> Array:
        """In-plane stress after the increment, `[2, 2, *points]`, MPa."""
        s11, s22, _, s12 = self._radial_return(F, parameters).state.stress
        return jnp.stack([jnp.stack([s11, s12]), jnp.stack([s12, s22])])

    def tangent2(self, F: Array, parameters: Parameters) -> Array:
        """Derivative of `stress2`, consistent with the return, `[2, 2, 2, 2, *points]`, MPa (Simo and Hughes, box 3.2)."""
        constants, _ = self._split(parameters)
        found = self._radial_return(F, parameters)
        mu, flows = constants.shear, found.flow > 0
        hardened = 3 * mu / (3 * mu + constants.slope(found.state.plastic_strain))
        sharpness = jnp.where(flows, hardened - (1 - found.retained), 0.0)
        n11, n22, _, n12 = found.direction
        n = jnp.stack([jnp.stack([n11, n12]), jnp.stack([n12, n22])])
        one = identity(PLANE, F.ndim - 2)
        outer = one[:, :, None, None] * one
        symmetric = (one[:, None, :, None] * one[None, :, None, :] + one[:, None, None, :] * one[None, :, :, None]) / 2
        return (
            constants.bulk * outer
            + 2 * mu * found.retained * (symmetric - outer / 3)
            - 2 * mu * sharpness * n[:, :, None, None] * n
        )

    def updated_internal_variables(self, F: Array, parameters: Parameters) -> Parameters:
        """Internal variables after the increment."""
        state = self._radial_return(F, parameters).state
        return (*state.stress, state.plastic_strain)

    def _radial_return(self, F: Array, parameters: Parameters) -> RadialReturn:
        constants, before = self._split(parameters)
        strain = (F[0, 0] - 1, F[1, 1] - 1, jnp.zeros_like(F[0, 0]), (F[0, 1] + F[1, 0]) / 2)
        return radial_return(constants, before, strain)

    def _split(self, parameters: Parameters) -> tuple[Constants | PowerLawConstants, PlasticState]:
        constants, s11, s22, s33, s12, plastic_strain = _parts(parameters, len(Constants._fields))
        return Constants(*constants), PlasticState((s11, s22, s33, s12), plastic_strain)


class J2PowerLaw(J2PlaneStrain):
    """The same with a power law; its two constants come after those of `Constants`."""

    parameter_names = (*Constants._fields, *PowerLawConstants._fields[1:])

    def _split(self, parameters: Parameters) -> tuple[Constants | PowerLawConstants, PlasticState]:
        constants, s11, s22, s33, s12, plastic_strain = _parts(parameters, len(self.parameter_names))
        *linear, strain, exponent = constants
        return PowerLawConstants(Constants(*linear), strain, exponent), PlasticState((s11, s22, s33, s12), plastic_strain)


def _parts(parameters: Parameters, count: int) -> tuple[list[Array], Array, Array, Array, Array, Array]:
    """Constants, then the internal variables."""
    given = [jnp.asarray(each) for each in parameters]
    s11, s22, s33, s12, plastic_strain = given[count:]
    return given[:count], s11, s22, s33, s12, plastic_strain


J2_PLANE_STRAIN, J2_POWER_LAW = J2PlaneStrain(), J2PowerLaw()
"""One object for all materials of each law."""
