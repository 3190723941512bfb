"""A study whose density ends in grey says so, with the values."""

from types import SimpleNamespace

import numpy as np
import pytest

import metac
from metac.api.grey_check import grey_warnings

SPEC = """\
material  soft  = linear_elastic { E = 1 MPa, nu = 0.3, plane = stress }
material  stiff = linear_elastic { E = 100 MPa, nu = 0.3, plane = stress }
generator field = density { pixels = [6, 6] }
body      cell  = pixels { density = field, size = 1 mm, materials = [soft, stiff], exponent = 3 }
body      given = pixels { density = [[0.4, 0.4], [0.4, 0.4]], size = 1 mm, materials = [soft, stiff] }
match volume_fraction(cell) to 0.4 within 0.01
match volume_fraction(given) to 0.4 within 0.01
study fit = optimize { vary = field, using = mma, steps = 1 }
"""


@pytest.mark.parametrize(("values", "told"), [([0.4, 0.41], True), ([0.0, 1.0], False), ([0.05, 0.5], False)])
def test_only_a_designed_density_that_ends_in_grey_is_told(values, told):
    graph = metac.compile(SPEC).graph
    density = np.resize(values, (6, 6))
    objects = {"cell": SimpleNamespace(density=density), "given": SimpleNamespace(density=np.full((2, 2), 0.4))}
    found = grey_warnings(graph, objects, ["cell", "given"])
    assert [each.code for each in found] == ["M0619"] * told
    if told:
        assert "0.4 … 0.41, binarity 0" in found[0].message and found[0].severity == "warning"


def test_a_run_says_it():
    result = metac.compile(SPEC.replace("pixels = [6, 6]", "pixels = [6, 6], spread = 0.1")).run()
    (warning,) = [each for each in result.warnings if each.code == "M0619"]
    assert warning.message.startswith("`cell` ends in grey: densities 0.") and warning.labels[0].text == "no structure"
    assert any(each["code"] == "M0619" for each in result.summary["warnings"])
