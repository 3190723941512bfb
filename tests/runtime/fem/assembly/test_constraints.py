"""Master–slave elimination: the constrained matrix and forces are those of the map from points to nodes, spelled out."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.fem.assembly.constraints import MultiPointConstraints
from metac.runtime.fem.equilibrium.problem import make_problem
from tests.mechanics import LINEAR_ELASTIC, NEO_HOOKEAN, UNIT, lame, rectangle

PARAMETERS = tuple(jnp.asarray(value) for value in lame(50.0, 0.3))


def periodic(mesh):
    """Constraints of the unit square."""
    folded = np.round(mesh.nodes % 1.0, 9) % 1.0
    _, first, points = np.unique(folded, axis=0, return_index=True, return_inverse=True)
    return MultiPointConstraints(points.ravel(), np.round(mesh.nodes - mesh.nodes[first[points.ravel()]]) / 2.0, 2.0)


@pytest.mark.parametrize(
    ("order", "columns"), [(2, 3), *(pytest.param(*each, marks=pytest.mark.slow) for each in ((1, 1), (1, 3), (2, 1)))]
)
def test_assembled_values_are_those_of_the_spelled_out_map(order, columns):
    """Elements one column wide have the same point at two of their corners."""
    mesh = rectangle(columns, 2, order, UNIT, distort=0.1)
    constraints = periodic(mesh)
    count = constraints.point_count
    fixed = np.array([0, 1, 2 * count - 3, 2 * count - 1])
    constrained = make_problem(mesh, fixed, NEO_HOOKEAN, constraints=constraints)
    plain = make_problem(mesh, np.array([], dtype=int), NEO_HOOKEAN)
    field = 0.02 * jax.random.normal(jax.random.key(0), (count, 2))
    shape = plain.geometry(jnp.asarray(mesh.nodes))

    basis = jnp.eye(2 * count).reshape(-1, count, 2)
    expand = np.asarray(jax.vmap(constrained.nodal)(basis)).reshape(2 * count, -1).T
    full = plain.assembly.matrix.full(np.asarray(plain.stiffness(PARAMETERS, shape, constrained.nodal(field)))).toarray()
    expected = expand.T @ full @ expand
    found = constrained.assembly.matrix.full(np.asarray(constrained.stiffness(PARAMETERS, shape, field))).toarray()
    free = constrained.assembly.free
    np.testing.assert_allclose(found, expected[np.ix_(free, free)], atol=1e-11 * abs(full).max())

    forces = plain.internal_force(PARAMETERS, shape, constrained.nodal(field))
    np.testing.assert_allclose(
        constrained.internal_force(PARAMETERS, shape, field).ravel(), expand.T @ np.asarray(forces).ravel(), atol=1e-12
    )


def test_control_points_move_by_the_gradient_and_carry_the_mean_stress():
    mesh = rectangle(3, 2, 2, UNIT, distort=0.1)
    constraints = periodic(mesh)
    problem = make_problem(mesh, np.array([0, 1]), LINEAR_ELASTIC, constraints=constraints)
    gradient = np.array([[0.01, 0.03], [-0.02, 0.05]])
    inner = mesh.nodes[constraints.masters] @ gradient.T
    field = jnp.concatenate([jnp.asarray(inner), constraints.length * jnp.asarray(gradient.T)])
    np.testing.assert_allclose(problem.nodal(field), mesh.nodes @ gradient.T, atol=1e-15)
    np.testing.assert_allclose(constraints.gradient(field), gradient, atol=1e-15)
    forces = problem.internal_force(PARAMETERS, problem.geometry(jnp.asarray(mesh.nodes)), field)
    stress = LINEAR_ELASTIC.stress2(jnp.asarray(np.eye(2) + gradient), PARAMETERS)
    np.testing.assert_allclose(constraints.mean_stress(forces, 1.0), stress, rtol=1e-12)
    np.testing.assert_allclose(forces[: -constraints.dimension], 0.0, atol=1e-12)


def test_nonsense_is_refused():
    with pytest.raises(ValueError, match="arms"):
        MultiPointConstraints(np.array([0, 1]), np.zeros((3, 2)), 1.0)
    with pytest.raises(ValueError, match="gaps"):
        MultiPointConstraints(np.array([0, 2]), np.zeros((2, 2)), 1.0)
