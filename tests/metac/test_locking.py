"""Linear elements of a nearly incompressible material agree on two meshes, on a wrong value: second order decides too."""

import json

import pytest

import metac
from metac.api.fresh_mesh_check import check_with_second_order
from metac.api.result_json import read_verdicts

SPEC = """\
symmetry g      = p2mm { cell = [20 mm, 20 mm] }
material rubber = neo_hookean { E = 5 MPa, nu = 0.4999 }
shape    pore   = tiled { motif = circle { radius = 6 mm, at = [0.5, 0.5] }, symmetry = g }
body     period = cell { shape = pore, material = rubber, size = 5 mm, order = 1 }
load     pull   = periodic_tension { body = period, along = y, strain = 0.1 %, increments = 1 }
match youngs_modulus(pull) to 4.5 MPa within 0.5 MPa
match stress(pull) to e -> 4.5 MPa * e within 0.5 kPa
require youngs_modulus(pull) >= 4 MPa
minimize energy(pull)(0.1 %)
"""


@pytest.fixture(scope="module")
def locked():
    return metac.compile(SPEC).run()


def test_what_second_order_elements_do_not_confirm_is_not_met(locked):
    *judged, smallest = sorted(locked.goals.values(), key=lambda each: each.met is None)
    for each in judged:
        assert each.met and each.fresh_met and each.second_order_met is False and not each.final
    assert smallest.final and 0 < smallest.second_order_value < 0.9 * smallest.value
    modulus = judged[0]
    assert abs(modulus.value / modulus.fresh_value - 1) < 0.05 < 0.2 < modulus.value / modulus.second_order_value - 1
    assert modulus.mesh_error == pytest.approx(modulus.value - modulus.second_order_value)
    (warning,) = [each for each in locked.warnings if each.code == "M0618"]
    assert "youngs_modulus(pull)` by" in warning.message and "order = 2" in warning.help


def test_result_and_table_say_so(locked):
    summary = json.loads(json.dumps(locked.summary))
    assert summary["second_order_bodies"] == ["period"] and summary["met"] is False
    assert read_verdicts(summary) == list(locked.goals.values())
    assert "; second order: off by" in locked.table() and "missed" in locked.table()


def test_compressible_materials_are_not_asked():
    design = metac.compile(SPEC.replace("0.4999", "0.4"))
    program = design.program()
    assert check_with_second_order(program, design.graph, {}, program.inputs, program.objects({})).bodies == ()


PLASTIC = """\
material steel = j2 { E = 100 GPa, nu = 0.3, yield_stress = 300 MPa }
body     sheet = pixels { density = ["####", "####", "####", "####"], size = 1 mm, materials = [steel, steel] }
load     pull  = tension { body = sheet, strain = 4 %, increments = 2 }
match stress(pull) to e -> 390 MPa within 40 MPa
"""


def test_plastic_flow_locks_linear_pixels_at_any_poissons_ratio():
    """Smooth grips: 2/√3 of the yield stress, 346 MPa; these clamp, so it is a little more, and reached by order 2 alone."""
    result = metac.compile(PLASTIC).run()
    (goal,) = result.goals.values()
    linear, fresh, second = (value[-1] for value in (goal.value, goal.fresh_value, goal.second_order_value))
    assert 346 < second < 390 < 440 < fresh < linear and linear > 1.5 * second
    assert goal.second_order_value[1] < 1.02 * goal.second_order_value[0] and goal.value[1] > 1.2 * goal.value[0]
    assert goal.second_order_met and not goal.met and not goal.final
    (warning,) = [each for each in result.warnings if each.code == "M0618"]
    assert "flows without changing it" in warning.notes[0]
