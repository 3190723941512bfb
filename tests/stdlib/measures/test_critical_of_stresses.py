"""A critical strain is a strain: where several stresses drive a load together, there is none to give."""

import pytest

import metac
from metac.dsl.diagnostics.diagnostic import DiagnosticError

SPEC = """\
symmetry g      = p4 { cell = 10 mm }
material rubber = neo_hookean { E = 50 MPa, nu = 0.3 }
shape    pore   = tiled { motif = circle { radius = 2 mm, at = [0.5, 0.5] }, symmetry = g }
body     period = cell { shape = pore, material = rubber, size = 4 mm, order = 1 }
load     press  = experiment {
    body     = period
    boundary = periodic {}
    control  = mean_stress { CONTROL }
    path     = increments { count = 1 }
}
ASKED
"""


@pytest.mark.parametrize("control", ["xx = -1 MPa, yy = -1 MPa", "stress_xx = -1 MPa, stress_yy = -1 MPa"])
def test_the_critical_strain_of_two_stresses_is_refused(control):
    text = SPEC.replace("CONTROL", control).replace("ASKED", "require critical_strain(press) >= 1 %")
    text = text if control.startswith("xx") else text.replace("mean_stress", "mean_strain")
    with pytest.raises(DiagnosticError) as caught:
        _ = metac.compile(text).graph
    (problem,) = [each for each in caught.value.diagnostics if each.severity == "error"]
    assert problem.code == "M0523" and "several stresses" in problem.message


def test_that_of_a_strain_beside_a_stress_is_not() -> None:
    text = SPEC.replace("CONTROL", "xx = -1 %, stress_yy = -1 MPa").replace("mean_stress {", "mean_strain {")
    found = metac.compile(text.replace("ASKED", "require critical_strain(press) >= 1 %")).diagnostics
    assert not [each for each in found if each.severity == "error"]


@pytest.mark.slow
def test_that_of_one_stress_is_a_strain():
    design = metac.compile(SPEC.replace("CONTROL", "yy = -1 MPa").replace("ASKED", "report critical_strain(press)"))
    result = design.run()
    (found,) = result.reports.values()
    # This cell stays stable: an infinite value is one, and no failure.
    assert found.own.value == float("inf") and not found.failures and result.failure is None
