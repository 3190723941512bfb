"""Stress and tangent of laws against automatic differentiation and closed forms."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metac.compiler.lower.energy_law import energy_functions, lower_energy

VALUES = {"E": 50.0, "nu": 0.46, "G": 17.0, "K": 200.0, "plane": "strain"}
LAWS = {
    "neo_hookean": ("E", "nu"),
    "compressible_neo_hookean": ("G", "K"),
    "linear_elastic": ("E", "nu", "plane"),
}


@pytest.fixture(scope="module", params=LAWS)
def law(request, make):
    fields = {name: VALUES[name] for name in LAWS[request.param]}
    return lower_energy(request.param, getattr(make, request.param)(), fields)


entries = st.floats(-0.25, 0.25, allow_nan=False)


def deformation(size):
    return st.lists(entries, min_size=size**2, max_size=size**2).map(lambda u: np.eye(size) + np.reshape(u, (size, size)))


@pytest.mark.parametrize("size", [2, 3])
def test_stress_and_tangent_are_the_derivatives(law, size):
    suffix = "2" if size == 2 else ""
    energy, stress, tangent = (
        jax.jit(getattr(law.functions, quantity + suffix)) for quantity in ("energy", "stress", "tangent")
    )
    by_stress = jax.jit(jax.grad(energy))
    by_tangent = jax.jit(jax.jacfwd(stress))

    @settings(max_examples=40, deadline=None)
    @given(deformation(size))
    def check(F):
        P, A = stress(F, law.parameters), tangent(F, law.parameters)
        scale = float(jnp.abs(A).max())
        np.testing.assert_allclose(P, by_stress(F, law.parameters), rtol=1e-12, atol=1e-12 * scale)
        np.testing.assert_allclose(A, by_tangent(F, law.parameters), rtol=1e-12, atol=1e-12 * scale)
        np.testing.assert_array_equal(A, jnp.transpose(A, (2, 3, 0, 1)))

    check()


def test_plane_is_the_section_of_space(law):
    F2 = np.array([[1.1, 0.2], [-0.05, 0.9]])
    F3 = np.eye(3)
    F3[:2, :2] = F2
    functions, parameters = law.functions, law.parameters
    np.testing.assert_allclose(functions.energy2(F2, parameters), functions.energy(F3, parameters), rtol=1e-13)
    np.testing.assert_allclose(functions.stress2(F2, parameters), functions.stress(F3, parameters)[:2, :2], rtol=1e-12)
    space = functions.tangent(F3, parameters)[:2, :2, :2, :2]
    np.testing.assert_allclose(functions.tangent2(F2, parameters), space, rtol=1e-12, atol=1e-10)


@pytest.mark.parametrize("points", [(), (5,), (4, 3)])
def test_points_are_trailing_axes(law, points):
    F = np.eye(2).reshape((2, 2) + (1,) * len(points)) + np.linspace(-0.1, 0.1, 4 * int(np.prod(points))).reshape(
        (2, 2, *points)
    )
    energy = law.functions.energy2(F, law.parameters)
    stress = law.functions.stress2(F, law.parameters)
    tangent = law.functions.tangent2(F, law.parameters)
    assert energy.shape == points
    assert stress.shape == (2, 2, *points)
    assert tangent.shape == (2, 2, 2, 2, *points)
    assert tangent.dtype == jnp.float64
    last = (slice(None),) * 2 + (-1,) * len(points)
    np.testing.assert_allclose(stress[last], law.functions.stress2(F[last], law.parameters), rtol=1e-13)


def test_small_strain_moduli_are_hookes(make):
    law = lower_energy("neo_hookean", make.neo_hookean(), {"E": 50.0, "nu": 0.3})
    mu, lam = 50 / 2.6, 50 * 0.3 / (1.3 * 0.4)
    eye = np.eye(3)
    hooke = lam * np.einsum("ij,kl->ijkl", eye, eye) + mu * (
        np.einsum("ik,jl->ijkl", eye, eye) + np.einsum("il,jk->ijkl", eye, eye)
    )
    np.testing.assert_allclose(law.functions.tangent(jnp.eye(3), law.parameters), hooke, rtol=1e-13, atol=1e-12)
    strain = np.array([[0.1, 0.03, 0], [0.03, -0.2, 0], [0, 0, 0.05]])
    np.testing.assert_allclose(
        np.einsum("ijkl,kl->ij", law.functions.tangent(jnp.eye(3), law.parameters), strain),
        lam * np.trace(strain) * eye + 2 * mu * strain,
        rtol=1e-12,
    )


def test_instances_of_a_law_share_their_functions(make):
    first = lower_energy("neo_hookean", make.neo_hookean(), {"E": 50.0, "nu": 0.46})
    second = lower_energy("neo_hookean", make.neo_hookean(), {"E": 1.0, "nu": 0.1})
    assert first.functions is second.functions
    assert second.parameters == (1.0, 0.1)
    plain = energy_functions("linear_elastic", make.linear_elastic(), {"E": 1.0, "nu": 0.1, "plane": "strain"})
    other = energy_functions("linear_elastic", make.linear_elastic(), {"E": 1.0, "nu": 0.1, "plane": "stress"})
    assert plain is not other


def test_parameters_are_differentiable(make):
    functions = energy_functions("neo_hookean", make.neo_hookean(), {"E": 0.0, "nu": 0.0})
    F = jnp.array([[1.2, 0.1], [0.0, 0.95]])
    by_modulus = jax.grad(lambda E: functions.energy2(F, (E, 0.3)))(50.0)
    np.testing.assert_allclose(by_modulus, functions.energy2(F, (50.0, 0.3)) / 50, rtol=1e-13)


def test_names_of_fields_cannot_clash_with_what_is_generated(make):
    x0, xp, keyword = make.variable("x0"), make.variable("xp"), make.variable("lambda")
    component = make.variable("F11")
    det = make.apply("det", make.F)
    body = (x0 + xp + keyword + component) * (make.apply("tr", make.right_cauchy_green()) - 3 + (det - 1) ** 2)
    fields = {"x0": 1.0, "xp": 2.0, "lambda": 3.0, "F11": 4.0}
    law = lower_energy("odd", make.function(body, make.F), fields)
    F = jnp.array([[1.2, 0.1], [0.0, 0.95]])
    expected = 10 * (1.2**2 + 0.1**2 + 0.95**2 - 2 + (1.2 * 0.95 - 1) ** 2)
    np.testing.assert_allclose(law.functions.energy2(F, law.parameters), expected, rtol=1e-13)


def test_common_parts_are_computed_once(make):
    source = energy_functions("neo_hookean", make.neo_hookean(), {"E": 0.0, "nu": 0.0}).plane.tangent.source
    assert source.count("xp.log") == 1


def test_law_with_cases_is_differentiated_on_each_side(make):
    k = make.variable("k")
    stretch = make.apply("tr", make.right_cauchy_green()) - 3
    body = k * make.apply("if", stretch >= 0, stretch**2, 2 * stretch**2)
    law = lower_energy("tension_compression", make.function(body, make.F), {"k": 3.0})
    for F, factor in ((1.1 * np.eye(2), 1), (0.9 * np.eye(2), 2)):
        I1 = np.trace(F.T @ F) - 2
        np.testing.assert_allclose(law.functions.stress2(F, law.parameters), 3 * factor * 4 * I1 * F, rtol=1e-12)
