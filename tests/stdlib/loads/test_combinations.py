"""The table of docs/loads.md, row by row: each body under each boundary condition, control and path runs, or `metac check`
says why not, with what works instead; and measures have one name, one sign and one value on all of them."""

from itertools import product
from pathlib import Path

import jax
import numpy as np
import pytest

import metac
from metac.compiler.pipeline import check
from metac.dsl.files import read_source
from metac.dsl.source import Source

MATERIAL = "material m = linear_elastic { E = 10 MPa, nu = 0.3, plane = stress }\n"
SOFT = "material soft = linear_elastic { E = 0.1 MPa, nu = 0.3, plane = stress }\n"
PORES = "shape s = tiled { motif = circle { radius = 4 mm, at = [0.5, 0.5] }, symmetry = p1 { a = 20 mm, b = 20 mm } }\n"
NETWORK = "generator net = random_network { grid = [3, 3], spacing = 10 mm, connectivity = [4] }\n"
BODIES = {
    "specimen": MATERIAL + PORES + "body b = specimen { shape = s, cells = [1, 1], material = m, order = 1, size = 5 mm }\n",
    "cell": MATERIAL + PORES + "body b = cell { shape = s, material = m, order = 1, size = 5 mm }\n",
    "pixels": MATERIAL + SOFT + 'body b = pixels { density = ["#.", "##"], size = 20 mm, materials = [soft, m] }\n',
    "frame": MATERIAL + NETWORK + "body b = frame { network = net, width = 1 mm, material = m }\n",
}
FORCES = "point_forces { at = [[20 mm, 20 mm]], forces = [[1 mN, 0 N]] }"
PUSH, MOVE = "point_force { at = [20 mm, 20 mm], force = [1 mN, 0 N] }", "displaced { edge = bottom, y = 0.001 mm }"
APPLIED = f"applied {{ actions = [{PUSH}, {MOVE}] }}"
HINGE = "held_point { at = [0 mm, 20 mm], along = y }"
CONTROLS = {
    "stretch": ("gripped", "stretch { strain = 0.1 % }"),
    "shear": ("gripped", "shear { strain = 0.1 % }"),
    "grip_force": ("gripped", "grip_force { force = 1 mN }"),
    "periodic_stretch": ("periodic", "stretch { strain = 0.1 %, along = y }"),
    "periodic_shear": ("periodic", "shear { strain = 0.1 % }"),
    "mean_strain": ("periodic", "mean_strain { xx = 0.1 %, stress_xy = 1 kPa }"),
    "mean_stress": ("periodic", "mean_stress { yy = 1 kPa }"),
    "unit_strains": ("periodic", "unit_strains"),
    "point_forces": ("supported", FORCES),
    "applied": ("supported", APPLIED),
}
BOUNDARIES = {
    "gripped": "grips { along = y }",
    "periodic": "periodic {}",
    "supported": f"supported {{ supports = [held_edge {{ edge = left, along = x }}, {HINGE}] }}",
}
PATHS = {
    "increments": "increments { count = 2 }",
    "cycle": "cycle { turns = [1, -0.5], count = 1 }",
    "arc_length": "arc_length { travel = 0.01 mm, count = 1 }",
    "linear": "linear",
}


def exists(body, control, path):
    """What docs/loads.md says."""
    boundary = CONTROLS[control][0]
    if body == ("specimen" if boundary == "periodic" else "cell"):
        return False
    if path == "linear":
        return body == "frame" or control in ("unit_strains", "point_forces", "applied")
    if control == "unit_strains":
        return path == "increments"
    return path != "arc_length" or body != "frame"


RUNS = [
    pytest.param(body, path, marks=() if (body, path) == ("cell", "linear") else pytest.mark.slow)
    for body, path in product(BODIES, PATHS)
    if any(exists(body, control, path) for control in CONTROLS)
]


def load(control, path):
    boundary, text = CONTROLS[control]
    return f"experiment {{ body = b, boundary = {BOUNDARIES[boundary]}, control = {text}, path = {PATHS[path]} }}\n"


@pytest.mark.parametrize("body", BODIES)
def test_what_does_not_go_together_is_said_once(body):
    cells = list(product(CONTROLS, PATHS))
    text = BODIES[body] + "".join(f"load {control}_{path} = {load(control, path)}" for control, path in cells)
    found = [each for each in check(Source("<test>", text)).diagnostics if each.severity == "error"]
    lines = [text.splitlines()[each.labels[0].span.source.position(each.labels[0].span.start)[0] - 1] for each in found]
    refused = sorted(line.split()[1] for line in lines)
    assert refused == sorted(f"{control}_{path}" for control, path in cells if not exists(body, control, path))
    assert {each.code for each in found} == {"M0521"}


@pytest.mark.parametrize(("body", "path"), RUNS)
def test_what_goes_together_runs(body, path):
    controls = [control for control in CONTROLS if exists(body, control, path)]
    text = BODIES[body] + "".join(f"load under_{control} = {load(control, path)}" for control in controls)
    text += "minimize volume_fraction(b)\n" if body != "frame" else "minimize max(energy(under_stretch))\n"
    program = metac.compile(text).program()
    objects = program.objects(program.init(jax.random.key(0)))
    for control in controls:
        response = objects[f"under_{control}"].response
        assert bool(response.status.ok), response.status.failure(control)
        if control != "unit_strains":
            assert (np.asarray(response.energy) > 0).all(), control


