"""Laws with directions of their own against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from metac.compiler.checks.known_values import known_fields
from metac.compiler.lower.energy_checks import check_energy
from tests.stdlib.materials.laws import cauchy, derivative, material, node_of

MODULI = "E1 = 10 GPa, E2 = 1 GPa, E3 = 2 GPa, nu12 = 0.3, nu13 = 0.2, nu23 = 0.4, G12 = 0.5 GPa"
THICK = f"orthotropic_elastic {{{{ {MODULI}, angle = {{}} deg }}}}"
SHEET = "orthotropic_sheet {{ E1 = 10 GPa, E2 = 1 GPa, nu12 = 0.3, G12 = 0.5 GPa, angle = {} deg }}"
TISSUE = "holzapfel_gasser_ogden {{ C10 = 0.1 MPa, k1 = 1 MPa, k2 = 2, kappa = {}, angle = {} deg, K = 3 MPa }}"


def stiffness(text):
    """From (e11, e22, 2 e12) to (s11, s22, s12), MPa."""
    A = derivative(material(text), 2, np.array([[1.1, 0.2], [0.0, 0.9]]))
    pairs = ((0, 0), (1, 1), (0, 1))
    return np.array([[A[first + second] for second in pairs] for first in pairs])


def test_a_sheet_is_free_to_contract_across_the_plane():
    compliance = np.array([[1 / 10e3, -0.3 / 10e3, 0], [-0.3 / 10e3, 1 / 1e3, 0], [0, 0, 1 / 500]])
    np.testing.assert_allclose(stiffness(SHEET.format(0)), np.linalg.inv(compliance), rtol=1e-12, atol=1e-9)


def test_a_thick_body_is_held():
    compliance = np.array(
        [[1 / 10e3, -0.3 / 10e3, -0.2 / 10e3], [-0.3 / 10e3, 1 / 1e3, -0.4 / 1e3], [-0.2 / 10e3, -0.4 / 1e3, 1 / 2e3]]
    )
    expected = np.zeros((3, 3))
    expected[:2, :2], expected[2, 2] = np.linalg.inv(compliance)[:2, :2], 500
    np.testing.assert_allclose(stiffness(THICK.format(0)), expected, rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize("angle", [30, -70])
def test_youngs_modulus_off_the_axes(angle):
    """1/E(angle) = c⁴/E1 + (1/G12 - 2 nu12/E1) c² s² + s⁴/E2 (Jones, Mechanics of Composite Materials, section 2.8)."""
    c, s = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    expected = c**4 / 10e3 + (1 / 500 - 2 * 0.3 / 10e3) * c**2 * s**2 + s**4 / 1e3
    compliance = np.linalg.inv(stiffness(SHEET.format(angle)))
    np.testing.assert_allclose(compliance[0, 0], expected, rtol=1e-12)
    coupling = 2 * c**3 * s * (1 + 0.3) / 10e3 - 2 * c * s**3 * (1 / 1e3 + 0.3 / 10e3) - (c**3 * s - c * s**3) / 500
    np.testing.assert_allclose(compliance[0, 2], coupling, rtol=1e-10)


def test_equal_constants_are_isotropic():
    moduli = "E1 = 2.6 GPa, E2 = 2.6 GPa, E3 = 2.6 GPa, nu12 = 0.3, nu13 = 0.3, nu23 = 0.3, G12 = 1 GPa"
    same = f"orthotropic_elastic {{ {moduli}, angle = 20 deg }}"
    isotropic = "linear_elastic { E = 2.6 GPa, nu = 0.3, plane = strain }"
    np.testing.assert_allclose(stiffness(same), stiffness(isotropic), rtol=1e-12, atol=1e-9)


def test_constants_that_no_material_has_are_refused():
    """|nu12| must be below sqrt(E1/E2) = 3.16."""
    node = node_of(SHEET.format(0).replace("nu12 = 0.3", "nu12 = 3.2"))
    assert [found.code for found in check_energy(node, known_fields(node, {}))] == ["M0552"]
    node = node_of(SHEET.format(0).replace("nu12 = 0.3", "nu12 = 3.1"))
    assert check_energy(node, known_fields(node, {})) == ()


@pytest.mark.parametrize("stretch", [0.8, 1.3])
def test_fibres_bear_tension_only(stretch):
    """Both families along x, constant volume: σ1 - σ2 = 2 C10 (s² - 1/s) + 4 k1 s² E exp(k2 E²), E = s² - 1 > 0."""
    stress = cauchy(material(TISSUE.format(0, 0)), np.diag([stretch, stretch**-0.5, stretch**-0.5]))
    E = max(stretch**2 - 1, 0)
    expected = 0.2 * (stretch**2 - 1 / stretch) + 4 * stretch**2 * E * np.exp(2 * E**2)
    np.testing.assert_allclose(stress[0, 0] - stress[1, 1], expected, rtol=1e-10)


def deviator(tensor):
    return tensor - np.trace(tensor) / 3 * np.eye(3)


def test_crossing_fibres_in_shear():
    """σ = 2 C10 dev B + Σ 2 k1 E exp(k2 E²) (kappa dev B + (1 - 3 kappa) dev(F a ⊗ F a)) at constant volume."""
    F, kappa = np.array([[1, 0.4, 0], [0, 1, 0], [0, 0, 1]]), 0.1
    B = F @ F.T
    expected = 0.2 * deviator(B)
    for sign in (1, -1):
        a = F @ np.array([np.cos(0.7), sign * np.sin(0.7), 0])
        E = kappa * (np.trace(B) - 3) + (1 - 3 * kappa) * (a @ a - 1)
        if E > 0:
            expected += 2 * E * np.exp(2 * E**2) * (kappa * deviator(B) + (1 - 3 * kappa) * deviator(np.outer(a, a)))
    angle = np.rad2deg(0.7)
    np.testing.assert_allclose(
        cauchy(material(TISSUE.format(kappa, repr(float(angle)))), F), expected, rtol=1e-10, atol=1e-12
    )


def test_fully_dispersed_fibres_have_no_direction():
    F, turn = np.diag([1.2, 1 / 1.2, 1.0]), np.array([[0.6, 0.8, 0], [-0.8, 0.6, 0], [0, 0, 1]])
    solid = material(TISSUE.format(0.333333, 20))
    np.testing.assert_allclose(derivative(solid, 0, F @ turn), derivative(solid, 0, F), rtol=1e-4)
    directed = material(TISSUE.format(0.1, 20))
    assert abs(derivative(directed, 0, F @ turn) / derivative(directed, 0, F) - 1) > 0.1
