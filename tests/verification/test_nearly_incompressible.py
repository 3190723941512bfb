"""Mixed elements of nearly incompressible rubber: Cook's membrane, agreement with plain ones where those hold, derivatives.

At finite strain the problem is that of Simo and Armero (Int. J. Numer. Methods Eng. 33, 1992) and de Souza Neto et al.
(Int. J. Solids Struct. 33, 1996): plane strain, G = 80.1938 MPa, K = 400942 MPa, 100 N/mm on the right edge. The corner goes
up by 6.89 mm with 30 × 30 quadrilaterals and F-bar in OpenGeoSys (its benchmark "Cook's membrane example for nearly
incompressible solid under large deformation", 2024, values 6.14, 6.75, 6.82, 6.86, 6.87, 6.89 mm from 4 × 4 on).
"""

import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.fem.assembly.boundary import traction_force
from metac.runtime.fem.equilibrium.linear import linear_equilibrium, linearised
from metac.runtime.fem.equilibrium.problem import make_problem
from metac.runtime.fem.mixed.mixed_law import mixed_functions
from metac.runtime.fem.path.incremental import solve_path
from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.mesh.bubbles import with_bubbles
from metac.runtime.mesh.mesh import Mesh
from tests.mechanics import LINEAR_ELASTIC, NEO_HOOKEAN, degrees, lame, rectangle, taylor_remainders
from tests.verification.test_cook import HEIGHT, DecoupledNeoHookean

SHEAR, BULK = 80.1938, 400942.0
"""MPa."""
CORNER = 6.9
"""mm."""
MIXED = mixed_functions(LINEAR_ELASTIC, True)


def panel(cells, order, mixed=False):
    square = rectangle(cells, cells, order)
    x, y = square.nodes.T
    bottom, top = 44 * x, 44 + HEIGHT * x
    nodes = np.stack([48 * x, bottom + y * (top - bottom)], axis=1)
    made = Mesh(nodes, square.cells, square.facets, Rectangle(0, 0, 48, 60))
    return with_bubbles(made) if mixed else made


def pulled(mesh, functions, force):
    """The problem, forces per thickness (N/mm) on the right edge, and the corner's node."""
    problem = make_problem(mesh, degrees(mesh.nodes_on("left")), functions)
    traction = jnp.array([0.0, force / HEIGHT])[:, None, None]
    total = traction_force(mesh, jnp.asarray(mesh.nodes), "right", lambda x: jnp.broadcast_to(traction, x.shape))
    return problem, total, int(np.flatnonzero(np.all(np.isclose(mesh.nodes, [48, 60]), axis=1))[0])


def linear_corner(cells, functions, nu, order=2, mixed=False):
    mesh = panel(cells, order, mixed)
    problem, total, corner = pulled(mesh, functions, 1.0)
    rest = linearised(problem, jnp.asarray(mesh.nodes), lame(1.0, nu))
    found, residual = linear_equilibrium(rest, jnp.zeros((1, len(problem.assembly.fixed))), total[None])
    # Of a matrix whose entries differ by the bulk over the shear modulus.
    assert float(residual[0]) < 1e-8
    return float(found[0, corner, 1])


def test_mixed_elements_do_not_lock_and_linear_ones_do():
    mixed = [linear_corner(cells, MIXED, 0.4999, mixed=True) for cells in (2, 8)]
    assert 0.94 < mixed[0] / mixed[1] < 1
    assert linear_corner(2, LINEAR_ELASTIC, 0.4999) < 0.75 * mixed[1]
    assert linear_corner(8, LINEAR_ELASTIC, 0.4999, order=1) < 0.75 * mixed[1]


@pytest.mark.slow
def test_they_agree_with_plain_ones_where_those_hold():
    mixed, plain = (linear_corner(12, law, 0.3, mixed=law is MIXED) for law in (MIXED, LINEAR_ELASTIC))
    assert mixed == pytest.approx(plain, rel=3e-3)


@pytest.mark.slow
def test_at_finite_strain():
    law = DecoupledNeoHookean()
    mesh = panel(4, 2, mixed=True)
    problem, total, corner = pulled(mesh, mixed_functions(law, False), 100.0)
    forces = jnp.linspace(0, 1, 6)[1:, None, None] * total
    fixed = jnp.zeros((5, len(problem.assembly.fixed)))
    displacement, status = solve_path(problem, jnp.asarray(mesh.nodes), (SHEAR, BULK), fixed, forces)
    assert bool(status.ok)
    assert float(displacement[-1, corner, 1]) == pytest.approx(CORNER, rel=0.03)


@pytest.mark.slow
def test_taylor_through_the_path():
    """By node places and by the bulk modulus, two uneven increments."""
    mesh = with_bubbles(rectangle(2, 2, 2, distort=0.2))
    top = mesh.nodes_on("top")
    problem = make_problem(
        mesh, degrees(np.concatenate([mesh.nodes_on("bottom"), top])), mixed_functions(NEO_HOOKEAN, False)
    )
    up = np.isin(problem.assembly.fixed, degrees(top, [1])).astype(float)
    steps = jnp.array([0.05, 0.15])[:, None] * up
    weights = jnp.asarray(np.random.default_rng(0).normal(size=mesh.nodes.shape))
    mu, lam = lame(10.0, 0.4999)

    def loss(theta):
        nodes = jnp.asarray(mesh.nodes) + theta["moved"]
        displacement, _ = solve_path(problem, nodes, (mu, lam * theta["share"]), steps)
        return jnp.vdot(weights, displacement[-1])

    random = np.random.default_rng(3)
    at = {"moved": jnp.zeros(mesh.nodes.shape), "share": jnp.ones(())}
    direction = {"moved": jnp.asarray(random.normal(size=mesh.nodes.shape)), "share": jnp.asarray(-40.0)}
    remainders, slope, difference = taylor_remainders(loss, at, direction, 4e-3 / 2.0 ** np.arange(4))
    np.testing.assert_allclose(np.log2(remainders[:-1] / remainders[1:]), 2.0, atol=0.05)
    assert slope == pytest.approx(difference, rel=1e-6)
