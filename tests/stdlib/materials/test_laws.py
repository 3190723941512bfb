"""The library's laws against closed forms."""

from __future__ import annotations

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.compiler.checks.known_values import known_fields
from metac.compiler.lower.energy_checks import check_energy
from metac.compiler.pipeline import check
from metac.dsl.source import Source
from metac.runtime.fem.constitutive_law import Law
from tests.stdlib.materials.laws import derivative, material, node_of

CHAINS = 1.5 * (1 + 3 / (5 * 2**2) + 99 / (175 * 2**4) + 513 / (875 * 2**6) + 42039 / (67375 * 2**8))
"""Shear modulus of the chains of Arruda and Boyce below, MPa (as in Abaqus' manual)."""
LAWS = {
    "neo_hookean { E = 50 MPa, nu = 0.46 }": (50 / 2.92, 50 * 0.46 / (1.46 * 0.08)),
    "compressible_neo_hookean { G = 17 MPa, K = 200 MPa }": (17.0, 200 - 2 / 3 * 17),
    "linear_elastic { E = 70 GPa, nu = 0.3, plane = strain }": (70e3 / 2.6, 70e3 * 0.3 / (1.3 * 0.4)),
    "mooney_rivlin { C10 = 1 MPa, C01 = 0.2 MPa, K = 30 MPa }": (2.4, 30 - 2 / 3 * 2.4),
    "yeoh { C10 = 1 MPa, C20 = -0.02 MPa, C30 = 0.003 MPa, K = 30 MPa }": (2.0, 30 - 2 / 3 * 2.0),
    "gent { mu = 1.5 MPa, Jm = 20, K = 30 MPa }": (1.5, 30 - 2 / 3 * 1.5),
    "arruda_boyce { mu = 1.5 MPa, lambda_m = 2, K = 30 MPa }": (CHAINS, 30 - 2 / 3 * CHAINS),
    "saint_venant_kirchhoff { E = 2.6 MPa, nu = 0.3 }": (1.0, 2.6 * 0.3 / (1.3 * 0.4)),
}
"""Isotropic laws with Lamé's parameters mu and lam for small strains, MPa."""
DIRECTED = [
    "orthotropic_elastic { E1 = 9 GPa, E2 = 1 GPa, E3 = 2 GPa, nu12 = 0.3, nu13 = 0.2, nu23 = 0.4, G12 = 1 GPa }",
    "orthotropic_sheet { E1 = 10 GPa, E2 = 1 GPa, nu12 = 0.3, G12 = 0.5 GPa, angle = 30 deg }",
    "holzapfel_gasser_ogden { C10 = 0.1 MPa, k1 = 1 MPa, k2 = 2, kappa = 0.1, angle = 40 deg, K = 3 MPa }",
]


def test_every_law_of_the_library_is_tested():
    folder = Path(__file__).parents[3] / "stdlib" / "materials"
    by_classes = {"j2", "ogden"}  # tests/runtime/plasticity, tests/stdlib/loads/test_plastic.py; test_ogden.py
    assert {path.stem for path in folder.glob("*.meta")} == {text.split()[0] for text in [*LAWS, *DIRECTED]} | by_classes


@pytest.mark.parametrize("text", [*LAWS, *DIRECTED, "linear_elastic { E = 70 GPa, nu = 0.3, plane = stress }"])
@pytest.mark.parametrize("dimension", [2, 3])
def test_it_is_a_law(text, dimension):
    node = node_of(text)
    assert check_energy(node, known_fields(node, {}), dimension=dimension) == ()


def test_it_is_what_finite_elements_ask_for():
    one, other = (material(f"neo_hookean {{ E = {E} MPa, nu = 0.1 }}") for E in (1, 2))
    assert isinstance(one, Law)
    assert one.functions is other.functions


@pytest.mark.parametrize("text", LAWS)
def test_tangent_at_rest_is_hookes_law(text):
    solid, (mu, lam) = material(text), LAWS[text]
    eye = np.eye(3)
    delta = np.einsum("ij,kl->ijkl", eye, eye)
    hooke = lam * delta + mu * (np.einsum("ik,jl->ijkl", eye, eye) + np.einsum("il,jk->ijkl", eye, eye))
    np.testing.assert_allclose(derivative(solid, 2, eye), hooke, rtol=1e-12, atol=1e-10 * mu)
    np.testing.assert_allclose(derivative(solid, 2, np.eye(2)), hooke[:2, :2, :2, :2], rtol=1e-12, atol=1e-10 * mu)


