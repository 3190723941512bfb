"""Programs whose bodies are remeshed where a generator has moved them: the same design, ready to be moved further."""

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

PARTS = """
param modulus: Pressure = 50 MPa
symmetry  g      = p4 { cell = 20 mm }
material  rubber = neo_hookean { E = modulus, nu = 0.46 }
shape     pores  = tiled { motif = circle { radius = 3 mm, at = [0.25, 0.25] }, symmetry = g }
generator warp   = flow { symmetry = g, hidden = [4], steps = 2, start = 0.04 }
study fit = optimize { vary = warp }
"""
SHEET = """
body      sheet  = specimen { shape = pores, cells = [1, 1], material = rubber, order = 1, size = 6 mm, across = 1 }
body      design = deformed { body = sheet, by = warp }
"""
GOALS = """
load      pull   = tension { body = design, along = y, strain = 2 %, increments = 1 }
match   poisson_ratio(pull) to -0.2
match   stress(pull) to e -> 1 MPa
"""


def program_of(*texts):
    return link(make_plan(check(Source("<text>", "".join(texts)), folder=Path("/")).design_or_raise()))


@pytest.fixture(scope="module")
def renewed():
    """The program, parameters, the program with its sheet remeshed there, and the parameters that go with that."""
    program = program_of(PARTS, SHEET, GOALS)
    theta = program.init(jax.random.key(1))
    return program, theta, *program.remeshed(theta, "warp")


def outlines(program, theta, body="design"):
    return np.concatenate([outline.points for outline in program.objects(theta)[body].region.outlines])


def test_the_design_is_the_same_on_a_sound_mesh(renewed):
    program, theta, new, resting = renewed
    np.testing.assert_array_equal(outlines(new, resting), outlines(program, theta))
    assert np.abs(outlines(new, resting) - outlines(program, theta, "sheet")).max() > 0.1
    design, sheet = (new.objects(resting)[name] for name in ("design", "sheet"))
    np.testing.assert_array_equal(design.coordinates, sheet.mesh.nodes)
    assert len(sheet.mesh.nodes) != len(program.objects(theta)["sheet"].mesh.nodes)
    assert new.studies["fit"] is program.studies["fit"] and new.generators["warp"] is program.generators["warp"]
    again, _ = program.remeshed(theta, "warp")
    np.testing.assert_array_equal(again.objects(resting)["sheet"].mesh.nodes, sheet.mesh.nodes)


def test_movements_compose(renewed):
    program, theta, new, resting = renewed
    second = new.init(jax.random.key(2))
    by = {key: program.generators["warp"].at(each["warp"]) for key, each in (("first", theta), ("second", second))}
    domain = program.objects(theta)["sheet"].domain
    expected = by["second"].move(by["first"].move(jnp.asarray(outlines(program, theta, "sheet")), domain), domain)
    np.testing.assert_allclose(outlines(new, second), expected, atol=1e-12)
    third, _ = new.remeshed(second, "warp")
    np.testing.assert_array_equal(outlines(third, resting), outlines(new, second))


def test_taylor_remainder_through_the_new_start(renewed):
    """|L(x + h d) - L(x) - h dL/dx d| ~ h² from rest on the new mesh, for free parameters and inputs alike."""
    _, _, new, resting = renewed
    start, unravel = ravel_pytree((resting, jax.tree.map(jnp.asarray, new.inputs)))
    compiled = jax.jit(jax.value_and_grad(new.loss, argnums=(0, 1)))
    loss, slopes = compiled(*unravel(start))
    slope = ravel_pytree(slopes)[0]
    last = slopes[0]["warp"]["layers"][1]["kernel"]
    assert jnp.abs(last).max() > 1e-3 and slopes[1]["parameters"]["modulus"] != 0
    direction = jax.random.normal(jax.random.key(3), start.shape) * jnp.maximum(jnp.abs(start), 0.01)
    steps = np.array([4e-3, 2e-3, 1e-3])
    remainders = [abs(float(compiled(*unravel(start + h * direction))[0] - loss - h * slope @ direction)) for h in steps]
    assert np.polyfit(np.log(steps), np.log(remainders), 1)[0] == pytest.approx(2, abs=0.05)


@pytest.mark.slow
def test_generators_one_on_another_rest_together():
    twice = (
        PARTS + SHEET.replace("design", "middle") + "generator again = flow { symmetry = g, hidden = [2], start = 0.03 }\n"
    )
    program = program_of(twice, "body design = deformed { body = middle, by = again }\nminimize volume_fraction(design)\n")
    theta = program.init(jax.random.key(1))
    new, resting = program.remeshed(theta, "again")
    np.testing.assert_array_equal(outlines(new, resting), outlines(program, theta))
    assert not resting["warp"]["layers"][1]["kernel"].any() and not resting["again"]["layers"][1]["kernel"].any()
    inner, kept = program.remeshed(theta, "warp")
    np.testing.assert_allclose(outlines(inner, kept), outlines(program, theta), atol=1e-12)
    assert kept["again"] is theta["again"]


@pytest.mark.slow
def test_periodic_cells_are_remeshed():
    cell = SHEET.replace("specimen", "cell")
    program = program_of(PARTS, cell, "minimize volume_fraction(design)\n")
    theta = program.init(jax.random.key(1))
    new, resting = program.remeshed(theta, "warp")
    np.testing.assert_array_equal(outlines(new, resting), outlines(program, theta))
    constraints = new.objects(resting)["design"].constraints
    assert constraints is not None and len(constraints.points) == len(new.objects(resting)["design"].mesh.nodes)


@pytest.mark.parametrize(
    ("texts", "obstacle"),
    [
        ([SHEET, GOALS, "match volume_fraction(sheet) to 0.5\n"], "`design` is made of is used in another place"),
        (
            [
                SHEET,
                GOALS,
                "generator other = flow { symmetry = g, hidden = [2] }\nbody two = deformed { body = sheet, by = other }\n",
            ],
            "`design` is made of is used in another place",
        ),
    ],
)
def test_what_is_in_the_way(texts, obstacle):
    program = program_of(PARTS, *texts)
    assert obstacle in program.remeshing_obstacle("warp")
    with pytest.raises(ValueError, match="used in another place"):
        program.remeshed(program.init(jax.random.key(0)), "warp")


def test_nothing_is_in_the_way_of_a_sheet(renewed):
    assert renewed[0].remeshing_obstacle("warp") is None and renewed[2].remeshing_obstacle("warp") is None
