"""Point forces on pixels: what a spec says of them, and what it cannot."""

import pytest

import metac
from metac.dsl.diagnostics.diagnostic import DiagnosticError
from metac.runtime.geometry.rectangle import Rectangle
from metac.stdlib.boundaries.supported import Supported
from metac.stdlib.controls.point_forces import PointForces
from metac.stdlib.loads.experiment import Experiment
from metac.stdlib.paths.linear import Linear
from metac.stdlib.supports.held import HeldEdge, HeldPoint
from tests.mechanics import Block, rectangle

SPEC = """
material solid = linear_elastic { E = 100 MPa, nu = 0, plane = stress }
body     beam  = pixels { density = [[1, 1, 1, 1], [1, 1, 1, 1]], size = 4 mm, materials = [solid, solid], thickness = 2 mm }
support  wall  = held_edge { edge = left, along = x }
support  foot  = held_point { at = [0 mm, 0 mm], along = y }
load     pull  = point_forces { body = beam, supports = [wall, foot], at = [[4 mm, 0 mm], [4 mm, 1 mm], [4 mm, 2 mm]],
                                forces = [[1 N, 0 N], [2 N, 0 N], [1 N, 0 N]] }
match compliance(pull) to 0.16 N*mm
"""


@pytest.mark.slow
def test_a_bar_of_pixels_with_a_thickness(tmp_path):
    result = metac.compile(SPEC).run(out=tmp_path / "run")
    (goal,) = result.goals.values()
    # u = F L / (E A) = 4 · 4 / (100 · 4) mm, and 4 N of forces.
    assert goal.value == pytest.approx(0.16, rel=1e-9) and goal.unit == "mJ"
    assert {"beam.png", "pull.png"} <= {path.name for path in (tmp_path / "run").iterdir()}


BEAM = """
material solid = linear_elastic { E = 100 MPa, nu = 0.3, plane = stress }
generator field = density { pixels = PIXELS, spread = 0 }
body    beam = pixels { density = field, size = 80 mm, materials = [solid, solid] }
support wall = held_edge { edge = left }
support foot = held_point { at = [40 mm, 0 mm], along = y }
load    bend = point_forces { body = beam, supports = [wall, foot], at = [[40 mm, 20 mm]], forces = [[0 N, -1 N]] }
minimize compliance(bend)
"""


def test_a_force_between_nodes_is_shared_by_them(tmp_path):
    """On a bar under its axial force it does not matter where along its end the force acts, but for the force's work."""
    once = SPEC.replace("[[4 mm, 0 mm], [4 mm, 1 mm], [4 mm, 2 mm]]", "[[4 mm, 0.5 mm], [4 mm, 1.5 mm]]")
    once = once.replace("[[1 N, 0 N], [2 N, 0 N], [1 N, 0 N]]", "[[2 N, 0 N], [2 N, 0 N]]")
    (goal,) = metac.compile(once).run(out=tmp_path / "run").goals.values()
    assert goal.value == pytest.approx(0.16, rel=1e-9)


@pytest.mark.slow
def test_a_force_inside_the_body_is_remarked(tmp_path):
    """A beam that has become a tower of pixels: rows stand before columns."""
    beam = metac.compile(BEAM.replace("PIXELS", "[2, 8]")).run(out=tmp_path / "beam")
    assert not [each for each in beam.warnings if each.code == "M0625"]
    tower = metac.compile(BEAM.replace("PIXELS", "[12, 8]")).run(out=tmp_path / "tower")
    (remark,) = (each for each in tower.warnings if each.code == "M0625")
    assert "force at (40, 20) mm lies inside" in remark.message and "80 by 120 mm" in (remark.help or "")
    assert remark.labels[0].span.text == "[[40 mm, 20 mm]]"


def test_forces_and_supports_inside_a_mesh_are_remarked():
    mesh = rectangle(2, 2, 2, Rectangle(0, 0, 2, 2))
    point = {"inside": ((1.0, 1.0), (1.2, 0.7)), "edge": ((0.0, 1.0), (0.0, 2.0))}
    for place, (held, pushed) in point.items():
        supports = (HeldPoint(at=held, along="both"), HeldEdge(edge="right", along="both"))
        control = PointForces(at=(pushed, (0.0, 0.0)), forces=((1.0, 0.0),) * 2)
        load = Experiment(body=Block(mesh), boundary=Supported(supports=supports), control=control, path=Linear())
        assert [each.field for each in load.remarks] == (["at", "supports"] if place == "inside" else [])


@pytest.mark.parametrize(
    ("right", "wrong", "told", "at", "code"),
    [
        ("supports = [wall, foot]", "supports = [wall]", "without resistance", "[wall]", "M0604"),
        ("supports = [wall, foot]", "supports = []", "without resistance", "[]", "M0604"),
        ("at = [0 mm, 0 mm]", "at = [0.3 mm, 0 mm]", "(0.3, 0) mm; the nearest is at (0, 0) mm", "[wall, foot]", "M0540"),
        ("at = [0 mm, 0 mm]", "at = [0 mm]", "two coordinates", "[0 mm]", "M0540"),
        ("[4 mm, 1 mm]", "[5 mm, 1 mm]", "is near (4, 1) mm", "[[4 mm, 0 mm], [5 mm, 1 mm], [4 mm, 2 mm]]", "M0601"),
        ("[4 mm, 0 mm]", "[0 mm, 0 mm]", "(0, 0) mm does nothing", "[[0 mm, 0 mm], [4 mm, 1 mm], [4 mm, 2 mm]]", "M0603"),
        ("[2 N, 0 N]", "[2 N]", "two components", "[[1 N, 0 N], [2 N], [1 N, 0 N]]", "M0540"),
        (", [1 N, 0 N]]", "]", "each of 3 points", "[[1 N, 0 N], [2 N, 0 N]]", "M0540"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(right, wrong, told, at, code):
    assert right in SPEC
    with pytest.raises(DiagnosticError) as raised:
        metac.compile(SPEC.replace(right, wrong)).program()
    (found,) = (each for each in raised.value.diagnostics if each.severity == "error")
    assert found.code == code and told in found.message and found.labels[0].span.text == at
