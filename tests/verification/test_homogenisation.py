"""Effective stiffness of meshed periods: closed forms, bounds, pixels, derivatives."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.fem.homogenise import effective_stiffness, homogenisation_problem
from metac.runtime.fem.status import LINEAR_TOLERANCE
from metac.runtime.grid.bounds import Phase, hashin_shtrikman_bulk, hashin_shtrikman_shear
from metac.runtime.grid.mesh import grid_constraints, grid_mesh
from metac.stdlib.bodies.deformed import Deformed
from metac.stdlib.shapes.tiled import Tiled
from tests.library import constructor
from tests.mechanics import LINEAR_ELASTIC, Block, Material, lame, taylor_remainders
from tests.stdlib import made
from tests.stdlib.groups import flow_of, group
from tests.stdlib.made import homogenised, poisson_ratio, volume_fraction, youngs_modulus

MU, LAM = lame(50.0, 0.3)
STEEL = Material(LINEAR_ELASTIC, (jnp.asarray(MU), jnp.asarray(LAM)))
ISOTROPIC = np.array([[LAM + 2 * MU, LAM, 0], [LAM, LAM + 2 * MU, 0], [0, 0, MU]])


def cell(shape, **fields):
    return made.cell(**({"shape": shape, "material": STEEL, "order": 1, "size": 4.0, "across": 1.0} | fields))


def pores(name, radius, at):
    return Tiled(motif=constructor("shape", "circle")(radius=radius, at=at), symmetry=group(name))


def layered(rows, columns, order, parameters):
    """A rectangle of elements that repeats, with parameters of each."""
    body = Block(grid_mesh(rows, columns, 3.0, 2.0, order), Material(LINEAR_ELASTIC, parameters))
    body.constraints = grid_constraints(rows, columns, 3.0, 2.0, order)
    return body


@pytest.mark.parametrize("name", [pytest.param("p2", marks=pytest.mark.slow), "p6"])
def test_a_solid_has_the_stiffness_of_its_law(name):
    response = homogenised(cell(made.Solid(group(name)), size=8.0)).response
    assert bool(response.status.ok) and response.status.failure() is None
    np.testing.assert_allclose(response.stiffness, ISOTROPIC, atol=1e-10 * ISOTROPIC[0, 0])


def test_measures_of_a_solid():
    load = homogenised(cell(made.Solid(group("p6")), size=8.0))
    plane = 50.0 / (1 - 0.3**2)
    for angle in (None, 0.0, 0.4, np.pi / 2):
        assert float(youngs_modulus(load, angle)) == pytest.approx(plane, rel=1e-9)
        assert float(poisson_ratio(load, angle)) == pytest.approx(0.3 / 0.7, rel=1e-9)


@pytest.mark.parametrize("order", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_a_laminate_follows_the_closed_form(order):
    """Layers normal to y (Milton 2002, section 9.2): stresses on the layers and strains along them are uniform."""
    soft, stiff = lame(1.0, 0.2), lame(20.0, 0.4)
    rows, columns = 4, 3
    is_stiff = np.repeat(np.array([True, False, False, True]), columns)
    parameters = tuple(jnp.asarray(np.where(is_stiff, b, a)) for a, b in zip(soft, stiff, strict=True))
    found = homogenised(layered(rows, columns, order, parameters)).response.stiffness
    mu, lam = (np.array([a, b]) for a, b in zip(soft, stiff, strict=True))
    along, across = lam + 2 * mu, lam
    normal = 1 / np.mean(1 / along)
    ratio = np.mean(across / along)
    expected = np.zeros((3, 3))
    expected[1, 1] = normal
    expected[0, 1] = expected[1, 0] = ratio * normal
    expected[0, 0] = np.mean(along - across**2 / along) + ratio**2 * normal
    expected[2, 2] = 1 / np.mean(1 / mu)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10 * normal)


@pytest.mark.slow
@pytest.mark.parametrize("radius", [2.0, 4.0])
def test_hashin_and_shtrikman_are_not_exceeded(radius):
    """Hexagonal pores make an isotropic sheet, stiffer than nothing and softer than the bounds; meshes only stiffen it."""
    body = cell(pores("p6mm", radius, [0.0, 0.0]), order=2, size=2.0)
    stiffness = np.asarray(homogenised(body).response.stiffness)
    share = float(volume_fraction(body))
    phases = Phase(0.0, 0.0, 1 - share), Phase(LAM + MU, MU, share)
    bulk, shear = (stiffness[0, 0] + stiffness[0, 1]) / 2, stiffness[2, 2]
    assert shear == pytest.approx((stiffness[0, 0] - stiffness[0, 1]) / 2, rel=2e-3)
    # The mesh stiffens by less than this.
    slack = 1 + 2e-3
    assert 0.9 * hashin_shtrikman_bulk(phases).upper < bulk < slack * hashin_shtrikman_bulk(phases).upper
    assert 0 < shear < slack * hashin_shtrikman_shear(phases).upper


def test_a_piece_that_floats_has_no_stiffness_and_says_so():
    rows, columns = 3, 3
    hard = np.ones(rows * columns)
    hard[4] = 0.0
    response = homogenised(layered(rows, columns, 1, (jnp.asarray(hard * 0), jnp.asarray(hard * 0)))).response
    assert not bool(response.status.ok)
    assert "no solution" in str(response.status.failure("rve"))


def test_taylor_through_flow_cell_and_homogenisation():
    flow = flow_of("p4", hidden=(4,), steps=2, start=0.1)
    body = cell(pores("p4", 4.0, [0.25, 0.25]))
    theta = flow.init(jax.random.key(0))
    weights = jnp.asarray(np.random.default_rng(0).normal(size=(3, 3)))

    @jax.jit
    def loss(theta):
        response = homogenised(Deformed(body=body, by=flow.at(theta))).response
        return jnp.vdot(weights, response.stiffness)

    direction = jax.tree.map(lambda x: jax.random.normal(jax.random.key(x.size), x.shape), theta)
    remainders, slope, difference = taylor_remainders(loss, theta, direction, 4e-3 / 2.0 ** np.arange(4))
    np.testing.assert_allclose(np.log2(remainders[:-1] / remainders[1:]), 2.0, atol=0.05)
    assert slope == pytest.approx(difference, rel=1e-6)


@pytest.mark.slow
def test_second_derivatives_by_the_law():
    """The first derivative is worked out without a solve; its own derivative needs one, and gets it."""
    mesh, tied = grid_mesh(2, 3, 3.0, 2.0, 1), grid_constraints(2, 3, 3.0, 2.0, 1)
    problem = homogenisation_problem(mesh, tied, LINEAR_ELASTIC)
    mu = jnp.asarray(np.random.default_rng(1).uniform(1, 5, 6))

    def value(mu):
        stiffness, residual = effective_stiffness(problem, jnp.asarray(mesh.nodes), (mu, 2 * mu), 6.0)
        return stiffness[0, 0] + 0.5 * stiffness[2, 2], residual

    assert (value(mu)[1] <= LINEAR_TOLERANCE).all()
    slope = jax.jit(jax.grad(lambda mu: value(mu)[0]))
    along = jnp.asarray(np.random.default_rng(2).normal(size=6))
    curved = jax.jvp(slope, (mu,), (along,))[1]
    differences = (slope(mu + 1e-5 * along) - slope(mu - 1e-5 * along)) / 2e-5
    np.testing.assert_allclose(curved, differences, rtol=1e-6, atol=1e-9)
