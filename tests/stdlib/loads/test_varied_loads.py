"""What acts on a body, and what holds it, may vary: gradients by each of them on each sort of body, and what stays."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.compiler.interfaces.response import Response
from metac.compiler.lower.linking import link
from metac.compiler.pipeline import check
from metac.compiler.plan import make_plan
from metac.dsl.diagnostics.diagnostic import DiagnosticError
from metac.dsl.source import Source
from tests.mechanics import taylor_remainders

RUBBER = "material m = neo_hookean { E = 10 MPa, nu = 0.4 }\n"
SMALL = "material m = linear_elastic { E = 10 MPa, nu = 0.3, plane = stress }\n"
SOFT = "material soft = linear_elastic { E = 0.1 MPa, nu = 0.3, plane = stress }\n"
STRIP = "body b = coupon { width = 4 mm, height = 4 mm, material = m, size = 2 mm, order = 1 }\n"
PIXELS = 'body b = pixels { density = ["#.", "##"], size = 4 mm, materials = [soft, m] }\n'
SLITS = "shape slits = tiled { motif = circle { radius = 4 mm, at = [0.5, 0.5] }, symmetry = p1 { a = 20 mm, b = 20 mm } }\n"
CELL = SLITS + "body b = cell { shape = slits, material = m, order = 1, size = 5 mm }\n"
FRAME = "generator net = random_network { grid = [3, 3], spacing = 2 mm, connectivity = [4] }\n"
FRAME += "body b = frame { network = net, width = 0.4 mm, material = m }\n"
FILLED = SLITS + "contact medium = third_medium { softness = 1e-3 }\n"
FILLED += "body b = specimen { shape = slits, cells = [1, 1], material = m, size = 8 mm, contact = medium }\n"

FORCES = """
param push: Force = 0.2 N in 0.1 N .. 0.4 N
param k: Force/Length = 2 N/mm in 1 N/mm .. 4 N/mm
param sink: Length = -0.2 mm in -0.4 mm .. -0.1 mm
load l = experiment {
    body = b
    boundary = supported { supports = [held_edge { edge = bottom }, spring { at = [4 mm, 4 mm], along = x, stiffness = k }] }
    control = applied { actions = [
        point_force { at = [4 mm, 4 mm], force = [push, 0.1 N] }, displaced { at = [0 mm, 4 mm], y = sink }
    ] }
    path = PATH
}
match last(displacement(l, at = [4 mm, 4 mm], along = x)) to 1 mm
match last(reaction(l, edge = bottom, along = x)) to 1 N
"""
SPREAD = """
param pressed: Pressure = 0.2 MPa in 0.1 MPa .. 0.4 MPa
param sheared: Pressure = 0.2 MPa in 0.1 MPa .. 0.4 MPa
param lined: Force/Length = 0.2 N/mm in 0.1 N/mm .. 0.4 N/mm
param whole: Force = 1 N in 0.5 N .. 2 N
load l = experiment {
    body = b
    boundary = supported { supports = [held_edge { edge = bottom }] }
    control = applied { actions = [
        pressure { edge = top, value = pressed }, traction { edge = right, value = [0 MPa, sheared], span = [1 mm, 3 mm] },
        line_force { edge = left, value = [lined, 0 N/mm] }, edge_force { edge = top, force = [whole, 0 N] }
    ] }
    path = PATH
}
match last(displacement(l, edge = top, along = y)) to 1 mm
match last(reaction(l, edge = bottom, along = x)) to 1 N
"""
FOLLOWED = """
param blow: Pressure = 1 MPa in 0.5 MPa .. 2 MPa
param k: Force/Length = 2 N/mm in 1 N/mm .. 4 N/mm
load l = experiment {
    body = b
    boundary = supported { supports = [
        held_edge { edge = bottom }, held_edge { edge = left, along = x }, held_edge { edge = right, along = x },
        spring { at = [0 mm, 4 mm], to = [4 mm, 0 mm], stiffness = k }
    ] }
    control = applied { actions = [pressure { edge = top, value = blow, acts = follower }] }
    path = PATH
}
match last(displacement(l, edge = top, along = y)) to -1 mm
match last(energy(l)) to 1 mJ
"""
LISTED = """
param push: Force = 0.2 N in 0.1 N .. 0.4 N
support s = held_edge { edge = bottom }
load l = point_forces { body = b, supports = [s], at = [[4 mm, 4 mm]], forces = [[push, 2 * push]] }
match compliance(l) to 1 mJ
"""
GRIPPED = """
param push: Force = 1 N in 0.5 N .. 2 N
param far: Scalar = 4 % in 2 % .. 8 %
load l = experiment { body = b, boundary = grips {}, control = grip_force { force = push }, path = PATH }
load s = experiment { body = b, boundary = grips {}, control = shear { strain = far }, path = PATH }
load t = experiment { body = b, boundary = grips {}, control = stretch { strain = -far }, path = PATH }
match last(displacement(l, edge = top, along = y)) to 1 mm
match last(stress(s)) to 1 MPa
match last(stress(t)) to 1 MPa
"""
REPEATED = """
param far: Scalar = 4 % in 2 % .. 8 %
param tight: Pressure = 0.1 MPa in 0.05 MPa .. 0.2 MPa
load l = experiment { body = b, boundary = periodic {}, control = mean_strain { xx = far, stress_xy = tight }, path = PATH }
load s = experiment { body = b, boundary = periodic {}, control = mean_stress { yy = tight }, path = PATH }
match last(stress(l, component = yy)) to 1 MPa
match last(energy(l)) to 1 mJ
match last(energy(s)) to 1 mJ
"""
ALONG_ARC = "arc_length { travel = 0.3 mm, count = 2 }"
IN_TWO = "increments { count = 2 }"
TURNING = "cycle { turns = [1, -0.5], count = 1 }"

slow = pytest.mark.slow
CASES = {
    "mesh, forces": (RUBBER + STRIP + FORCES, "linear"),
    "pixels, forces": (SMALL + SOFT + PIXELS + FORCES, "linear"),
    "frame, forces": (SMALL + FRAME + FORCES, "linear"),
    "mesh, spread": (RUBBER + STRIP + SPREAD, "linear"),
    "pixels, listed": (SMALL + SOFT + PIXELS + LISTED, None),
    "frame, grips": (SMALL + FRAME + GRIPPED, "linear"),
    "frame, repeated": (SMALL + FRAME + REPEATED, "linear"),
}
SLOW = {
    "mesh, forces, finite": (RUBBER + STRIP + FORCES, IN_TWO),
    "mesh, forces, turning": (RUBBER + STRIP + FORCES, TURNING),
    "mesh, forces, arc": (RUBBER + STRIP + FORCES, ALONG_ARC),
    "mesh, spread, finite": (RUBBER + STRIP + SPREAD, IN_TWO),
    "pixels, spread": (SMALL + SOFT + PIXELS + SPREAD, "linear"),
    "mesh, follower": (RUBBER + STRIP + FOLLOWED, IN_TWO),
    "mesh, grips": (RUBBER + STRIP + GRIPPED, IN_TWO),
    "pixels, grips": (SMALL + SOFT + PIXELS + GRIPPED, IN_TWO),
    "cell, repeated": (RUBBER + CELL + REPEATED, IN_TWO),
    "pixels, repeated": (SMALL + SOFT + PIXELS + REPEATED, IN_TWO),
    "contact": (RUBBER + FILLED + GRIPPED, IN_TWO),
}


def program_of(text, path=None, vary=None):
    text = text.replace("PATH", path or "")
    names = vary or [line.split()[1].rstrip(":") for line in text.splitlines() if line.startswith("param")]
    text += f"study fit = optimize {{ vary = [{', '.join(names)}] }}\n"
    return link(make_plan(check(Source("<test>", text)).design_or_raise()))


@pytest.mark.parametrize("case", [*CASES, *(pytest.param(case, marks=slow) for case in SLOW)])
def test_gradients(case):
    """By each parameter in turn: the derivative is that of differences, and what is left shrinks with the square."""
    program = program_of(*(CASES | SLOW)[case])
    theta = program.init(jax.random.key(0))
    objects = program.objects(theta)
    for made in objects.values():
        if isinstance(response := getattr(made, "response", None), Response):
            assert bool(response.status.ok), response.status.failure(case)
    steps = np.array([2e-2, 1e-2, 5e-3])
    for name in sorted(program.plan.design.varied):
        direction = {other: jax.tree.map(jnp.zeros_like, part) for other, part in theta.items()}
        direction[name] = jnp.ones(())
        remainders, slope, difference = taylor_remainders(program.loss, theta, direction, steps)
        assert abs(slope) > 1e-6, name
        assert slope == pytest.approx(difference, rel=2e-6), name
        orders = np.log2(remainders[:-1] / remainders[1:])
        assert (np.abs(orders - 2) < 0.15).all() or (remainders < 1e-9 * max(1.0, abs(slope))).all(), (name, orders)


def test_what_nothing_varies_is_made_once_and_the_rest_is_not():
    program = program_of(RUBBER + STRIP + FORCES, "linear")
    plan, hosted = program.plan, program.inputs
    assert {"push", "k", "sink", "l"} <= plan.traced
    alone = program_of(RUBBER + STRIP + FORCES, "linear", vary=["push"])
    objects, theta = alone.objects, alone.init(jax.random.key(0))
    spring = objects(theta)["l"].boundary.supports[1]
    assert isinstance(spring.stiffness, float) and not hosted["fields"].keys() & alone.inputs["parameters"].keys()


def test_a_force_through_zero_is_a_failure_with_a_name():
    """Where a parameter that varies makes nothing happen, what is read of it is not finite, and says so."""
    text = (
        RUBBER
        + STRIP
        + """
