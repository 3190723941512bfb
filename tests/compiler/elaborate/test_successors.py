"""Deprecated definitions: how their uses are written with what takes their place."""

import re
from importlib.resources import files
from pathlib import Path

import pytest

import metac
from metac.compiler.pipeline import check
from metac.dsl.source import Source

OLD = """define material old {
    modulus: Pressure
    ratio:   Scalar = 0.3
    deprecated = SUCCESSOR
    let mu = modulus / 3 + 0*ratio*modulus
    energy(F) = mu/2*(tr(F.T*F) - dim - 2*log(det(F))) + mu*(det(F) - 1)^2
}
"""
BODY = "body b = pixels { density = [[1]], size = 1 mm, materials = [gum, gum] }\n"
BOTH = "neo_hookean { E = modulus, nu = ratio }"


def former(text):
    (warning,) = [each for each in check(Source("<test>", text)).diagnostics if each.code == "M0225"]
    return warning


@pytest.mark.parametrize(
    ("successor", "use", "written"),
    [
        (BOTH, "old { modulus = 2 * 1 MPa, ratio = 0.4 }", "neo_hookean { E = 2 * 1 MPa, nu = 0.4 }"),
        (BOTH, "old { modulus = 1 MPa }", "neo_hookean { E = 1 MPa }"),
        ("neo_hookean", "old { modulus = 1 MPa }", "neo_hookean"),
        ("neo_hookean { E = modulus, nu = 0.4 }", "old { modulus = 1 MPa, ratio = 0.2 }", None),
        ("neo_hookean { E = 2*modulus, nu = 0.4 }", "old { modulus = 1 MPa }", None),
        ('"think again"', "old { modulus = 1 MPa }", None),
    ],
)
def test_uses_in_new_words(successor, use, written):
    """Nothing is written where not all that was given has a place there: the help then says it in general."""
    warning = former(OLD.replace("SUCCESSOR", successor) + f"material gum = {use}\n" + BODY)
    assert (None if warning.fix is None else warning.fix.replacement) == written
    assert warning.severity == "warning" and (written or successor.strip('"')) in (warning.help or "")


def test_what_is_put_in_from_outside_is_not_rewritten():
    text = OLD.replace("SUCCESSOR", BOTH) + "material gum = old { modulus = 1 MPa }\n" + BODY
    (warning,) = [each for each in metac.compile(text).set({"gum.modulus": "2 MPa"}).diagnostics if each.code == "M0225"]
    assert warning.fix is None


def test_what_takes_the_place_of_a_definition_of_the_library_is_there():
    named = []
    for path in Path(str(files("metac.stdlib"))).glob("*/*.meta"):
        named += [(path, name) for name in re.findall(r"^ *deprecated = (\w+)", path.read_text("utf-8"), re.MULTILINE)]
    assert len(named) >= 5 and all(path.with_name(f"{name}.meta").is_file() for path, name in named)
