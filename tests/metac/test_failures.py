"""Failures of a run as diagnostics: at the load, or at the geometry that it loads."""

import pytest

import metac
from metac.api.failures import diagnostic_of
from metac.runtime.errors import InvertedElement, RuntimeFailure

SPEC = """\
symmetry  g      = p2mm { cell = [20 mm, 20 mm] }
material  rubber = neo_hookean { E = 5 MPa, nu = 0.4 }
shape     hole   = tiled { motif = circle { radius = 5 mm, at = [0.5, 0.5] }, symmetry = g }
body      sheet  = specimen { shape = hole, cells = [1, 1], material = rubber }
generator warp   = flow { symmetry = g }
body      design = deformed { body = sheet, by = warp }
load      push   = compression { body = design, along = y, strain = 1 % }
match stress(push) to e -> 3 MPa * e
"""


@pytest.fixture(scope="module")
def graph():
    return metac.compile(SPEC).graph


def labels(failure, graph):
    return [(label.text, label.span.text.split("=")[0].split()) for label in diagnostic_of(failure, graph).labels]


@pytest.mark.parametrize(
    "where, told",
    [
        ("reference", [("this geometry", ["body", "design"]), ("loaded here", ["load", "push"])]),
        ("deformed", [("this load", ["load", "push"])]),
    ],
)
def test_a_failure_stands_where_its_cause_is(graph, where, told):
    failure = InvertedElement("an element is inside out", where=where, element=3, step=0)
    failure.subject = "push"
    assert labels(failure, graph) == told


def test_a_failure_of_a_body_stands_at_the_body_itself(graph):
    failure = InvertedElement("an element is inside out", where="reference", element=3, step=0)
    failure.subject = "design"
    assert labels(failure, graph) == [("this geometry", ["body", "design"])]


def test_a_failure_without_a_subject_has_no_place(graph):
    assert labels(RuntimeFailure("out of memory", remedy=""), graph) == []
