"""Hand-written kernels against automatic differentiation, and the fixed sparsity against a dense matrix."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.fem.assembly.sparsity import assembly
from metac.runtime.fem.equilibrium.problem import make_problem, smallest
from metac.runtime.mesh.mesh import Mesh
from tests.mechanics import LINEAR_ELASTIC, NEO_HOOKEAN, degrees, lame, rectangle

PARAMETERS = lame(10.0, 0.4)


@pytest.fixture(params=[1, 2], ids=["linear", "quadratic"])
def problem(request):
    mesh = rectangle(3, 2, request.param, distort=0.2)
    return make_problem(mesh, degrees(mesh.nodes_on("bottom")), NEO_HOOKEAN)


@pytest.fixture
def displacement(problem):
    return 0.05 * jnp.asarray(np.random.default_rng(0).normal(size=problem.mesh.nodes.shape)) / problem.mesh.order**2


def test_force_is_the_derivative_of_energy(problem, displacement):
    shape = problem.geometry(jnp.asarray(problem.mesh.nodes))
    force = problem.internal_force(PARAMETERS, shape, displacement)
    derivative = jax.grad(lambda u: problem.energy(PARAMETERS, shape, u))(displacement)
    assert np.asarray(force) == pytest.approx(np.asarray(derivative), abs=1e-12)


def test_stiffness_is_the_derivative_of_force(problem, displacement):
    shape = problem.geometry(jnp.asarray(problem.mesh.nodes))
    flat = lambda u: problem.internal_force(PARAMETERS, shape, u.reshape(-1, 2)).reshape(-1)  # noqa: E731
    free = problem.assembly.free
    dense = np.asarray(jax.jacfwd(flat)(displacement.reshape(-1)))[np.ix_(free, free)]
    values = np.asarray(problem.stiffness(PARAMETERS, shape, displacement))
    assert problem.assembly.matrix.full(values).toarray() == pytest.approx(dense, abs=1e-10)


def test_the_gradient_of_virtual_work_is_that_of_automatic_differentiation(problem, displacement):
    nodes, virtual = jnp.asarray(problem.mesh.nodes), jnp.cos(7 * displacement + problem.mesh.nodes)

    def virtual_work(coordinates, displacement, parameters):
        return jnp.vdot(virtual, problem.internal_force(parameters, problem.geometry(coordinates), displacement))

    expected = jax.grad(virtual_work, argnums=(0, 1, 2))(nodes, displacement, PARAMETERS)
    found = problem.virtual_work_gradient(PARAMETERS, problem.geometry(nodes), displacement, virtual)
    for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        assert np.asarray(one) == pytest.approx(np.asarray(other), rel=1e-12, abs=1e-12)


def test_rigid_motion_costs_nothing(problem):
    angle = 0.7
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    nodes = jnp.asarray(problem.mesh.nodes)
    motion = nodes @ rotation.T + jnp.array([3.0, -2.0]) - nodes
    shape = problem.geometry(nodes)
    assert float(problem.energy(PARAMETERS, shape, motion)) == pytest.approx(0, abs=1e-13)
    assert np.abs(problem.internal_force(PARAMETERS, shape, motion)).max() < 1e-13


def test_equal_topologies_share_their_pattern():
    first, second, other = (rectangle(2, 2, 2, distort=d) for d in (0, 0.2, 0))
    fixed = degrees(first.nodes_on("top"))
    assert assembly(first, fixed) is assembly(second, fixed)
    assert assembly(first, fixed) is assembly(other, fixed[::-1])
    assert assembly(first, fixed) is not assembly(first, fixed[1:])


def test_the_pattern_has_no_entry_twice(problem):
    matrix = problem.assembly.matrix
    for column in range(matrix.size):
        rows = matrix.indices[matrix.indptr[column] : matrix.indptr[column + 1]]
        assert (np.diff(rows) > 0).all()


def test_nodes_without_elements_are_refused():
    mesh = rectangle(2, 2, 1)
    lonely = Mesh(np.concatenate([mesh.nodes, [[0.3, 0.3]]]), mesh.cells, mesh.facets, mesh.domain)
    with pytest.raises(ValueError, match="1 nodes belong to no element"):
        make_problem(lonely, degrees([0]), LINEAR_ELASTIC)


def test_not_a_number_is_the_smallest():
    value, element = smallest(jnp.array([[3.0, jnp.nan, -1.0]]))
    assert np.isnan(value)
    assert int(element) == 1
