"""Bodies in space: forces, stiffness and gradients through the code that plane bodies take."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.fem.assembly.boundary import body_force, traction_force
from metac.runtime.fem.assembly.constraints import MultiPointConstraints
from metac.runtime.fem.equilibrium.problem import make_problem
from metac.runtime.fem.path.incremental import solve_path
from metac.runtime.geometry.rectangle import Box
from metac.runtime.mesh.mesh import Mesh
from metac.runtime.mesh.quality import area
from tests.mechanics import LINEAR_ELASTIC, NEO_HOOKEAN, box, degrees, lame, taylor_remainders

SORTS = pytest.mark.parametrize("nodes", [4, 8], ids=["tetrahedra", "hexahedra"])
ONE_SORT = pytest.mark.parametrize("nodes", [pytest.param(4, marks=pytest.mark.slow), 8], ids=["tetrahedra", "hexahedra"])
BRICK = Box(1.0, -1.0, 3.0, 2.0, 0.0, 1.5)
"""2 by 3 by 1.5 mm."""
PARAMETERS = lame(10.0, 0.3)


def clamped(mesh: Mesh, law=NEO_HOOKEAN):
    held = np.concatenate([mesh.nodes_on("bottom"), mesh.nodes_on("top")])
    return make_problem(mesh, degrees(held, range(3), 3), law)


@SORTS
def test_volumes_and_forces_add_up(nodes):
    mesh = box((2, 3, 2), nodes, 0.2, BRICK)
    coordinates = jnp.asarray(mesh.nodes)
    assert float(area(mesh, coordinates)) == pytest.approx(9.0, rel=1e-13)
    corners = len(mesh.element.corners)
    assert mesh.node_areas.sum() == pytest.approx(9.0 * corners, rel=1e-10)
    pressed = traction_force(mesh, coordinates, "right", lambda x: jnp.stack([x[1], jnp.ones_like(x[0]), x[2]]))
    # The face is 3 by 1.5 mm: means of y and z over it are 0.5 and 0.75 mm.
    np.testing.assert_allclose(pressed.sum(axis=0), 4.5 * np.array([0.5, 1.0, 0.75]), rtol=1e-12)
    weight = body_force(mesh, coordinates, lambda x: jnp.stack([x[0], 0 * x[1], -jnp.ones_like(x[2])]))
    np.testing.assert_allclose(weight.sum(axis=0), [18.0, 0.0, -9.0], rtol=1e-12, atol=1e-12)


@ONE_SORT
def test_the_stiffness_is_the_derivative_of_the_forces(nodes):
    mesh = box((1, 2, 1), nodes, 0.0, BRICK)
    problem = make_problem(mesh, np.array([0, 1, 2]), NEO_HOOKEAN)
    shape = problem.geometry(jnp.asarray(mesh.nodes))
    field = jnp.asarray(0.05 * np.random.default_rng(0).normal(size=mesh.nodes.shape))
    found = problem.assembly.matrix.full(np.asarray(problem.stiffness(PARAMETERS, shape, field))).toarray()

    def free_forces(free):
        return problem.free(problem.internal_force(PARAMETERS, shape, problem.join(free, problem.prescribed(field))))

    np.testing.assert_allclose(found, jax.jacfwd(free_forces)(problem.free(field)), atol=1e-11)
    forces = jax.grad(lambda u: problem.energy(PARAMETERS, shape, u))(field)
    np.testing.assert_allclose(problem.internal_force(PARAMETERS, shape, field), forces, atol=1e-12)


@ONE_SORT
def test_the_gradient_by_nodes_is_exact(nodes):
    """Taylor: the remainder of second order falls a hundredfold for a tenth of the step."""
    mesh = box((2, 2, 2), nodes, 0.2)
    problem = clamped(mesh)
    lift = np.isin(problem.assembly.fixed, degrees(mesh.nodes_on("top"), [2], 3))
    weights = jnp.asarray(np.random.default_rng(1).normal(size=mesh.nodes.shape))

    def measure(coordinates):
        displacement, _ = solve_path(problem, coordinates, PARAMETERS, 0.1 * lift[None].astype(float))
        return jnp.vdot(weights, displacement[-1])

    direction = jnp.asarray(np.random.default_rng(2).normal(size=mesh.nodes.shape))
    remainders, slope, difference = taylor_remainders(measure, jnp.asarray(mesh.nodes), direction, (1e-2, 1e-3))
    assert slope == pytest.approx(difference, rel=1e-6)
    assert remainders[1] < 0.02 * remainders[0]


@pytest.mark.slow
def test_a_periodic_cell_in_space_has_three_control_points():
    """A homogeneous body under a prescribed macroscopic gradient: Hooke's law is its mean stress."""
    mesh = box((2, 2, 2), 8)
    folded = np.round(mesh.nodes % 1.0, 12)
    _, first, points = np.unique(folded, axis=0, return_index=True, return_inverse=True)
    constraints = MultiPointConstraints(points.ravel(), np.round(mesh.nodes - mesh.nodes[first[points.ravel()]]), 1.0)
    fixed = np.concatenate([[0, 1, 2], degrees(constraints.controls, range(3), 3)])
    problem = make_problem(mesh, fixed, LINEAR_ELASTIC, constraints=constraints)
    gradient = np.array([[0.01, 0.004, 0.0], [0.0, -0.02, 0.006], [0.002, 0.0, 0.03]])
    wanted = np.zeros((constraints.point_count, 3))
    wanted[-3:] = gradient.T
    prescribed = wanted.ravel()[problem.assembly.fixed][None]
    field, status = solve_path(problem, jnp.asarray(mesh.nodes), PARAMETERS, prescribed)
    assert bool(status.ok)
    np.testing.assert_allclose(constraints.gradient(field[0]), gradient, atol=1e-15)
    forces = problem.internal_force(PARAMETERS, problem.geometry(jnp.asarray(mesh.nodes)), field[0])
    stress = LINEAR_ELASTIC.stress2(jnp.eye(3) + gradient, PARAMETERS)
    np.testing.assert_allclose(constraints.mean_stress(forces, 1.0), stress, rtol=1e-11, atol=1e-12)
