"""Stress and stretch inside of bodies: invariants, places, and fields whose solution is known."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.fem import stress_field
from metac.runtime.fem.constitutive_law import UnknownAcrossPlane, across_plane
from metac.runtime.fem.stress_field import Stress
from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.grid.mesh import grid_mesh
from metac.stdlib.materials.ogden import Ogden
from tests.mechanics import NEO_HOOKEAN, rectangle

RNG = np.random.default_rng(3)
MESHES = {
    "P1": rectangle(3, 4, 1, Rectangle(1, 2, 3, 5), distort=0.2),
    "P2": rectangle(3, 4, 2, Rectangle(1, 2, 3, 5), distort=0.2),
    "Q1": grid_mesh(4, 3, 2.0, 3.0, 1),
    "Q2": grid_mesh(4, 3, 2.0, 3.0, 2),
}


def matrices(stress: Stress) -> np.ndarray:
    zero = np.zeros_like(stress.xx)
    rows = [[stress.xx, stress.xy, zero], [stress.xy, stress.yy, zero], [zero, zero, stress.zz]]
    return np.moveaxis(np.array(rows), -1, 0)


def test_invariants_are_those_of_the_whole_tensor():
    stress = Stress(*map(jnp.asarray, RNG.normal(size=(4, 20))))
    whole = matrices(stress)
    eigenvalues = np.linalg.eigvalsh(whole)[:, ::-1].T
    assert np.asarray(stress_field.principal(stress)) == pytest.approx(eigenvalues, rel=1e-12, abs=1e-12)
    deviator = whole - np.trace(whole, axis1=1, axis2=2)[:, None, None] / 3 * np.eye(3)
    assert np.asarray(stress_field.von_mises(stress)) == pytest.approx(np.sqrt(1.5 * (deviator**2).sum((1, 2))), rel=1e-12)


@pytest.mark.slow
def test_stretches_are_singular_values_and_have_a_derivative_where_they_are_equal():
    F = RNG.normal(size=(2, 2, 20)) * 0.3 + np.eye(2)[:, :, None]
    F = F[:, :, np.linalg.det(np.moveaxis(F, -1, 0)) > 0]
    values = np.linalg.svd(np.moveaxis(F, -1, 0), compute_uv=False).T
    assert np.asarray(stress_field.principal_stretches(jnp.asarray(F))) == pytest.approx(values, rel=1e-12)
    slope = jax.jacobian(stress_field.principal_stretches)(jnp.eye(2))
    assert np.isfinite(np.asarray(slope)).all() and np.asarray(slope.sum(axis=0)) == pytest.approx(np.eye(2))


def test_what_acts_across_the_plane_counts():
    """Neo-Hooke in plane strain: σ33 = λ ln J / J, and σ = (μ (F Fᵀ − 1) + λ ln J) / J in the plane."""
    mu, lam = 2.0, 7.0
    F = np.array([[1.2, 0.3], [-0.1, 0.9]])[:, :, None]
    found = stress_field.cauchy_stress(NEO_HOOKEAN, jnp.asarray(F), (mu, lam), plane="strain", linear=False)
    J = np.linalg.det(F[..., 0])
    expected = (mu * (F[..., 0] @ F[..., 0].T - np.eye(2)) + lam * np.log(J) * np.eye(2)) / J
    assert [float(each[0]) for each in found] == pytest.approx(
        [expected[0, 0], expected[1, 1], lam * np.log(J) / J, expected[0, 1]]
    )
    free = stress_field.cauchy_stress(NEO_HOOKEAN, jnp.asarray(F), (mu, lam), plane="stress", linear=False)
    assert float(free.zz[0]) == 0


@pytest.mark.slow
def test_small_displacements_have_the_stress_of_the_stiffness_at_rest():
    mu, lam = 2.0, 7.0
    H = np.array([[0.2, 0.3], [-0.1, -0.1]])
    found = stress_field.cauchy_stress(
        NEO_HOOKEAN, jnp.asarray(np.eye(2) + H)[:, :, None], (mu, lam), plane="strain", linear=True
    )
    strain = (H + H.T) / 2
    expected = 2 * mu * strain + lam * np.trace(strain) * np.eye(2)
    assert [float(each[0]) for each in found] == pytest.approx(
        [expected[0, 0], expected[1, 1], lam * np.trace(strain), expected[0, 1]]
    )


def test_across_the_plane_ogden_acts_as_his_principal_stretches_say():
    law = Ogden(mu=(0.6, 0.002, -0.01), alpha=(1.3, 5.0, -2.0), K=20.0, coefficients="published")
    stretches = np.array([1.3, 0.8, 1.0])
    moved = stretches + np.array([[0, 0, 1e-6], [0, 0, -1e-6]])
    above, below = (float(law.functions.principal_energy(jnp.asarray(each), law.parameters)) for each in moved)
    F = jnp.asarray(np.diag(stretches[:2]))[:, :, None]
    assert float(across_plane(law.functions, F, law.parameters)[0]) == pytest.approx((above - below) / 2e-6, rel=1e-7)


class PlaneOnly:
    """A law of one's own that says nothing of what is across the plane."""

    energy2 = stress2 = tangent2 = NEO_HOOKEAN.energy2


def test_a_law_that_is_known_in_the_plane_only_is_no_guess():
    with pytest.raises(UnknownAcrossPlane):
        across_plane(PlaneOnly(), jnp.eye(2)[:, :, None], (1.0, 1.0))


@pytest.mark.parametrize("name", [*(pytest.param(name, marks=pytest.mark.slow) for name in ("P1", "Q1")), "P2", "Q2"])
def test_places_are_found_and_read(name):
    """By the polynomial that the sampling points carry: a number, or a linear function."""
    mesh = MESHES[name]
    coordinates = jnp.asarray(mesh.nodes)
    table = stress_field.sampling(mesh)
    at = np.einsum("np,cnd->dpc", table.element.shape(table.rule.points), mesh.nodes[mesh.cells])
    low, high = mesh.nodes.min(axis=0), mesh.nodes.max(axis=0)
    places = low + (high - low) * RNG.uniform(size=(30, 2))
    located = stress_field.locate(mesh, coordinates, jnp.asarray(places))
    assert np.asarray(located.inside).all()
    found = np.asarray(located.interpolate(jnp.asarray(2 * at[0] - 3 * at[1] + 1)))
    exact = 2 * places[:, 0] - 3 * places[:, 1] + 1
    assert found == pytest.approx(exact, abs=1e-9 if mesh.order == 2 else 5.0)
    constant = np.asarray(located.interpolate(jnp.ones(at.shape[1:])))
    assert constant == pytest.approx(np.ones(30))


def test_a_pore_has_no_values():
    mesh = rectangle(3, 3, 2, hole=True)
    places = jnp.asarray([[0.5, 0.5], [0.1, 0.1], [0.5, 0.3333333]])
    located = stress_field.locate(mesh, jnp.asarray(mesh.nodes), places)
    found = np.asarray(located.interpolate(jnp.ones((3, len(mesh.cells)))))
    assert np.isnan(found[0]) and found[1:] == pytest.approx([1, 1])
