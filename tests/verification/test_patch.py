"""Patch test: a distorted mesh with an affine displacement on its rim takes just that displacement inside."""

import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.fem.equilibrium.problem import make_problem
from metac.runtime.fem.path.incremental import solve_path
from tests.mechanics import LINEAR_ELASTIC, NEO_HOOKEAN, degrees, lame, quadrilaterals, rectangle

GRADIENT = np.array([[0.08, 0.03], [-0.05, 0.06]])


@pytest.mark.parametrize("make", [rectangle, quadrilaterals])
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("law", [LINEAR_ELASTIC, NEO_HOOKEAN], ids=["linear", "neo-hookean"])
def test_an_affine_field_is_reproduced(make, order, law):
    mesh = make(4, 3, order, distort=0.25)
    rim = np.unique(np.concatenate([mesh.nodes_on(part) for part in mesh.facets]))
    problem = make_problem(mesh, degrees(rim), law)
    exact = mesh.nodes @ GRADIENT.T
    prescribed = exact.reshape(-1)[problem.assembly.fixed][None]
    displacement, status = solve_path(problem, jnp.asarray(mesh.nodes), lame(10.0, 0.3), prescribed)
    assert bool(status.ok)
    assert len(problem.assembly.free) > 0
    assert np.abs(displacement[0] - exact).max() < 1e-12 * np.abs(exact).max()
