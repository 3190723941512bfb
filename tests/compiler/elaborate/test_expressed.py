"""Definitions that say what their objects are in terms of others."""

import pytest

import metac
from metac.api.reference import describe
from metac.compiler.constant_values import evaluate
from metac.compiler.library.definitions import Definition
from metac.compiler.pipeline import check
from metac.dsl.source import Source

RUBBER = """## Of the lab.
define material rubber {
    E:  Pressure in 0.1 MPa .. 10 MPa  ## of the data sheet
    nu: Scalar = 0.4 in 0 .. 0.49
    hard: Bool = false
    let stiffened = twice(E)
    twice(x) = 2 * x
    is = if hard then linear_elastic { E = 200 GPa, nu = 0.3, plane = strain } else neo_hookean { E = stiffened, nu = nu }
}
define measure softening {
    of: Load
    at: Scalar = 1 %
    is = stress(of)(2 %) / stress(of)(at)
}
"""
SHEET = """symmetry g = p4 { cell = 20 mm }
material gum = MATERIAL
shape pore = tiled { motif = circle { radius = 4 mm, at = [0.25, 0.25] }, symmetry = g }
body bar = specimen { shape = pore, cells = [1, 1], material = gum }
load pull = tension { body = bar, strain = 2 %, increments = 2 }
report MEASURE
"""
PLAIN = "neo_hookean { E = 2 * 3 MPa, nu = 0.4 }", "stress(pull)(2 %) / stress(pull)(1 %)"


def spec(material, measure="softening(pull)", head=RUBBER):
    return head + SHEET.replace("MATERIAL", material).replace("MEASURE", measure)


def codes(text, folder=None):
    return [each.code for each in check(Source("<test>", text), folder=folder).diagnostics if each.severity == "error"]


def test_it_is_what_it_would_be_written_out():
    """Under its own name, with the plan, and so the hash, of the text without the definition."""
    design = metac.compile(spec("rubber { E = 3 MPa }"))
    plain = metac.compile(spec(*PLAIN, head=""))
    assert design.diagnostics == () and design.graph.nodes["gum"].definition.name == "neo_hookean"
    assert evaluate(design.graph.nodes["gum"].fields["E"]) == 6
    assert design.plan().hash == plain.plan().hash


def test_fields_are_those_of_the_definition():
    text = spec("rubber { E = 3 MPa }") + "report bar_area * gum.E\nlet bar_area = volume_fraction(bar)\n"
    design = metac.compile(text)
    assert design.diagnostics == () and "3" in str(design.graph.reports[1].measure)
    assert evaluate(design.set({"gum.E": "4 MPa"}).graph.nodes["gum"].fields["E"]) == 8
    assert metac.compile(text).set({"gum.hard": True}).graph.nodes["gum"].definition.name == "linear_elastic"


@pytest.mark.parametrize(
    ("material", "measure", "found"),
    [
        ("rubber { E = 30 MPa }", "softening(pull)", ["M0304"]),
        ("rubber { E = 3 N }", "softening(pull)", ["M0402"]),
        ("rubber {}", "softening(pull)", ["M0302"]),
        ("rubber { E = 3 MPa, G = 1 MPa }", "softening(pull)", ["M0301"]),
        ("rubber { E = 3 MPa }", "softening(bar)", ["M0403"]),
        ("rubber { E = 3 MPa }", "softening(pull, at = 1 mm)", ["M0402"]),
    ],
)
def test_what_is_given_is_checked(material, measure, found):
    assert codes(spec(material, measure)) == found


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("nu = nu", "mu = nu", ["M0301"]),
        ("twice(E)", "twice(E) + 1 mm", ["M0404"]),
        ("stress(of)(at)", "stres(of)(at)", ["M0214"]),
        ("neo_hookean", "rubber", ["M0205"]),
        ("    hard: Bool", '    python "m.py:M"\n    hard: Bool', ["M0212", "M0570"]),
        ("    at: Scalar", "    range = 0 .. 1\n    at: Scalar", ["M0212"]),
    ],
)
def test_mistakes_in_the_definition_are_told_there(old, new, found):
    head = RUBBER.replace(old, new)
    assert codes(spec("rubber { E = 3 MPa }", head=head)) == found
    if found[0] not in ("M0205", "M0212"):
        assert codes(spec(*PLAIN, head=head)) == found, "where nothing uses it"


def test_it_is_imported_and_documented(tmp_path):
    (tmp_path / "lab.meta").write_text(RUBBER)
    head = 'import "lab.meta" as lab\n'
    text = spec("lab.rubber { E = 3 MPa }", "lab.softening(pull)", head)
    assert codes(text, tmp_path) == []
    design = check(Source("<test>", text), folder=tmp_path)
    definition = next(each for each in design.definitions if each.name == "rubber")
    assert isinstance(definition, Definition)
    page = "\n".join(describe(definition))
    assert "Is: `if hard then linear_elastic" in page and "of the data sheet" in page
