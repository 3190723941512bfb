"""Figures and tables name what a load applies; known before anything is solved."""

from types import SimpleNamespace

import pytest

from metac.stdlib.controls.mean_strain import MeanStrain, MeanStress
from metac.stdlib.controls.stretch import Stretch
from metac.stdlib.loads.repeated import PeriodicTest
from metac.stdlib.loads.responses import MechanicalResponse
from metac.stdlib.paths.increments import Increments

GIVEN = {"xx": None, "yy": None, "xy": None, "stress_xx": None, "stress_yy": None, "stress_xy": None, "keep": "x"}


def strains(**given):
    return MeanStrain(**(GIVEN | given))


@pytest.mark.parametrize(
    ("control", "applied"),
    [
        (Stretch(along="y", strain=0.1), "nominal strain"),
        (strains(xx=0.1), "nominal strain"),
        (strains(xy=0.1), "shear"),
        (strains(xx=0.1, yy=0.2), "largest mean strain"),
        (strains(stress_yy=0.2), "load factor"),
        (MeanStress(xx=0.1, yy=None, xy=None, keep="x"), "load factor"),
    ],
    ids=["stretch", "one strain", "shear", "two strains", "one stress", "stresses"],
)
def test_what_is_applied_has_a_name(control, applied):
    test = PeriodicTest(SimpleNamespace(material=None), control, Increments(count=2))
    empty = dict.fromkeys(
        ("strain", "abscissa", "sense", "displacement", "mean_strain", "mean_stress", "energy", "status"), None
    )
    response = MechanicalResponse(**empty, driven=test.driven, uniaxial=test.uniaxial, by_strain=test.by_strain)
    assert response.applied == applied
