"""Homogeneous states of materials: closed forms, derivatives, what is no state."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.fem.material_point import MODES, homogeneous_states
from metac.stdlib.materials.ogden import OGDEN_PLANE_STRAIN
from tests.mechanics import NEO_HOOKEAN, taylor_remainders

STIFF = 1e7
"""Bulk modulus of what keeps its volume, MPa: stresses are those of the incompressible law to six digits."""
STRAIN = jnp.array([0.0, 0.1, 1.0, 5.0])


def stress(law, parameters, strain, mode):
    return homogeneous_states(law, parameters, strain, MODES[mode]).stress


@pytest.mark.parametrize(
    ("mode", "powers"),
    [
        ("uniaxial", (1.0, -0.5)),
        pytest.param("equibiaxial", (1.0, -2.0), marks=pytest.mark.slow),
        ("pure_shear", (1.0, -1.0)),
    ],
)
def test_ogden_without_change_of_volume(mode, powers):
    """P = Σ μ (λ^(α − 1) − λ^(−1 + …)): Ogden 1972, equations (28), (31), (34), with the exponent of each test."""
    mu, alpha = (0.63, 0.0012, -0.01), (1.3, 5.0, -2.0)
    stretch = 1 + np.asarray(STRAIN)
    free = powers[1]
    expected = sum(m * (stretch ** (a - 1) - stretch ** (free * a - 1)) for m, a in zip(mu, alpha, strict=True))
    found = homogeneous_states(OGDEN_PLANE_STRAIN, (STIFF, *mu, *alpha), STRAIN, MODES[mode])
    assert bool(found.status.ok) and found.status.failure() is None and found.status.instability() is None
    np.testing.assert_allclose(found.stress[:, 0], expected, rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(found.stretches.prod(axis=1), 1, rtol=1e-5)
    assert float(jnp.abs(found.stress[:, list(MODES[mode].free)]).max()) < 1e-7


def test_sides_of_a_compressible_law_are_free_of_stress():
    """Uniaxial: λ (ln J) = μ (1 − λ_t²) λ_t-wise, which the side stretch of a neo-Hookean cube fulfils."""
    mu, lam = 1.0, 2.0
    found = homogeneous_states(NEO_HOOKEAN, (mu, lam), STRAIN, MODES["uniaxial"])
    along, side = np.asarray(found.stretches[:, 0]), np.asarray(found.stretches[:, 1])
    np.testing.assert_allclose(mu * (side**2 - 1) + lam * np.log(along * side**2), 0, atol=1e-10)
    expected = mu * (along - 1 / along) + lam * np.log(along * side**2) / along
    np.testing.assert_allclose(found.stress[:, 0], expected, atol=1e-10)
    energy = mu / 2 * (along**2 + 2 * side**2 - 3 - 2 * np.log(along * side**2)) + lam / 2 * np.log(along * side**2) ** 2
    np.testing.assert_allclose(found.energy, energy, atol=1e-10)


@pytest.mark.parametrize("mode", sorted(MODES))
def test_gradients_by_coefficients_and_strain(mode):
    def work(inputs):
        bulk, mu, alpha, strain = inputs
        return jnp.sum(stress(OGDEN_PLANE_STRAIN, (bulk, mu, alpha), strain * STRAIN, mode)[:, 0] ** 2)

    at = (jnp.asarray(3.0), jnp.asarray(0.6), jnp.asarray(2.4), jnp.asarray(0.5))
    direction = (jnp.asarray(1.0), jnp.asarray(0.3), jnp.asarray(-0.7), jnp.asarray(0.2))
    remainders, slope, difference = taylor_remainders(work, at, direction, np.array([1e-2, 5e-3, 2.5e-3]))
    assert slope == pytest.approx(difference, rel=1e-6)
    assert (np.log2(remainders[:-1] / remainders[1:]) > 1.9).all()


@pytest.mark.slow
def test_forward_and_backward_derivatives_agree():
    def one(mu):
        return stress(OGDEN_PLANE_STRAIN, (5.0, mu, 2.0), jnp.array([0.7]), "uniaxial")[0, 0]

    np.testing.assert_allclose(jax.jacfwd(one)(0.4), jax.jacrev(one)(0.4), rtol=1e-12)


class Askew:
    """A stiffness that couples stretch along x with shear."""

    def energy(self, F, parameters):
        strain = (F.T @ F - jnp.eye(3)) / 2
        return parameters[0] * jnp.sum(strain**2) + parameters[0] * strain[0, 0] * strain[0, 1]

    def stress(self, F, parameters):
        return jax.grad(lambda at: self.energy(at, parameters))(F)

    def tangent(self, F, parameters):
        return jax.jacfwd(lambda at: self.stress(at, parameters))(F)


@pytest.mark.parametrize(
    ("law", "parameters", "words"),
    [
        (Askew(), (1.0,), "its axes are not those of the test"),
        (OGDEN_PLANE_STRAIN, (1.0, jnp.nan, 2.0), "no finite stress"),
    ],
)
def test_what_is_no_state_of_the_test_is_told(law, parameters, words):
    found = homogeneous_states(law, parameters, jnp.array([0.2]), MODES["uniaxial"]).status
    assert not bool(found.ok)
    failure = found.failure("pull")
    assert failure is not None and words in failure.message and "pull, strain 20 %" in failure.message
