"""Parameters of the spec that vary: what they are in a program, their gradients, where they may not be used."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import metac
from metac.compiler.lower.linking import link
from metac.compiler.pipeline import check
from metac.compiler.plan import make_plan
from metac.dsl.diagnostics.diagnostic import DiagnosticError
from metac.dsl.source import Source
from tests.mechanics import taylor_remainders

SPEC = """
param C10: Pressure = 0.3 MPa in 0.1 MPa .. 1 MPa
param pull_to: Scalar = 8 % in 4 % .. 12 %
param width: Length = 0.5 mm in 0.2 mm .. 1 mm
param thickness: Length = 2 mm in 1 mm .. 4 mm
let bulk = 40 * C10
material  rubber = yeoh { C10 = C10, K = bulk }
body      strip  = coupon { width = 4 mm, height = 4 mm, material = rubber, size = 4 mm, order = 1 }
load      pull   = tension { body = strip, strain = pull_to, increments = 2 }
material  steel  = linear_elastic { E = 210 GPa, nu = 0.3, plane = stress }
generator net    = lattice { of = kagome, cells = [1, 1], edge = 10 mm }
body      lace   = frame { network = net, width = width, thickness = thickness, material = steel }
load      rve    = periodic { body = lace }
match last(stress(pull)) to 0.1 MPa
match youngs_modulus(rve, along = 0 deg) to 5 GPa
load      lift   = tension { body = lace, strain = 0.1 %, increments = 1 }
match last(energy(lift)) to 1 N*mm
study fit = optimize { vary = [C10, pull_to, width, thickness] }
"""


def program_of(text, **values):
    design = check(Source("<test>", text)).design_or_raise()
    return link(make_plan(design, values))


@pytest.fixture(scope="module")
def program():
    return program_of(SPEC)


def test_they_are_free_parameters_and_no_inputs(program):
    theta = program.init(jax.random.key(0))
    assert {"C10", "pull_to", "width", "thickness"} <= program.generators.keys() & theta.keys()
    assert not program.inputs["parameters"].keys() & theta.keys()
    assert float(theta["pull_to"]) == pytest.approx(0.5)
    assert {"rubber", "strip", "pull", "lace", "rve"} <= program.plan.traced


def test_given_values_are_the_start():
    program = program_of(SPEC, C10=0.55)
    assert float(program.init(jax.random.key(0))["C10"]) == pytest.approx(0.5)


@pytest.mark.parametrize("name", ["C10", "pull_to", "width", "thickness"])
def test_gradient(program, name):
    """By a law's coefficient that a `let` follows, the strain of a load, the width and the thickness of beams."""
    theta = program.init(jax.random.key(0))
    direction = {other: jax.tree.map(jnp.zeros_like, part) for other, part in theta.items()}
    direction[name] = jnp.ones(())
    steps = np.array([1e-2, 5e-3, 2.5e-3])
    remainders, slope, difference = taylor_remainders(program.loss, theta, direction, steps)
    assert abs(slope) > 1e-6
    assert slope == pytest.approx(difference, rel=1e-6)
    # Where the loss is nearly linear in a parameter, little but rounding is left.
    orders = np.log2(remainders[:-1] / remainders[1:])
    assert (orders > 1.9).all() or (remainders < 1e-10).all()


def test_random_restarts_lie_in_the_range(program):
    made = program.generators["C10"]
    drawn = [float(made.at(made.restart(jax.random.key(seed)))) for seed in range(5)]
    assert len(set(drawn)) == 5 and all(0.1 <= value <= 1 for value in drawn)


def test_what_is_built_once_cannot_use_them():
    with pytest.raises(DiagnosticError) as raised:
        program_of(SPEC.replace("width = 4 mm, height", "width = 4 * width, height"))
    (found,) = raised.value.diagnostics
    assert found.code == "M0518"
    assert "`width` varies" in found.message


ASKING = '''
from metac.stdlib.loads.experiment import Experiment


class Asking(Experiment):
    """A load whose class needs to know numbers of what it is made of."""

    def __init__(self, *, body, boundary, control, path):
        assert float(boundary.supports[1].stiffness) > 0 and float(control.actions[0].force[0]) > 0
        super().__init__(body=body, boundary=boundary, control=control, path=path)
'''
ASKED = """
define load asking {
    body:     Body
    boundary: Boundary
    control:  Control
    path:     Path
    form = forced
    python "asking.py:Asking"
}
param E: Pressure = 10 MPa in 5 MPa .. 20 MPa
param k: Force/Length = 2 N/mm in 1 N/mm .. 4 N/mm
param push: Force = 1 N in 0.5 N .. 2 N
material m     = linear_elastic { E = E, nu = 0.3, plane = stress }
body     strip = coupon { width = 4 mm, height = 4 mm, material = m, size = 4 mm, order = 1 }
load     l     = asking {
    body     = strip
    boundary = supported { supports = [held_edge { edge = bottom }, spring { at = [4 mm, 4 mm], along = x, stiffness = k }] }
    control  = applied { actions = [point_force { at = [4 mm, 4 mm], force = [push, 0 N] }] }
    path     = linear
}
match compliance(l) to 0.1 mJ
"""


@pytest.mark.parametrize(("name", "at"), [("k", "stiffness = k"), ("push", "force = [push, 0 N]"), ("E", None)])
def test_a_load_that_asks_its_parts_for_numbers_cannot_follow_them(tmp_path, name, at):
    """Its parts are fixed with it, and what varies in them is refused at its field; a law's coefficient still varies."""
    (tmp_path / "asking.py").write_text(ASKING, encoding="utf-8")
    text = ASKED + f"study fit = optimize {{ vary = {name} }}\n"
    (tmp_path / "asked.meta").write_text(text, encoding="utf-8")
    design = metac.load(str(tmp_path / "asked.meta"))
    if at is None:
        program = design.program()
        assert float(jax.grad(program.loss)(program.init(jax.random.key(0)))[name]) != 0
        return
    with pytest.raises(DiagnosticError) as raised:
        design.program()
    (found,) = raised.value.diagnostics
    assert found.code == "M0518" and f"{found.labels[0].span.text}" == at.split(" = ")[1]
