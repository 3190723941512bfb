"""What the curves of goals and reports run over, in words, for figures and result files."""

from __future__ import annotations

import pytest

import metac
from metac.api.reports import abscissa_of

SPEC = """
dataset   cells = orthotropic { count = 200, seeds = 8, cell = [16, 16] }
generator field = stiffness_field { cells = [3, 2], data = cells }
body      beam  = system { field = field, cell = 5 mm }
load      press = experiment {
    body = beam, boundary = grips { along = x, clamp = neither }
    control = stretch { strain = -5 % }, path = linear {}
}
shape     full  = tiled { motif = circle { radius = 1 mm, at = [0.5, 0.5] }, symmetry = p4 { cell = 20 mm } }
body      sheet = specimen { shape = full, cells = [2, 2], material = neo_hookean { E = 5 MPa, nu = 0.4 } }
load      pull  = tension { body = sheet, along = y, strain = 5 %, increments = 2 }
"""
LINE = "displacement_along(press, [[0 mm, 0 mm], [15 mm, 0 mm]], y)"


@pytest.mark.parametrize(
    ("curve", "over"),
    [
        (LINE, "share of the line"),
        (f"2 * {LINE}", "share of the line"),
        ("stress(press)", "nominal strain"),
        ("stress_along(pull, line = [0 mm, 5 mm, 40 mm, 5 mm])", "distance (mm)"),
    ],
)
def test_a_curve_runs_over_what_its_measure_says_or_its_load_applies(curve: str, over: str) -> None:
    graph = metac.compile(f"{SPEC}report {curve}\n").graph
    assert abscissa_of(graph, graph.reports[0], {"press": "nominal strain", "pull": "nominal strain"}) == over
