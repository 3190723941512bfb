"""Line integrals over pieces of edges, and the nodal forces of tractions and body forces."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metac.runtime.fem.assembly.boundary import body_force, mean_on_straight_part, traction_force
from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.mesh.quality import area, jacobian_ratio
from tests.mechanics import rectangle

DOMAIN = Rectangle(1.0, 2.0, 4.0, 7.0)
MESHES = {order: rectangle(3, 4, order, DOMAIN) for order in (1, 2)}
ORDERS = pytest.mark.parametrize("order", [1, 2])


@ORDERS
@settings(max_examples=20, deadline=None)
@given(
    ends=st.tuples(st.floats(2.0, 7.0), st.floats(2.0, 7.0)).filter(lambda e: abs(e[0] - e[1]) > 0.05), tilt=st.floats(-2, 2)
)
def test_means_are_exact_also_where_facets_are_cut(order, ends, tilt):
    mesh = MESHES[order]
    lower, upper = sorted(ends)
    y = mesh.nodes[:, 1]
    mean = mean_on_straight_part(mesh, jnp.asarray(mesh.nodes), "right", jnp.asarray(1 + tilt * y), 1, lower, upper)
    assert float(mean) == pytest.approx(1 + tilt * (lower + upper) / 2, rel=1e-12, abs=1e-12)
    if order == 2:
        mean = mean_on_straight_part(mesh, jnp.asarray(mesh.nodes), "left", jnp.asarray(y**2), 1, lower, upper)
        assert float(mean) == pytest.approx((upper**3 - lower**3) / 3 / (upper - lower), rel=1e-10)


@ORDERS
def test_components_have_their_own_means(order):
    mesh = MESHES[order]
    x, y = mesh.nodes.T
    given = jnp.asarray(mesh.nodes), "left"
    each = [float(mean_on_straight_part(mesh, *given, jnp.asarray(field), 1, 2.5, 6.1)) for field in (3 * y, x)]
    together = mean_on_straight_part(mesh, *given, jnp.asarray(np.stack([3 * y, x], axis=1)), 1, 2.5, 6.1)
    np.testing.assert_allclose(together, each, rtol=1e-14)
    assert each == pytest.approx([3 * (2.5 + 6.1) / 2, 1.0])


@ORDERS
def test_a_traction_has_its_resultant_and_moment(order):
    mesh = MESHES[order]
    nodes = jnp.asarray(mesh.nodes)
    forces = np.asarray(traction_force(mesh, nodes, "right", lambda x: jnp.stack([0 * x[1], x[1]])))
    assert forces[:, 0] == pytest.approx(0)
    assert forces[:, 1].sum() == pytest.approx((7**2 - 2**2) / 2)
    assert (forces[:, 1] * mesh.nodes[:, 1]).sum() == pytest.approx((7**3 - 2**3) / 3)
    assert not forces[np.setdiff1d(np.arange(len(nodes)), mesh.nodes_on("right"))].any()


@ORDERS
def test_a_body_force_has_its_resultant(order):
    mesh = MESHES[order]
    forces = np.asarray(body_force(mesh, jnp.asarray(mesh.nodes), lambda x: jnp.stack([x[0], jnp.ones_like(x[0])])))
    assert forces.sum(axis=0) == pytest.approx([5 * (4**2 - 1) / 2, 15])


@ORDERS
def test_area_and_jacobian_of_a_stretched_mesh(order):
    mesh = MESHES[order]
    nodes = jnp.asarray(mesh.nodes)
    assert float(area(mesh, nodes)) == pytest.approx(15)
    stretched = nodes @ jnp.array([[2.0, 0.3], [0.0, 0.5]])
    assert float(area(mesh, stretched)) == pytest.approx(15)
    assert np.asarray(jacobian_ratio(mesh, stretched)) == pytest.approx(1.0)
    assert np.asarray(jacobian_ratio(mesh, nodes * jnp.array([1.0, -1.0]))) == pytest.approx(-1.0)


@ORDERS
def test_what_is_known_of_the_unmoved_mesh_is_not_left_to_the_compiler(order):
    mesh = MESHES[order]
    traced = jax.make_jaxpr(lambda nodes: jacobian_ratio(mesh, nodes))(mesh.nodes)
    assert str(traced).count("dot_general[") == 1
    moved = mesh.nodes + 0.01 * np.sin(mesh.nodes[:, ::-1])
    known, given_too = jacobian_ratio(mesh, moved), jacobian_ratio(mesh, moved, mesh.nodes)
    np.testing.assert_allclose(known, given_too, rtol=1e-13)


def test_area_of_curved_elements_is_exact():
    """The right edge becomes a parabola of height 1, whose segment has two thirds of its bounding box."""
    mesh = rectangle(1, 1, 2)
    middle = np.flatnonzero(np.all(mesh.nodes == [1, 0.5], axis=1))[0]
    assert float(area(mesh, jnp.asarray(mesh.nodes).at[middle, 0].add(0.3))) == pytest.approx(1 + 0.3 * 2 / 3)


def test_a_folded_rim_is_seen_although_the_quadrature_points_are_upright():
    mesh = rectangle(1, 1, 2)
    middle = np.flatnonzero(np.all(mesh.nodes == [0.5, 0], axis=1))[0]
    ratio = np.asarray(jacobian_ratio(mesh, jnp.asarray(mesh.nodes).at[middle, 0].add(0.3)))
    assert ratio[:3].min() > 0
    assert ratio.min() < 0