def test_derivatives_agree_with_automatic_differentiation():
    """Along a direction H, at many F: all laws in one compiled function."""
    laws = [material(text) for text in [*LAWS, *DIRECTED]]

    @jax.jit
    def slopes(F, H):
        def of(solid):
            functions, parameters = solid.functions, solid.parameters
            _, by_energy = jax.jvp(lambda F: functions.energy2(F, parameters), (F,), (H,))
            stress, by_stress = jax.jvp(lambda F: functions.stress2(F, parameters), (F,), (H,))
            tangent = functions.tangent2(F, parameters)
            return by_energy, jnp.einsum("ijn,ijn->n", stress, H), by_stress, jnp.einsum("ijkln,kln->ijn", tangent, H)

        return [of(solid) for solid in laws]

    random = np.random.default_rng(0)
    F = np.eye(2)[:, :, None] + random.uniform(-0.3, 0.3, (2, 2, 40))
    for by_energy, work, by_stress, change in slopes(F, random.normal(size=F.shape)):
        np.testing.assert_allclose(work, by_energy, rtol=1e-11, atol=1e-12 * float(jnp.abs(work).max()))
        np.testing.assert_allclose(change, by_stress, rtol=1e-11, atol=1e-12 * float(jnp.abs(change).max()))


@pytest.mark.parametrize("stretch", [0.6, 0.9, 1.2, 2.0])
def test_uniaxial_tension_of_a_neo_hookean_bar(stretch):
    """Free sides: the lateral stretch l solves mu (l - 1/l) + lam log(J)/l = 0; P11 = mu (s - 1/s) + lam log(J)/s."""
    mu, lam = LAWS["neo_hookean { E = 50 MPa, nu = 0.46 }"]
    solid = material("neo_hookean { E = 50 MPa, nu = 0.46 }")
    lateral = 1.0
    for _ in range(50):
        residual = mu * (lateral - 1 / lateral) + lam * np.log(stretch * lateral**2) / lateral
        slope = mu * (1 + 1 / lateral**2) + lam * (2 - np.log(stretch * lateral**2)) / lateral**2
        lateral -= residual / slope
    P = derivative(solid, 1, np.diag([stretch, lateral, lateral]))
    expected = mu * (stretch - 1 / stretch) + lam * np.log(stretch * lateral**2) / stretch
    np.testing.assert_allclose(P, np.diag([expected, 0, 0]), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("dilation", [0.8, 1.3])
def test_volume_change_of_the_compressible_law_costs_its_bulk_modulus_only(dilation):
    solid = material("compressible_neo_hookean { G = 17 MPa, K = 200 MPa }")
    energy = derivative(solid, 0, dilation * np.eye(3))
    np.testing.assert_allclose(energy, 100 * (dilation**3 - 1) ** 2, rtol=1e-12)


@pytest.mark.parametrize(
    ("plane", "textbook"),
    [
        ("stress", lambda E, nu: E / (1 - nu**2) * np.array([[1, nu, 0], [nu, 1, 0], [0, 0, (1 - nu) / 2]])),
        (
            "strain",
            lambda E, nu: E / ((1 + nu) * (1 - 2 * nu)) * np.array([[1 - nu, nu, 0], [nu, 1 - nu, 0], [0, 0, 0.5 - nu]]),
        ),
    ],
)
def test_plane_stress_and_plane_strain(plane, textbook):
    """The textbook matrix from (e11, e22, 2 e12) to (s11, s22, s12), at any deformation."""
    solid = material(f"linear_elastic {{ E = 70 GPa, nu = 0.3, plane = {plane} }}")
    A = derivative(solid, 2, np.array([[1.1, 0.2], [0.0, 0.9]]))
    pairs = ((0, 0), (1, 1), (0, 1))
    voigt = np.array([[A[first + second] for second in pairs] for first in pairs])
    np.testing.assert_allclose(voigt, textbook(70e3, 0.3), rtol=1e-12, atol=1e-9)


def test_the_plane_of_linear_elasticity_must_be_said():
    checked = check(Source("<text>", "material m = linear_elastic { E = 1 MPa, nu = 0.3 }\n"), folder=Path("/"))
    assert checked.failed
    assert "plane" in checked.diagnostics[0].message
