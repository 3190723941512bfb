import jax
import numpy as np
import pytest

import metac
from tests.library import make

SPEC = """
material m = linear_elastic { E = 60 MPa, nu = 0.3, plane = stress }
body strip = coupon { width = 10 mm, height = 20 mm, material = m, size = 5 mm }
load pull = experiment {
    body = strip, boundary = grips { clamp = neither }, control = stretch { strain = 0.01 % },
    path = increments { count = 1 }
}
match stress(pull) to e -> 0 MPa
match poisson_ratio(pull) to 0.2
match volume_fraction(strip) to 0.5
"""


def test_a_coupon_that_narrows_freely_is_uniaxial():
    program = metac.compile(SPEC).program()
    goals = program.evaluate(program.init(jax.random.key(0))).goals
    stress, ratio, solid = (np.ravel(getattr(goal.value, "values", goal.value))[-1] for goal in goals.values())
    assert stress == pytest.approx(60 * 1e-4, rel=1e-3)  # to the order of the strain
    assert ratio == pytest.approx(0.3, rel=1e-3)
    assert solid == pytest.approx(1.0, rel=1e-12)


def test_elements_are_an_eighth_of_the_shorter_side():
    mesh = make("body", "coupon", width=8.0, height=16.0, material=None).mesh
    assert len(mesh.facets["bottom"]) == 8 and len(mesh.facets["left"]) == 16
    assert not mesh.facets["pores"].size
