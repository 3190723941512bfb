"""Loads on pixels: the paper's own curve, clamps, periods against homogenisation, derivatives by the picture."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import metac
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.fem.status import describe
from tests.mechanics import LINEAR_ELASTIC, Material, lame, taylor_remainders
from tests.stdlib import made
from tests.stdlib.loads.test_periodic import free_stretch
from tests.stdlib.made import homogenised, lateral, nominal, periodic_tension, tension

SLOW = partial(pytest.param, marks=pytest.mark.slow)
RUBBERS = [Material(parameters=tuple(map(jnp.asarray, lame(young, 0.3)))) for young in (1.0, 20.0)]
METALS = [Material(LINEAR_ELASTIC, tuple(map(jnp.asarray, lame(young, 0.3)))) for young in (1.0, 20.0)]
PICTURE = jnp.asarray(np.random.default_rng(3).uniform(size=(3, 4)))


def pixels(density=PICTURE, materials=RUBBERS, order=1, size=2.0):
    return made.pixels(density, size, materials, order=order)


SPEC = """
param rho: Grid = [[1]]
material soft  = compressible_neo_hookean { G = 1 MPa / 2.6, K = 1 MPa / 1.2 }
material stiff = compressible_neo_hookean { G = 100 MPa / 2.6, K = 100 MPa / 1.2 }
body sheet = pixels { density = rho, size = 1 mm, materials = [soft, stiff] }
load pull = tension { body = sheet, strain = 50 %, increments = 10, clamp = base }
minimize max(energy(pull))
"""


@pytest.mark.slow
@pytest.mark.parametrize(("density", "published"), [(1.0, (-19.880, 51.245, 0.472)), (0.0, (-0.199, 0.512, 0.005))])
def test_the_energy_curves_of_uniform_sheets_are_those_of_the_paper(density, published):
    """Xu et al., section 3.3: cubic fits of the energy that 32 by 32 elements of one phase store, to all digits printed."""
    program = metac.compile(SPEC, rho=np.full((32, 32), density)).program()
    response = jax.jit(lambda: program.objects({})["pull"].response)()
    assert bool(response.status.ok)
    strain, energy = (np.append(0.0, np.asarray(values)) for values in (response.strain, response.energy))
    assert np.polyfit(strain, energy, 3)[:3] == pytest.approx(published, abs=6e-4)


@pytest.mark.parametrize("order", [1, SLOW(2)])
def test_a_uniform_sheet_between_smooth_grips_follows_the_closed_form(order):
    pull = tension(pixels(jnp.ones((2, 3)), order=order), 0.4, "x", 2, clamp="neither")
    mu, lam = RUBBERS[1].parameters
    stretch = 1 + pull.response.strain
    across = np.array([free_stretch(float(each), mu, lam) for each in stretch])
    stress = mu * (stretch - 1 / stretch) + lam * np.log(stretch * across) / stretch
    np.testing.assert_allclose(nominal(pull), stress, rtol=1e-9)
    assert float(lateral(pull)) == pytest.approx(across[-1] - 1, rel=1e-9)


@pytest.mark.parametrize("columns", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_row_of_pixels_without_a_free_corner_follows_the_closed_form(columns):
    """Both grips hold every node: the stretch is uniform, nothing is left to solve, and derivatives are those of the law."""

    def last(density):
        return nominal(tension(pixels(density), 0.4, "y", 2))[-1]

    pull = tension(pixels(jnp.ones((1, columns))), 0.4, "y", 2)
    assert not len(pull.test.problem.assembly.free) and bool(pull.response.status.ok)
    mu, lam = RUBBERS[1].parameters
    stretch = 1 + pull.response.strain
    np.testing.assert_allclose(nominal(pull), mu * (stretch - 1 / stretch) + lam * np.log(stretch) / stretch, rtol=1e-12)
    half = jnp.full((1, columns), 0.5)
    assert jax.grad(last)(half).sum() == pytest.approx(float(last(half + 0.5) - last(half - 0.5)), rel=1e-9)


def test_clamps_hold_what_they_say():
    body = pixels()
    bottom, top = body.mesh.nodes_on("bottom"), body.mesh.nodes_on("top")
    sideways = {"both": [*top, *bottom], "base": [*bottom], "neither": [bottom[0]]}
    for clamp, still in sideways.items():
        grips = tension(body, 0.2, clamp=clamp).test
        fixed = grips.problem.assembly.fixed
        assert set(fixed) == {*(2 * bottom + 1), *(2 * top + 1), *(2 * np.array(still))}
        assert set(fixed[grips.unit == 1]) == set(2 * top + 1)
    assert body.mesh.nodes[bottom[0]] == pytest.approx([0, 0])
    with pytest.raises(FieldError, match="clamp"):
        tension(body, 0.2, clamp="top")


@pytest.mark.slow
def test_energy_and_force_belong_together_where_grips_are_smooth():
    energy = lambda strain: tension(pixels(), strain, increments=1, clamp="base").response.energy[-1]  # noqa: E731
    pull = tension(pixels(), 0.3, increments=1, clamp="base")
    force = nominal(pull)[-1] * 2.0 * 1.5
    assert float(jax.grad(energy)(0.3)) == pytest.approx(float(force), rel=1e-9)


@pytest.mark.parametrize(("along", "order"), [("x", 1), SLOW("y", 1), SLOW("x", 2), SLOW("y", 2)])
def test_a_period_answers_as_its_homogenised_stiffness(along, order):
    """Two programs that share no mechanics: multi-point constraints in a mesh, and a periodic lattice of its own."""
    body = pixels(materials=METALS, order=order)
    pull = periodic_tension(body, 0.01, along, increments=1)
    assert bool(pull.response.status.ok), describe(pull.response.status)
    compliance = np.linalg.inv(homogenised(body).response.stiffness)
    axis = "xy".index(along)
    assert float(nominal(pull)[0]) == pytest.approx(0.01 / compliance[axis, axis], rel=1e-9)
    assert float(lateral(pull)) == pytest.approx(0.01 * compliance[1 - axis, axis] / compliance[axis, axis], rel=1e-8)


@pytest.mark.parametrize("kind", [tension, SLOW(periodic_tension)])
def test_taylor_with_respect_to_the_picture(kind):
    weights = jnp.array([1.0, -0.7])
    fields = {"clamp": "base"} if kind is tension else {}

    @jax.jit
    def loss(density):
        pull = kind(pixels(density), 0.4, increments=2, **fields)
        return jnp.vdot(weights, pull.response.energy) + 0.3 * nominal(pull)[1] ** 2

    direction = jnp.asarray(np.random.default_rng(1).normal(size=PICTURE.shape))
    remainders, slope, difference = taylor_remainders(loss, PICTURE, direction, 8e-3 / 2.0 ** np.arange(3))
    assert np.log2(remainders[:-1] / remainders[1:]) == pytest.approx(2.0, abs=0.05)
    assert slope == pytest.approx(difference, rel=1e-6)


@pytest.mark.slow
def test_a_run_draws_the_picture_and_the_loaded_sheet(tmp_path):
    text = SPEC.replace("50 %, increments = 10", "5 %, increments = 2").replace("[[1]]", '["#.", ".#"]')
    result = metac.compile(text).run(out=tmp_path / "run")
    assert result.failure is None
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert {"sheet.png", "sheet.npz", "pull.png", "pull-01.vtu", "pull-02.vtu"} <= names
    strain = result.drawings[-1].states[-1].fields["energy_density"]
    assert len(strain) == 9 and (strain > 0).all()
