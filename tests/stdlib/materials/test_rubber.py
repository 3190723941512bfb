"""Rubber laws against the published stresses of incompressible rubber, which deformations without change of volume keep."""

from __future__ import annotations

import numpy as np
import pytest

from tests.stdlib.materials.laws import cauchy, derivative, material

MOONEY = "mooney_rivlin { C10 = 1 MPa, C01 = 0.2 MPa, K = 30 MPa }"
YEOH = "yeoh { C10 = 1 MPa, C20 = -0.02 MPa, C30 = 0.003 MPa, K = 30 MPa }"
GENT = "gent { mu = 1.5 MPa, Jm = 20, K = 30 MPa }"
CHAINS = "arruda_boyce { mu = 1.5 MPa, lambda_m = 2.8, K = 30 MPa }"
NEO_HOOKEAN = "compressible_neo_hookean { G = 3 MPa, K = 30 MPa }"
SLOPES = {
    MOONEY: lambda I1: (1.0, 0.2),
    YEOH: lambda I1: (1 - 0.04 * (I1 - 3) + 0.009 * (I1 - 3) ** 2, 0),
    GENT: lambda I1: (0.75 * 20 / (23 - I1), 0),
    CHAINS: lambda I1: (
        1.5
        * (
            1 / 2 + I1 / 10 / 2.8**2 + 11 / 350 * I1**2 / 2.8**4 + 19 / 1750 * I1**3 / 2.8**6 + 519 / 134750 * I1**4 / 2.8**8
        ),
        0,
    ),
    NEO_HOOKEAN: lambda I1: (1.5, 0),
}
"""dW/dI1 and dW/dI2 of the incompressible law, MPa."""
SQUARE, WITH_LOGARITHM = lambda J: 30 * (J - 1), lambda J: 15 * (J - 1 / J)
PRESSURES = {MOONEY: SQUARE, YEOH: SQUARE, GENT: WITH_LOGARITHM, CHAINS: WITH_LOGARITHM, NEO_HOOKEAN: SQUARE}
"""dU/dJ, MPa, for K = 30 MPa."""


@pytest.mark.parametrize("text", SLOPES)
def test_uniaxial_tension(text):
    """Rivlin: σ1 - σ2 = 2 (s² - 1/s) (W1 + W2/s) at a stretch s."""
    solid = material(text)
    for stretch in (0.5, 0.9, 1.3, 3.0):
        first, second = SLOPES[text](stretch**2 + 2 / stretch)
        stress = cauchy(solid, np.diag([stretch, stretch**-0.5, stretch**-0.5]))
        expected = 2 * (stretch**2 - 1 / stretch) * (first + second / stretch)
        np.testing.assert_allclose(stress[0, 0] - stress[1, 1], expected, rtol=1e-10)
        np.testing.assert_allclose(stress[1, 1], stress[2, 2], atol=1e-12)
        np.testing.assert_allclose(np.trace(stress), 0, atol=1e-10)


@pytest.mark.parametrize("text", SLOPES)
def test_simple_shear_in_the_plane(text):
    """Rivlin: σ12 = 2 γ (W1 + W2), σ11 - σ22 = γ σ12."""
    solid = material(text)
    for shear in (-0.4, 0.1, 1.5):
        F = np.array([[1, shear], [0, 1]])
        first, second = SLOPES[text](3 + shear**2)
        stress = derivative(solid, 1, F) @ F.T
        np.testing.assert_allclose(stress[0, 1], 2 * shear * (first + second), rtol=1e-10)
        np.testing.assert_allclose(stress[0, 0] - stress[1, 1], shear * stress[0, 1], rtol=1e-10)


@pytest.mark.parametrize("text", PRESSURES)
def test_a_change_of_volume_alone(text):
    solid = material(text)
    for dilation in (0.7, 1.2):
        expected = PRESSURES[text](dilation**3) * np.eye(3)
        np.testing.assert_allclose(cauchy(solid, dilation * np.eye(3)), expected, rtol=1e-10, atol=1e-10)


def test_five_terms_are_those_of_the_inverse_langevin_function():
    """dW/dI1 = mu s_m/(6 s) L⁻¹(s/s_m) of eight chains, s = sqrt(I1/3): the error is of the order of (s/s_m)^10."""
    solid = material("arruda_boyce { mu = 1 MPa, lambda_m = 5, K = 30 MPa }")
    shear = 0.8
    chain = np.sqrt((3 + shear**2) / 3)
    low, high = 0.0, 10.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if 1 / np.tanh(middle) - 1 / middle < chain / 5 else (low, middle)
    expected = 2 * shear * 5 / (6 * chain) * low
    found = derivative(solid, 1, np.array([[1, shear], [0, 1]]))[0, 1]
    assert found == pytest.approx(expected, rel=1e-6)
    assert abs(found / shear - 1) > 0.01  # neo-Hookean rubber is further away than that


def test_gents_rubber_cannot_be_stretched_further_than_its_chains():
    solid = material(GENT)
    # A shear of sqrt(20) = 4.47 is the end. Beyond, there is no energy, and no stress that a solver could take for one.
    assert np.isfinite(derivative(solid, 1, np.array([[1, 4.4], [0, 1]]))).all()
    with np.errstate(invalid="ignore"):
        for order in range(3):
            assert np.isnan(derivative(solid, order, np.array([[1, 4.5], [0, 1]]))).any()


def test_saint_venant_kirchhoff():
    """S = lam tr(e) 1 + 2 mu e with e = (FᵀF - 1)/2, P = F S: in tension across a held section and in simple shear."""
    solid = material("saint_venant_kirchhoff { E = 2.6 MPa, nu = 0.3 }")
    mu, lam = 1.0, 2.6 * 0.3 / (1.3 * 0.4)
    for stretch in (0.4, 1.5):
        expected = np.diag([(lam + 2 * mu) * stretch, lam]) * (stretch**2 - 1) / 2
        np.testing.assert_allclose(derivative(solid, 1, np.diag([stretch, 1.0])), expected, rtol=1e-12)
    F = np.array([[1, 0.7], [0, 1]])
    second = np.array([[lam * 0.245, 0.7 * mu], [0.7 * mu, (lam + 2 * mu) * 0.245]])
    np.testing.assert_allclose(derivative(solid, 1, F), F @ second, rtol=1e-12)
    # Held sideways, P has its extremum, and the tangent vanishes, at a stretch of 1/sqrt(3).
    np.testing.assert_allclose(derivative(solid, 2, np.diag([3**-0.5, 1.0]))[0, 0, 0, 0], 0, atol=1e-12)
