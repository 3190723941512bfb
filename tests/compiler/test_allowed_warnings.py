"""Warnings that a spec allows."""

import pytest

from metac.compiler.pipeline import check
from metac.dsl.source import Source

UNUSED = "let a = 1 mm"


def codes(spec, text):
    return [each.code for each in spec.check(text).diagnostics]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (UNUSED, ["M0216"]),
        (f"{UNUSED}  # metac: allow M0216", []),
        (f"{UNUSED}  #metac:allow M0216 since it is for later", []),
        (f"# metac: allow M0216\n{UNUSED}", []),
        (f"# metac: allow M0216\n\n# why\n{UNUSED}", []),
        (f"# metac: allow M0216\n{UNUSED}\nlet b = 2", ["M0216"]),
        (f"{UNUSED}  # metac: allow M0215", ["M0216", "M0229"]),
        (f"{UNUSED}  # metac: allow", ["M0216", "M0229"]),
        ("let a = 1 mm + 1  # metac: allow M0404", ["M0404"]),
        ('let a = "# metac: allow M0216"', ["M0216"]),
    ],
)
def test_what_is_allowed(spec, text, expected):
    assert sorted(codes(spec, text)) == expected


def test_an_error_stays_an_error(spec):
    assert spec.check("let a = 1 mm + 1  # metac: allow M0404").design is None


SLANTED = """symmetry g = p6 { cell = 20 mm }
material r = neo_hookean { E = 50 MPa, nu = 0.46 }
shape p = tiled { motif = circle { radius = 3 mm, at = [2/7, -1/7] }, symmetry = g }
body b = specimen { shape = p, cells = [2, 2], material = r }  # metac: allow M0657
load l = tension { body = b, strain = 1 % }
report stress(l)
"""


def test_what_a_value_from_outside_is_warned_of_is_allowed_where_it_is_given_to(spec):
    """Else `--set sheet.cells=[4, 4]` would bring back a warning, and say that its comment can go."""
    assert spec.check(SLANTED).diagnostics == ()
    source = Source("s.meta", SLANTED)
    assert check(source, {"b.cells": "[3, 3]"}).diagnostics == ()
    (found,) = check(Source("s.meta", SLANTED.replace("  # metac: allow M0657", "")), {"b.cells": "[3, 3]"}).diagnostics
    assert found.code == "M0657" and [label.span.text[:5] for label in found.labels] == ["[3, 3", "body "]
