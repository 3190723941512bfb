"""All solvers find the same equilibria, the same stability and the same gradients, before buckling and after it."""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.fem.equilibrium.problem import make_problem
from metac.runtime.fem.path.incremental import solve_path
from metac.runtime.fem.status import raise_for
from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.linear_solvers.backend import DEFAULT, using
from metac.runtime.linear_solvers.lu import Lu
from metac.runtime.linear_solvers.verified import VerifiedAnalysis
from tests.mechanics import NEO_HOOKEAN, degrees, lame, rectangle

COLUMN = rectangle(2, 16, 2, Rectangle(0.0, 0.0, 1.0, 10.0))
"""Slender, clamped at both ends: buckles at about 3 %."""
SHEET = rectangle(3, 3, 2, hole=True)
AGREEMENT = 1e-8
PARAMETERS = tuple(jnp.asarray(value) for value in lame(50.0, 0.46))
PATHS = {"pulled, stable throughout": (SHEET, 0.1), "pushed, buckles": (COLUMN, -0.06)}


def problem_of(mesh):
    held = np.concatenate([mesh.nodes_on("bottom"), mesh.nodes_on("top")])
    return make_problem(mesh, degrees(held), NEO_HOOKEAN)


@cache
def results(solver, name):
    """Displacements, status, and the gradient of a loss by the nodes' positions, all of them of one path."""
    mesh, strain = PATHS[name]
    with using(solver):
        problem = problem_of(mesh)
        lift = np.isin(problem.assembly.fixed, degrees(mesh.nodes_on("top"), [1])) * mesh.domain.height
        prescribed = strain * np.linspace(0, 1, 5)[1:, None] * lift
        weights = np.random.default_rng(0).normal(size=(4, len(mesh.nodes), 2))

        def loss(nodes):
            displacement, status = solve_path(problem, nodes, PARAMETERS, prescribed)
            return jnp.sum(weights * displacement), (displacement, status)

        (_, (displacement, status)), gradient = jax.value_and_grad(loss, has_aux=True)(jnp.asarray(mesh.nodes))
    raise_for(status)
    return np.asarray(displacement), status, np.asarray(gradient)


@pytest.mark.parametrize("name", PATHS)
def test_paths_and_gradients(choosable, name):
    displacement, status, gradient = results(choosable.name, name)
    expected, expected_status, expected_gradient = results(DEFAULT, name)
    assert np.abs(displacement - expected).max() <= AGREEMENT * np.abs(expected).max()
    assert np.abs(gradient - expected_gradient).max() <= AGREEMENT * np.abs(expected_gradient).max()
    assert np.array_equal(status.negative_eigenvalues, expected_status.negative_eigenvalues)
    assert np.array_equal(status.switched, expected_status.switched)
    assert bool(expected_status.switched.any()) == ("buckles" in name)


def stiffness(mesh, displacement):
    problem = problem_of(mesh)
    nodes = jnp.asarray(mesh.nodes)
    return problem, np.asarray(problem.stiffness(PARAMETERS, problem.geometry(nodes), jnp.asarray(displacement)))


def test_single_systems(solver):
    """Of a stable state, and of the straight column far past its buckling load: two negative eigenvalues at least."""
    bent = results(DEFAULT, "pushed, buckles")[0][-1]
    straight = np.stack([0 * COLUMN.nodes[:, 0], -0.2 * COLUMN.nodes[:, 1]], axis=1)
    for state, is_stable in ((bent, True), (straight, False)):
        problem, values = stiffness(COLUMN, state)
        sparsity, right_side = problem.assembly.matrix, np.random.default_rng(0).normal(size=problem.assembly.matrix.size)
        factor = solver.analyse(sparsity).factor(values)
        eigenvalues = np.linalg.eigvalsh(sparsity.full(values).toarray())
        expected = VerifiedAnalysis(sparsity, first=Lu()).solve(values, right_side).x
        found = VerifiedAnalysis(sparsity, first=solver).solve(values, right_side)
        assert np.abs(found.x - expected).max() <= AGREEMENT * np.abs(expected).max()
        inertia = factor.inertia()
        if inertia is not None:
            assert (inertia.positive, inertia.negative) == ((eigenvalues > 0).sum(), (eigenvalues < 0).sum())
        assert (eigenvalues < 0).any() != is_stable
