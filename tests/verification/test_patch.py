"""Patch test: a distorted mesh with an affine displacement on its rim takes just that displacement inside."""

import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.fem.equilibrium.problem import make_problem
from metac.runtime.fem.path.incremental import solve_path
from tests.mechanics import LINEAR_ELASTIC, NEO_HOOKEAN, box, degrees, lame, quadrilaterals, rectangle

GRADIENT = np.array([[0.08, 0.03], [-0.05, 0.06]])
GRADIENT_IN_SPACE = np.array([[0.08, 0.03, -0.02], [-0.05, 0.06, 0.04], [0.01, -0.03, -0.07]])
NODES = {"tetrahedra": 4, "hexahedra": 8}
IN_SPACE = [("hexahedra", LINEAR_ELASTIC), ("tetrahedra", LINEAR_ELASTIC)]
SELDOM = [("hexahedra", NEO_HOOKEAN), ("tetrahedra", NEO_HOOKEAN)]
LAWS = pytest.mark.parametrize("law", [LINEAR_ELASTIC, NEO_HOOKEAN], ids=["linear", "neo-hookean"])


@pytest.mark.parametrize("make", [rectangle, quadrilaterals])
@pytest.mark.parametrize("order", [1, 2])
@LAWS
def test_an_affine_field_is_reproduced(make, order, law):
    reproduce(make(4, 3, order, distort=0.25), law, GRADIENT)


@pytest.mark.parametrize(("shape", "law"), [*IN_SPACE, *(pytest.param(*each, marks=pytest.mark.slow) for each in SELDOM)])
def test_an_affine_field_in_space_is_reproduced(shape, law):
    """Through the assembly, sparsity and Newton's method that serve plane elements."""
    reproduce(box((3, 4, 3), NODES[shape], distort=0.2), law, GRADIENT_IN_SPACE)


def reproduce(mesh, law, gradient):
    rim = np.unique(np.concatenate([mesh.nodes_on(part) for part in mesh.facets]))
    problem = make_problem(mesh, degrees(rim, range(mesh.dimension), mesh.dimension), law)
    exact = mesh.nodes @ gradient.T
    prescribed = exact.reshape(-1)[problem.assembly.fixed][None]
    displacement, status = solve_path(problem, jnp.asarray(mesh.nodes), lame(10.0, 0.3), prescribed)
    assert bool(status.ok)
    assert len(problem.assembly.free) > 0
    assert np.abs(displacement[0] - exact).max() < 1e-12 * np.abs(exact).max()
