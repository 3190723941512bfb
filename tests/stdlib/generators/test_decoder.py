"""Cells decoded from latent variables as free parameters: where they start, derivatives, a descent, familiarity."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import metac
from metac.dsl.diagnostics.diagnostic import DiagnosticError

pytestmark = pytest.mark.usefixtures("own_cache")

SPACE = """
dataset cells = orthotropic { count = 200, seeds = 8, cell = [16, 16] }
model space   = vae {
    data = cells, latent = 3, channels = [6, 8], hidden = 16, regressor = [8], epochs = 30, batch = 16, rate = 1e-2
}
"""
DESIGN = f"""{SPACE}
generator made  = decoder {{ model = space, near = [0.5 MPa, 0.2 MPa, 0.3 MPa, 0.1 MPa] }}
material soft   = linear_elastic {{ E = 1e-3 MPa, nu = 0.49, plane = stress }}
material stiff  = linear_elastic {{ E = 1 MPa, nu = 0.49, plane = stress }}
body cell       = pixels {{ density = project(made, 4), size = 1 mm, materials = [soft, stiff] }}
load rve        = periodic {{ body = cell }}
match stiffness(rve)[1, 1] to 0.6 MPa scale 0.1 MPa
match stiffness(rve)[2, 2] to 0.4 MPa scale 0.1 MPa
require familiarity(cell, model = space) <= 3
study fit       = optimize {{ vary = made, using = adam {{ rate = 0.05 }}, steps = 15 }}
"""


@pytest.fixture(scope="module")
def program(own_cache: None) -> Any:
    return metac.compile(DESIGN).program()


def test_a_design_starts_at_the_cell_of_the_data_that_is_nearest(program: Any) -> None:
    made = program.generators["made"]
    wanted = np.array([0.5, 0.2, 0.3, 0.1])
    space = made.space
    apart = np.linalg.norm((space.stiffness - wanted) / space.stiffness.std(axis=0), axis=1)
    for key in (0, 7):
        np.testing.assert_allclose(made.init(jax.random.key(key)), space.latents[np.argmin(apart)], rtol=1e-6)
    near = {tuple(space.latents[number].tolist()) for number in np.argsort(apart)[:50]}
    others = {tuple(np.asarray(made.restart(jax.random.key(key)), np.float32).tolist()) for key in range(20)}
    assert len(others) > 5
    assert others <= near


def test_without_a_wanted_stiffness_it_starts_at_a_random_cell(program: Any) -> None:
    text = f"{SPACE}generator made = decoder {{ model = space }}"
    made = metac.compile(text).program().generators["made"]
    starts = {tuple(np.asarray(made.init(jax.random.key(key)), np.float32).tolist()) for key in range(10)}
    assert len(starts) > 5
    assert starts <= {tuple(each.tolist()) for each in made.space.latents}


def test_a_field_is_a_symmetric_decoded_cell(program: Any) -> None:
    made = program.generators["made"]
    field = jax.jit(made.at)(made.init(jax.random.key(0)))
    assert field.shape == (16, 16)
    assert field.dtype == jnp.float64
    assert 0 <= field.min() < field.max() <= 1
    np.testing.assert_array_equal(field, field[::-1])
    np.testing.assert_array_equal(field, field[:, ::-1])


def test_taylor_from_latent_variables_to_the_loss(program: Any) -> None:
    theta = program.init(jax.random.key(0))["made"]
    along = jnp.asarray(np.random.default_rng(1).standard_normal(theta.shape))
    both = jax.jit(jax.value_and_grad(lambda latent: program.loss({"made": latent})))
    value, gradient = both(theta)
    slope = float(jnp.vdot(gradient, along))
    steps = 1e-3 * 0.5 ** np.arange(4)
    rest = [abs(float(both(theta + step * along)[0] - value - step * slope)) for step in steps]
    np.testing.assert_allclose(np.log2(np.array(rest[:-1]) / rest[1:]), 2, atol=0.1)


def test_taylor_of_familiarity(program: Any) -> None:
    theta = program.init(jax.random.key(0))["made"] + 0.3
    along = jnp.asarray(np.random.default_rng(2).standard_normal(theta.shape))
    space, made = program.generators["made"].space, program.generators["made"]
    measure = jax.jit(lambda latent: space.familiarity(space.encode(made.at(latent))))
    value, slope = measure(theta), jnp.vdot(jax.grad(measure)(theta), along)
    steps = 1e-3 * 0.5 ** np.arange(4)
    rest = [abs(float(measure(theta + step * along) - value - step * slope)) for step in steps]
    np.testing.assert_allclose(np.log2(np.array(rest[:-1]) / rest[1:]), 2, atol=0.1)


def test_a_descent_lowers_the_loss_and_stays_among_cells(program: Any) -> None:
    result = metac.compile(DESIGN).run()
    losses = [record["loss"] for record in result.history]
    assert losses[-1] < 0.5 * losses[0]


def test_cells_of_the_data_are_familiar_and_noise_is_not(program: Any) -> None:
    space = program.generators["made"].space
    noise = jnp.asarray(np.random.default_rng(0).integers(0, 2, (8, 16, 16)), float)
    known = space.familiarity(jnp.asarray(space.latents[:8], float))
    assert np.median(known) < 2
    assert np.median(space.familiarity(space.encode(noise))) > np.median(known)


def test_a_body_of_another_size_is_refused(program: Any) -> None:
    text = DESIGN.replace("density = project(made, 4)", "density = other").replace(
        "material soft", "generator other = density { pixels = [8, 8] }\nmaterial soft"
    )
    with pytest.raises(DiagnosticError) as caught:
        metac.compile(text.replace("vary = made", "vary = other")).run()
    (found,) = caught.value.diagnostics
    assert found.code == "M0529"
    assert "cells of 16 rows and 16 columns, the body has 8 and 8" in found.message
    assert found.labels
