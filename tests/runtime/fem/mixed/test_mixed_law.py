"""Mixed elements: forces, stiffness and derivatives of whole elements, and what an even deformation makes of them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.fem.assembly import element_kernels as kernels
from metac.runtime.fem.assembly.mesh_fields import element_tables, gather
from metac.runtime.fem.elements.tables import stiffness_pairs
from metac.runtime.fem.elements.triangle import TRIANGLE_P2, TRIANGLE_P2_BUBBLE
from metac.runtime.fem.equilibrium.problem import make_problem
from metac.runtime.fem.mixed.mixed_law import mixed_functions
from metac.runtime.mesh.bubbles import with_bubbles
from metac.runtime.mesh.mesh import Mesh
from tests.mechanics import LINEAR_ELASTIC, NEO_HOOKEAN, degrees, lame, rectangle

LAWS = pytest.mark.parametrize(("law", "small"), [(NEO_HOOKEAN, False), (LINEAR_ELASTIC, True)], ids=["finite", "small"])
FINITE_FIRST = pytest.mark.parametrize(
    ("law", "small"),
    [(NEO_HOOKEAN, False), pytest.param(LINEAR_ELASTIC, True, marks=pytest.mark.slow)],
    ids=["finite", "small"],
)
PARAMETERS = tuple(map(jnp.asarray, lame(10.0, 0.49)))


@pytest.fixture(scope="module")
def mesh():
    """Distorted, with curved edges."""
    straight = rectangle(1, 2, 2, distort=0.2)
    nodes = straight.nodes + 0.01 * np.random.default_rng(1).normal(size=straight.nodes.shape)
    return with_bubbles(Mesh(nodes, straight.cells, straight.facets, straight.domain))


@pytest.fixture(scope="module")
def elements(mesh):
    """Tables, geometry and an uneven displacement."""
    table, coordinates = element_tables(mesh), gather(mesh, mesh.nodes)
    displacement = 0.02 * np.random.default_rng(0).normal(size=coordinates.shape)
    return table, kernels.geometry(table, coordinates), jnp.asarray(displacement)


def test_the_bubble_is_zero_on_the_edges_and_the_rest_at_the_centre():
    shape = TRIANGLE_P2_BUBBLE.shape(TRIANGLE_P2_BUBBLE.nodes)
    np.testing.assert_allclose(shape, np.eye(7), atol=1e-14)
    along = np.stack([np.linspace(0, 1, 5), np.zeros(5)], axis=1)
    np.testing.assert_allclose(TRIANGLE_P2_BUBBLE.shape(along)[:6], TRIANGLE_P2.shape(along), atol=1e-14)
    at, step = np.array([[0.2, 0.5]]), 1e-6
    for axis in range(2):
        moved = step * np.eye(2)[axis]
        slope = (TRIANGLE_P2_BUBBLE.shape(at + moved) - TRIANGLE_P2_BUBBLE.shape(at - moved)) / (2 * step)
        np.testing.assert_allclose(TRIANGLE_P2_BUBBLE.gradient(at)[:, axis], slope, atol=1e-8)


def test_centres_lie_where_the_quadratic_map_takes_them(mesh):
    table = element_tables(mesh)
    quadratic = Mesh(mesh.nodes, mesh.cells[:, :6], mesh.facets, mesh.domain)
    points = table.rule.points
    whole = np.einsum("aq,cad->cqd", TRIANGLE_P2_BUBBLE.shape(points), mesh.nodes[mesh.cells])
    np.testing.assert_allclose(whole, np.einsum("aq,cad->cqd", TRIANGLE_P2.shape(points), quadratic.nodes[quadratic.cells]))


@LAWS
def test_forces_are_slopes_of_the_energy(elements, law, small):
    table, shape, displacement = elements
    functions = mixed_functions(law, small)
    assert functions is mixed_functions(law, small)
    slope = jax.grad(lambda at: jnp.sum(kernels.energy(table, functions, PARAMETERS, shape, at)))(displacement)
    found = kernels.internal_force(table, functions, PARAMETERS, shape, displacement)
    np.testing.assert_allclose(found, slope, atol=1e-12 * float(jnp.abs(slope).max()))


@FINITE_FIRST
def test_stiffness_is_the_slope_of_the_forces(elements, law, small):
    table, shape, displacement = elements
    functions, count = mixed_functions(law, small), displacement.shape[2]
    slope = jax.jacfwd(lambda at: kernels.internal_force(table, functions, PARAMETERS, shape, at))(displacement)
    found = kernels.stiffness(table, functions, PARAMETERS, shape, displacement)
    rows, columns = stiffness_pairs(7, 2)
    for cell in range(count):
        matrix = np.asarray(slope[:, :, cell, :, :, cell]).reshape(14, 14)
        np.testing.assert_allclose(found[:, cell], matrix[rows, columns], atol=1e-11 * abs(matrix).max())


@FINITE_FIRST
def test_derivatives_of_the_virtual_work(mesh, law, small):
    problem = make_problem(mesh, degrees(mesh.nodes_on("left")), mixed_functions(law, small))
    random = np.random.default_rng(2)
    nodes = jnp.asarray(mesh.nodes)
    displacement, virtual = (jnp.asarray(0.02 * random.normal(size=mesh.nodes.shape)) for _ in range(2))

    def work(nodes, displacement, parameters):
        return jnp.vdot(virtual, problem.internal_force(parameters, problem.geometry(nodes), displacement))

    slopes = jax.grad(work, argnums=(0, 1, 2))(nodes, displacement, PARAMETERS)
    found = problem.virtual_work_gradient(PARAMETERS, problem.geometry(nodes), displacement, virtual)
    for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(slopes), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-11 * float(jnp.abs(other).max()))


@LAWS
def test_an_even_deformation_is_seen_as_it_is(mesh, elements, law, small):
    """What a patch test needs: forces are those of plain elements."""
    table, shape, _ = elements
    even = gather(mesh, mesh.nodes @ np.array([[0.08, -0.05], [0.03, 0.06]]))
    plain = kernels.internal_force(table, law, PARAMETERS, shape, even)
    found = kernels.internal_force(table, mixed_functions(law, small), PARAMETERS, shape, even)
    np.testing.assert_allclose(found, plain, atol=1e-12 * float(jnp.abs(plain).max()))


def test_dilatation_is_what_a_linear_field_can_be(elements):
    """θ keeps the moments of J with linear fields; J itself is no linear field."""
    table, shape, displacement = elements
    functions = mixed_functions(NEO_HOOKEAN, False)
    F = kernels.deformation_gradient(table, shape, displacement)
    own = functions.dilatation(F)
    seen = functions.dilatation(functions.smoothed(table, shape, F))
    linear = np.concatenate([np.ones((1, table.points)), table.rule.points.T])
    moments = jnp.einsum("kq,qc,qc->kc", linear, shape.weights, seen - own)
    assert float(jnp.abs(moments).max()) < 1e-13 < 1e-3 < float(jnp.abs(seen - own).max())
