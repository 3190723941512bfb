"""From the text of a spec to the gradient of its loss."""

from __future__ import annotations

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from metac.compiler.lower.linking import link
from metac.compiler.pipeline import check
from metac.compiler.plan import make_plan
from metac.dsl.source import Source
from metac.runtime.fem.status import failure

SPEC = """
param wanted: Scalar = -0.2 in -1 .. 0.5
param modulus: Pressure = 50 MPa
symmetry  g      = p4 { cell = 20 mm }
material  rubber = neo_hookean { E = modulus, nu = 0.46 }
shape     pores  = tiled { motif = circle { radius = 4 mm, at = [0.25, 0.25] }, symmetry = g }
body      sheet  = specimen { shape = pores, cells = [2, 2], material = rubber, order = 1, size = 4 mm }
generator warp   = flow { symmetry = g, hidden = [4], steps = 2, start = 0.1 }
body      design = deformed { body = sheet, by = warp }
load      pull   = tension { body = design, along = y, strain = 4 %, increments = 2 }
match   poisson_ratio(pull) to wanted within 0.02
match   stress(pull) to e -> min(modulus * e / 3, 0.5 MPa) for 0 .. 4 % weight 2
require volume_fraction(design) in 49 % .. 51 %
"""


@pytest.fixture(scope="module")
def program():
    return link(make_plan(check(Source("<text>", SPEC), folder=Path("/")).design_or_raise()))


@pytest.fixture(scope="module")
def compiled(program):
    return jax.jit(jax.value_and_grad(program.loss_and_evaluation, argnums=(0, 1), has_aux=True))


def test_taylor_remainder_falls_with_the_square_of_the_step(program, compiled):
    """|L(x + h d) - L(x) - h dL/dx d| ~ h², for free parameters and inputs (modulus, strain, targets) alike."""
    theta = program.init(jax.random.key(1))
    start, unravel = ravel_pytree((theta, jax.tree.map(jnp.asarray, program.inputs)))
    (loss, evaluation), slopes = compiled(*unravel(start))
    assert failure(evaluation.status["pull"]) is None
    assert np.isfinite(loss)
    gradient = ravel_pytree(slopes)[0]
    direction = jax.random.normal(jax.random.key(2), start.shape) * jnp.maximum(jnp.abs(start), 0.1)
    steps = 1e-3 / 2.0 ** np.arange(5)
    values = [compiled(*unravel(start + h * direction))[0][0] for h in steps]
    remainders = np.abs(np.array(values) - loss - steps * (gradient @ direction))
    rates = np.log2(remainders[:-1] / remainders[1:])
    np.testing.assert_allclose(rates, 2.0, atol=0.05)


def test_a_stiffer_material_is_an_input(program, compiled):
    """Under given displacements stresses are proportional to the modulus; nothing is compiled for another one."""
    theta = program.init(jax.random.key(1))
    inputs = jax.tree.map(jnp.asarray, program.inputs)
    soft = compiled(theta, inputs)[0][1].goals
    inputs["parameters"]["modulus"] = jnp.array(80.0, dtype=float)
    stiff = compiled(theta, inputs)[0][1].goals
    np.testing.assert_allclose(stiff["stress(pull)"].value, 1.6 * soft["stress(pull)"].value, rtol=1e-8)
    np.testing.assert_allclose(stiff["poisson_ratio(pull)"].value, soft["poisson_ratio(pull)"].value, rtol=1e-6)
