"""The density generator: filter, projection, derivatives through a whole design."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import metac
from metac.compiler.interfaces import FieldError
from metac.stdlib.generators.density import Density, project, smooth
from tests.mechanics import taylor_remainders

SPEC = """
material soft  = linear_elastic { E = 1 MPa, nu = 0.3, plane = stress }
material stiff = linear_elastic { E = 100 MPa, nu = 0.3, plane = stress }
stage beta in [1, 4]
generator field = density { pixels = [6, 5], filter = 2, sharpness = beta }
body cell = pixels { density = field, size = 1 mm, materials = [soft, stiff] }
load rve  = periodic { body = cell }
match stiffness(rve) to 1 MPa * [[50, 12, 0], [12, 60, 0], [0, 0, 15]]
study fit = optimize { vary = field, using = lbfgs, steps = 15, stop = loss < 1e-4 }
"""


def test_the_filter_keeps_the_mean_and_follows_the_lattice():
    field = jnp.asarray(np.random.default_rng(0).uniform(size=(5, 8)))
    smoothed = smooth(field, 2.5)
    assert smoothed.mean() == pytest.approx(float(field.mean()))
    assert np.allclose(smooth(jnp.roll(field, (2, 3), (0, 1)), 2.5), jnp.roll(smoothed, (2, 3), (0, 1)))
    assert smoothed.std() < field.std() / 2
    assert np.allclose(smooth(field, 0.3), field)
    point = smooth(jnp.zeros((5, 5)).at[0, 0].set(1.0), 1.5)
    assert point[0, 1] / point[0, 0] == pytest.approx(0.5 / 1.5)
    assert point[0, 4] == pytest.approx(float(point[0, 1]))


def test_the_projection_keeps_the_ends_and_sharpens():
    field = jnp.array([0.0, 0.3, 0.5, 1.0])
    assert np.allclose(project(field, 0.0), field)
    assert np.allclose(project(field, 1e-3), field, atol=1e-6)
    assert np.allclose(project(field, 50.0), [0, 0, 0.5, 1], atol=1e-8)


def test_a_grid_has_two_sides():
    with pytest.raises(FieldError):
        Density(pixels=(3,))


def test_derivatives_through_the_whole_design():
    program = metac.compile(SPEC).program()
    theta = program.init(jax.random.key(1))
    direction = jax.tree.map(lambda x: jnp.asarray(np.random.default_rng(2).normal(size=x.shape)), theta)
    steps = 10.0 ** -np.arange(1, 4)
    remainders, slope, difference = taylor_remainders(jax.jit(program.loss), theta, direction, steps)
    assert difference == pytest.approx(slope, rel=1e-6)
    slope = np.polyfit(np.log(steps), np.log(remainders), 1)[0]
    assert abs(slope - 2) < 0.05


def test_a_design_reaches_its_target(tmp_path):
    result = metac.compile(SPEC).run(seed=0, out=tmp_path / "run")
    assert result.summary["loss"] < 1e-3
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert {"cell.png", "cell.npz", "rve.png"} <= names
    density = np.load(tmp_path / "run" / "cell.npz")["density"]
    assert density.shape == (5, 6)
