"""A frame whose drawing is not what is simulated: counted, told, refused on request."""

import pytest

import metac
from metac.api.drawing_check import drawing_warnings
from metac.runtime.report.drawing_difference import DrawingDifference, SolidComparison

SPEC = """\
material  tpu  = linear_elastic { E = 0.6 MPa, nu = 0.3, plane = stress }
generator net  = random_network { spacing = 7.5 mm, connectivity = [4.5] }
body      cell = frame { network = net, width = 1 mm, thickness = 10 mm, material = tpu }
load      pull = tension_cases { body = cell, strain = 1 % }
match poisson_ratio(pull) to 0.3 within 10
require crossings(cell) < 1
"""


def test_crossings_are_counted_told_and_refused():
    result = metac.compile(SPEC).run(seed=1)
    drawn = result.summary["drawn"]["cell"]
    counted = result.goals["crossings(cell) < 1"]
    assert counted.value == len(drawn["crossings_mm"]) > 0 and not counted.final and not result.met
    assert 0.05 < drawn["overlap"] < 0.3
    (warning,) = [each for each in result.warnings if each.code == "M0633"]
    assert f"cross at {len(drawn['crossings_mm'])} place" in warning.message
    x, y = drawn["crossings_mm"][0]
    assert f"({x:.4g}, {y:.4g})" in warning.notes[0] and "% of the beams' area" in warning.notes[1]
    solid = drawn["as_a_solid"]["x"]
    assert solid["E_stiffer"] == pytest.approx(solid["E_solid_MPa"] / solid["E_beams_MPa"] - 1) and solid["E_stiffer"] > 0.1
    assert solid["nu_beams"] == pytest.approx(result.goals["poisson_ratio(pull)"].value)
    assert f"along x {100 * solid['E_stiffer']:+,.0f} %" in warning.notes[2]
    assert f"cell, drawn as a solid  –       E along x {100 * solid['E_stiffer']:+,.0f} %" in result.table()


def test_thick_joints_are_told_and_slender_ones_are_not():
    graph = metac.compile(SPEC).graph
    thick = {"cell": DrawingDifference((), 0.12)}
    assert [each.code for each in drawing_warnings(graph, thick)] == ["M0633"]
    slender = DrawingDifference((), 0.02, (SolidComparison(1.0, 1.05, 0.3, 0.3),) * 2)
    assert drawing_warnings(graph, {"cell": slender}) == []
    stiff = DrawingDifference((), 0.02, (SolidComparison(1.0, 1.05, 0.3, 0.3), SolidComparison(1.0, 2.97, 0.3, 0.2)))
    (warning,) = drawing_warnings(graph, {"cell": stiff})
    assert "E along x +5 %, along y +197 %" in warning.notes[1]
    (warning,) = drawing_warnings(graph, {"cell": DrawingDifference((), 0.12, unsolved="the sheet could not be meshed")})
    assert "not found: the sheet could not be meshed" in warning.notes[1]


RING = """\
material  tpu  = linear_elastic { E = 0.6 MPa, nu = 0.3, plane = stress }
generator net  = struts {
    nodes = [[0 mm, 0 mm], [30 mm, 0 mm], [30 mm, 20 mm], [0 mm, 20 mm]]
    beams = [[1, 2], [2, 3], [3, 4], [4, 1]]
}
body      cell = frame { network = net, width = 0.5 mm, material = tpu }
load      pull = tension_cases { body = cell, strain = 1 % }
report youngs_modulus(pull)
"""


def test_a_ring_whose_nodes_are_all_in_grips_is_two_rods():
    """No node is free and nodes run round: E along x is two rods of width t over the height, drawn nearly the same."""
    result = metac.compile(RING).run()
    solid = result.summary["drawn"]["cell"]["as_a_solid"]
    for axis, across in (("x", 20), ("y", 30)):
        beams = 2 * 0.5 * 0.6 / across
        assert solid[axis]["E_beams_MPa"] == pytest.approx(beams, rel=1e-9)
        assert solid[axis]["E_solid_MPa"] == pytest.approx(beams, rel=0.05)
    assert result.reports["youngs_modulus(pull)"].own.value == pytest.approx(2 * 0.5 * 0.6 / 20, rel=1e-9)