MEASURES = """
load pull  = {pull} {{ body = b, along = y, strain = 0.1 %, increments = 1 }}
load push  = {push} {{ body = b, along = y, strain = 0.1 %, increments = 1 }}
load slide = {slide} {{ body = b, strain = 0.1 %, increments = 1 }}
match poisson_ratio(pull) to 0
match youngs_modulus(pull) to 1 MPa
match max(stress(pull)) to 1 MPa
match max(energy(pull)) to 1 mJ
match poisson_ratio(push) to 0
match youngs_modulus(push, along = 90 deg) to 1 MPa
match max(stress(push, component = yy)) to 1 MPa
match max(energy(push)) to 1 mJ
match max(stress(slide)) to 1 MPa
match shear_modulus(slide) to 1 MPa
"""
PARTS = (slice(0, 4), slice(4, 8), slice(8, None))
HOMOGENISED = """
load rve = periodic { body = b }
match youngs_modulus(rve, along = 90 deg) to 1 MPa
match poisson_ratio(rve, along = 90 deg) to 0
match shear_modulus(rve) to 1 MPa
match stiffness(rve)[2, 2] to 1 MPa
"""


CELLS = [
    pytest.param("specimen", "gripped", marks=pytest.mark.slow),
    ("cell", "periodic"),
    pytest.param("pixels", "gripped", marks=pytest.mark.slow),
    pytest.param("pixels", "periodic", marks=pytest.mark.slow),
    *product(("frame",), ("gripped", "periodic")),
]


@pytest.mark.parametrize(("body", "boundary"), CELLS)
def test_measures_have_one_name_and_one_sign(body, boundary):
    gripped = boundary == "gripped"
    names = [name if gripped else f"periodic_{name}" for name in ("tension", "compression", "shear")]
    text = BODIES[body] + MEASURES.format(**dict(zip(("pull", "push", "slide"), names, strict=True)))
    program = metac.compile(text + ("" if gripped else HOMOGENISED)).program()
    goals = program.evaluate(program.init(jax.random.key(0))).goals
    pulled, pushed, other = (np.array([float(goal.value) for goal in list(goals.values())[part]]) for part in PARTS)
    nu, young, stress, energy = pulled
    np.testing.assert_allclose(pushed, pulled, rtol=1e-8)
    assert -1 < nu < 1 and young > 0
    assert (stress, energy) == pytest.approx((1e-3 * young, 1e-6 * young / 2 * 20.0 * 20.0), rel=1e-8)
    assert other[0] == pytest.approx(1e-3 * other[1], rel=1e-8) and other[1] > 0
    if not gripped:
        # A mesh is not quite as symmetric as its pore, so that shear is not quite free of normal stresses.
        assert (other[2], other[3]) == pytest.approx((young, nu), rel=1e-7)
        assert other[5] > 0 and (body == "frame" or other[4] == pytest.approx(other[1], rel=1e-4))


SPEC = Path(__file__).parents[2] / "golden" / "M0521_parts_of_a_load.meta"


SHEET = BODIES["specimen"]


def misfits(text):
    return [each for each in check(Source("<test>", text)).diagnostics if each.code == "M0521"]


def test_every_fix_leaves_one_misfit_less():
    text = read_source(SPEC).text
    found = misfits(text)
    fixes = [each.fix for each in found if each.fix is not None]
    assert len(fixes) >= 3
    for fix in fixes:
        changed = text[: fix.span.start] + fix.replacement + text[fix.span.end :]
        assert len(misfits(changed)) == len(found) - 1


def test_a_part_without_forms_goes_with_everything(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.py").write_text("M = type('M', (), {})\n", encoding="utf-8")
    own = 'define control push {\n    python "m.py:M"\n}\n'
    text = read_source(SPEC).text.split("\nload")[0]
    text += "\nload a = experiment { body = sheet, boundary = grips {}, control = push {} }\n" + own
    assert [each.code for each in check(Source("<test>", text)).diagnostics if each.code == "M0521"] == []


def test_what_is_made_elsewhere_is_not_rewritten_where_it_is_used():
    pulled = "load a = experiment {{ body = b, boundary = {}, control = {}, path = {} }}\n"
    (here,) = misfits(SHEET + pulled.format("grips {}", "stretch { strain = 1 % }", "linear"))
    assert here.fix is not None and here.fix.span.text == "linear"
    given = "boundary held = grips {}\ncontrol pull = stretch { strain = 1 % }\npath straight = linear\n"
    (elsewhere,) = misfits(SHEET + given + pulled.format("held", "pull", "straight"))
    assert elsewhere.help == here.help and elsewhere.fix is None


def test_an_alternative_is_not_judged_by_what_the_present_object_is_made_of(tmp_path, monkeypatch):
    """`calm` goes with nothing that flows, and the only thing here that does is part of what it would replace."""
    monkeypatch.chdir(tmp_path)
    own = """define control wild {
    of: Material
    form = unit_strains
    python "m.py:M"
}
define control calm {
    form = uniaxial
    excludes = history_dependent
    python "m.py:M"
}
material metal = j2 { E = 1 GPa, nu = 0.3, yield_stress = 30 MPa }
"""
    (found,) = misfits(SHEET + own + "load a = experiment { body = b, boundary = grips {}, control = wild { of = metal } }")
    assert "`calm`" in found.help


def test_parts_that_are_used_twice_at_every_level_are_looked_at_once(tmp_path, monkeypatch):
    """Looked at by each way that leads to them, they would be 2⁴⁰."""
    monkeypatch.chdir(tmp_path)
    text = SHEET + 'define body pair {\n    one: Body\n    other: Body\n    form = mesh\n    python "m.py:M"\n}\n'
    text += "body b0 = pair { one = b, other = b }\n"
    text += "".join(f"body b{n} = pair {{ one = b{n - 1}, other = b{n - 1} }}\n" for n in range(1, 40))
    whole = "boundary = supported { supports = [held_edge { edge = left }] }, control = " + FORCES
    assert misfits(f"{text}load a = experiment {{ body = b39, {whole}, path = linear }}") == []
