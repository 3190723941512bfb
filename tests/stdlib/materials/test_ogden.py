"""Ogden's law against closed forms and against laws that are cases of it, at and near equal stretches."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.fem.constitutive_law import Law, PlaneLaw
from metac.stdlib.materials.ogden import SERIES_BELOW, Ogden, even_part
from metac.stdlib.materials.ogden_terms import LARGEST_EXPONENT
from tests.stdlib.materials.laws import derivative, material

TRELOAR = {"mu": (0.63, 0.0012, -0.01), "alpha": (1.3, 5.0, -2.0)}
"""Ogden's fit to Treloar's data, MPa (1972, section 6)."""
FUNCTIONS = Ogden.functions


def ogden(mu, alpha, K=30.0, coefficients="published"):
    return Ogden(mu=mu, alpha=alpha, K=K, coefficients=coefficients)


@jax.jit
def all_derivatives(F, parameters):
    """Compiled once: always three terms and ten points."""
    return (
        FUNCTIONS.energy2(F, parameters),
        FUNCTIONS.stress2(F, parameters),
        FUNCTIONS.tangent2(F, parameters),
    )


def gradients():
    """F with stretches in the plane that are equal, nearly equal, around where the series ends, and far apart, turned."""

    def turn(angle):
        return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])

    ratios = [0, 1e-14, 1e-9, 1e-5, 1e-3, 0.0499, 0.0501, 0.11, 0.5, 1.5]
    return np.stack([1.1 * turn(0.3) @ np.diag([np.exp(r), np.exp(-r)]) @ turn(0.9) for r in ratios], axis=-1)


def test_it_is_a_law():
    assert isinstance(ogden(**TRELOAR), Law) and isinstance(FUNCTIONS, PlaneLaw)


def test_exponents_of_two_and_minus_two_are_mooney_and_rivlins_law():
    other = material("mooney_rivlin { C10 = 1 MPa, C01 = 0.2 MPa, K = 30 MPa }")
    F = gradients()
    for order, found in enumerate(all_derivatives(F, ogden((2.0, -0.4, 0.0), (2.0, -2.0, 1.0)).parameters)):
        np.testing.assert_allclose(found, derivative(other, order, F), rtol=1e-9, atol=1e-9)


def test_pure_shear_of_treloars_rubber():
    """In the plane, at constant volume: σ1 - σ2 = Σ mu (s^alpha - s^-alpha)."""
    stretches = np.array([0.2, 0.4, 0.9, 0.97, 0.999, 1.0, 1.02, 1.2, 2.0, 5.0])
    F = np.zeros((2, 2, 10))
    F[0, 0], F[1, 1] = stretches, 1 / stretches
    P = np.asarray(all_derivatives(F, ogden(**TRELOAR).parameters)[1])
    expected = sum(mu * (stretches**alpha - stretches**-alpha) for mu, alpha in zip(*TRELOAR.values(), strict=True))
    np.testing.assert_allclose(P[0, 0] * stretches - P[1, 1] / stretches, expected, rtol=1e-9, atol=1e-12)


def test_rest():
    """No energy, no stress, Hooke's tangent with shear modulus Σ mu alpha/2."""
    energy, stress, tangent = all_derivatives(np.repeat(np.eye(2)[:, :, None], 10, axis=2), ogden(**TRELOAR).parameters)
    mu = sum(a * b for a, b in zip(*TRELOAR.values(), strict=True)) / 2
    eye = np.eye(2)
    delta = np.einsum("ij,kl->ijkl", eye, eye)
    hooke = (30 - 2 / 3 * mu) * delta + mu * (np.einsum("ik,jl->ijkl", eye, eye) + np.einsum("il,jk->ijkl", eye, eye))
    np.testing.assert_allclose(energy, 0, atol=1e-14)
    np.testing.assert_allclose(stress, 0, atol=1e-14)
    np.testing.assert_allclose(np.asarray(tangent)[..., 0], hooke, atol=1e-12)


def test_objectivity_and_isotropy():
    F, turn = gradients(), np.array([[0.6, 0.8], [-0.8, 0.6]])
    parameters = ogden(**TRELOAR).parameters
    energy = all_derivatives(F, parameters)[0]
    np.testing.assert_allclose(all_derivatives(np.einsum("ij,jkn->ikn", turn, F), parameters)[0], energy, rtol=1e-10)
    np.testing.assert_allclose(all_derivatives(np.einsum("ijn,jk->ikn", F, turn), parameters)[0], energy, rtol=1e-10)


def test_taylor_at_and_near_equal_stretches():
    """W(F + h H) - W - h P:H - h²/2 H:A:H falls with h³ at every F."""
    F, parameters = gradients(), ogden(**TRELOAR).parameters
    H = np.random.default_rng(1).normal(size=F.shape)
    energy, stress, tangent = map(np.asarray, all_derivatives(F, parameters))
    slope, curvature = np.einsum("ijn,ijn->n", stress, H), np.einsum("ijn,ijkln,kln->n", H, tangent, H)
    errors = [
        np.abs(np.asarray(all_derivatives(F + h * H, parameters)[0]) - energy - h * slope - h**2 / 2 * curvature)
        for h in (4e-3, 2e-3)
    ]
    np.testing.assert_allclose(np.log2(errors[0] / errors[1]), 3, atol=0.2)


def test_both_forms_of_the_sum_of_powers_meet():
    """Value, slope and curvature on both sides of where the series ends, for the largest exponents."""
    for p in (LARGEST_EXPONENT / 2, -LARGEST_EXPONENT / 2, 0.65):
        z = jnp.array([SERIES_BELOW * (1 - 1e-12), SERIES_BELOW * (1 + 1e-12)])
        for function in (even_part, jax.grad(even_part), jax.grad(jax.grad(even_part))):
            below, above = (float(function(each, p)) for each in z)
            assert below == pytest.approx(above, rel=1e-9)


def test_abaqus_coefficients():
    """2 mu/alpha² there, mu/alpha here."""
    there = tuple(mu * alpha / 2 for mu, alpha in zip(*TRELOAR.values(), strict=True))
    found = ogden(there, TRELOAR["alpha"], coefficients="abaqus").parameters
    assert found == pytest.approx(ogden(**TRELOAR).parameters)


@pytest.mark.parametrize(
    ("mu", "alpha", "field"),
    [
        ((1.0,), (2.0, 3.0), "alpha"),
        ((), (), "alpha"),
        ((1.0,), (0.0,), "alpha"),
        ((1.0,), (26.0,), "alpha"),
        ((1.0,), (-2.0,), "mu"),
    ],
)
def test_values_that_make_no_law_are_refused(mu, alpha, field):
    with pytest.raises(FieldError) as refused:
        ogden(mu, alpha)
    assert refused.value.field == field