param push: Force = 1 N in -1 N .. 1 N
load l = experiment { body = b, boundary = grips {}, control = grip_force { force = push }, path = increments { count = 1 } }
match youngs_modulus(l) to 1 MPa
"""
    )
    program = program_of(text)
    theta = {"push": jnp.asarray(0.5)}
    assert float(program.objects(theta)["push"].at(theta["push"])) == 0.0
    assert not np.isfinite(float(program.loss(theta)))


PLACED = (
    RUBBER
    + STRIP
    + """
param x: Length = 2 mm in 1 mm .. 3 mm
load l = experiment {
    body = b
    boundary = supported { supports = [held_edge { edge = bottom }] }
    control = applied { actions = [point_force { at = [x, 4 mm], force = [1 N, 0 N] }] }
    path = linear
}
match compliance(l) to 1 mJ
"""
)


THIN = "param thin: Scalar = 1e-3 in 5e-4 .. 2e-3\n" + RUBBER + FILLED.replace("1e-3", "thin") + GRIPPED


@pytest.mark.parametrize(("text", "name", "at"), [(PLACED, "x", "[x, 4 mm]"), (THIN, "thin", "thin")])
def test_what_meshes_and_nodes_depend_on_stays(text, name, at):
    """A force's place decides about nodes, a medium about the mesh: refused at the field, as its gradient would be wrong."""
    with pytest.raises(DiagnosticError) as raised:
        program_of(text, IN_TWO, vary=[name])
    (found,) = raised.value.diagnostics
    assert found.code == "M0518" and found.labels[0].span.text == at
