"""The library's laws against closed forms."""

from __future__ import annotations

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metac.compiler.checks.known_values import known_fields
from metac.compiler.lower.energy_checks import check_energy
from metac.compiler.lower.members import member_value
from metac.compiler.pipeline import check
from metac.dsl.source import Source
from metac.runtime.fem.constitutive_law import Law
from metac.stdlib.materials.law import Hyperelastic

LAWS = {
    "neo_hookean { E = 50 MPa, nu = 0.46 }": (50 / 2.92, 50 * 0.46 / (1.46 * 0.08)),
    "compressible_neo_hookean { G = 17 MPa, K = 200 MPa }": (17.0, 200 - 2 / 3 * 17),
    "linear_elastic { E = 70 GPa, nu = 0.3, plane = strain }": (70e3 / 2.6, 70e3 * 0.3 / (1.3 * 0.4)),
}
"""With Lamé's parameters mu and lam for small strains, MPa."""


def node_of(text):
    checked = check(Source("<text>", f"material m = {text}\n"), folder=Path("/"))
    return checked.design_or_raise().nodes["m"]


def material(text):
    node = node_of(text)
    fields = known_fields(node, {})
    return Hyperelastic(**fields, **{name: member_value(node, name, fields, np) for name in node.members})


@pytest.fixture(scope="module", params=LAWS)
def law(request):
    return material(request.param), *LAWS[request.param]


def test_every_law_of_the_library_is_tested():
    folder = Path(__file__).parents[3] / "stdlib" / "materials"
    remembering = {"j2"}  # No energy gives its stress: tests/runtime/plasticity and tests/stdlib/loads/test_plastic.py.
    assert {path.stem for path in folder.glob("*.meta")} == {text.split()[0] for text in LAWS} | remembering


@pytest.mark.parametrize("text", [*LAWS, "linear_elastic { E = 70 GPa, nu = 0.3, plane = stress }"])
@pytest.mark.parametrize("dimension", [2, 3])
def test_it_is_a_law(text, dimension):
    node = node_of(text)
    assert check_energy(node, known_fields(node, {}), dimension=dimension) == ()


def test_it_is_what_finite_elements_ask_for(law):
    assert isinstance(law[0], Law)
    assert (
        material("neo_hookean { E = 1 MPa, nu = 0.1 }").functions
        is material("neo_hookean { E = 2 MPa, nu = 0.2 }").functions
    )


def test_tangent_at_rest_is_hookes_law(law):
    solid, mu, lam = law
    eye = np.eye(3)
    delta = np.einsum("ij,kl->ijkl", eye, eye)
    hooke = lam * delta + mu * (np.einsum("ik,jl->ijkl", eye, eye) + np.einsum("il,jk->ijkl", eye, eye))
    np.testing.assert_allclose(solid.functions.tangent(jnp.eye(3), solid.parameters), hooke, rtol=1e-12, atol=1e-10 * mu)
    np.testing.assert_allclose(
        solid.functions.tangent2(jnp.eye(2), solid.parameters), hooke[:2, :2, :2, :2], rtol=1e-12, atol=1e-10 * mu
    )


def test_derivatives_agree_with_automatic_differentiation(law):
    functions, parameters = law[0].functions, law[0].parameters
    stress, tangent = jax.jit(functions.stress2), jax.jit(functions.tangent2)
    by_stress, by_tangent = jax.jit(jax.grad(functions.energy2)), jax.jit(jax.jacfwd(functions.stress2))

    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.floats(-0.3, 0.3), min_size=4, max_size=4))
    def check_at(displacement_gradient):
        F = np.eye(2) + np.reshape(displacement_gradient, (2, 2))
        A = tangent(F, parameters)
        scale = float(jnp.abs(A).max())
        np.testing.assert_allclose(stress(F, parameters), by_stress(F, parameters), rtol=1e-12, atol=1e-12 * scale)
        np.testing.assert_allclose(A, by_tangent(F, parameters), rtol=1e-12, atol=1e-12 * scale)

    check_at()


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
    P = solid.functions.stress(jnp.diag(jnp.array([stretch, lateral, lateral])), solid.parameters)
    expected = mu * (stretch - 1 / stretch) + lam * np.log(stretch * lateral**2) / stretch
    np.testing.assert_allclose(P, np.diag([expected, 0, 0]), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("dilation", [0.8, 1.3])
def test_volume_change_of_the_compressible_law_costs_its_bulk_modulus_only(dilation):
    solid = material("compressible_neo_hookean { G = 17 MPa, K = 200 MPa }")
    energy = solid.functions.energy(dilation * jnp.eye(3), solid.parameters)
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
    A = np.asarray(solid.functions.tangent2(jnp.array([[1.1, 0.2], [0.0, 0.9]]), solid.parameters))
    pairs = ((0, 0), (1, 1), (0, 1))
    voigt = np.array([[A[first + second] for second in pairs] for first in pairs])
    np.testing.assert_allclose(voigt, textbook(70e3, 0.3), rtol=1e-12, atol=1e-9)


def test_the_plane_of_linear_elasticity_must_be_said():
    checked = check(Source("<text>", "material m = linear_elastic { E = 1 MPa, nu = 0.3 }\n"), folder=Path("/"))
    assert checked.failed
    assert "plane" in checked.diagnostics[0].message
