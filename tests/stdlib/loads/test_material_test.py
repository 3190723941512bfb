"""The load `material_test`: what it refuses, and what measures read of it."""

from __future__ import annotations

import pytest

from metac.compiler.lower.linking import link
from metac.compiler.pipeline import check
from metac.compiler.plan import make_plan
from metac.dsl.diagnostics.diagnostic import DiagnosticError
from metac.dsl.source import Source

SPEC = """
material rubber = compressible_neo_hookean { G = 0.4 MPa, K = 2 MPa }
load pull = material_test { material = rubber, strain = 20 %, increments = 2 }
report stress(pull)
report poisson_ratio(pull)
report energy(pull)
"""


def program_of(text):
    return link(make_plan(check(Source("<test>", text)).design_or_raise()))


def test_measures_read_it():
    reports = program_of(SPEC).reports({})
    stress = reports["stress(pull)"]
    assert stress.abscissa is not None and stress.abscissa.tolist() == pytest.approx([0.1, 0.2])
    assert 0 < float(reports["poisson_ratio(pull)"].value) < 0.5
    # The work of the stress along the path, by Simpson's rule from rest, is what is stored.
    half, whole = (float(each) for each in stress.value)
    assert float(reports["energy(pull)"].value[-1]) == pytest.approx(0.2 / 6 * (4 * half + whole), rel=1e-3)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("strain = 20 %, ", "", "say how far"),
        ("strain = 20 %", "strain = 20 %, at = curve([[0, 0 MPa], [10 %, 1 MPa]])", "says how far already"),
        ("strain = 20 %", "at = curve([[-1 %, 0 MPa], [10 %, 1 MPa]])", "negative strains"),
        (
            "compressible_neo_hookean { G = 0.4 MPa, K = 2 MPa }",
            "linear_elastic { E = 1 MPa, nu = 0.3, plane = strain }",
            "small strains only",
        ),
        (
            "compressible_neo_hookean { G = 0.4 MPa, K = 2 MPa }",
            "j2 { E = 1 MPa, nu = 0.3, yield_stress = 1 MPa }",
            "has a history",
        ),
    ],
)
def test_what_it_cannot_do_is_told_at_the_field(old, new, words):
    text = SPEC.replace(old, new)
    with pytest.raises(DiagnosticError) as raised:
        program_of(text)
    assert words in raised.value.diagnostics[0].message
    assert raised.value.diagnostics[0].labels


def test_its_range_is_that_of_its_points():
    text = (
        SPEC.replace("strain = 20 %", "at = curve([[0, 0 MPa], [10 %, 1 MPa]])")
        + "match stress(pull) to e -> 1 MPa * e for 0 .. 11 %\n"
    )
    assert [each.code for each in check(Source("<test>", text)).diagnostics if each.severity == "error"] == ["M0510"]
