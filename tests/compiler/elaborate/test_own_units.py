"""Units that a spec declares."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metac.compiler.constant_values import evaluate
from metac.compiler.pipeline import check
from metac.dsl.formatter import format_module
from metac.dsl.parser import parse
from metac.dsl.source import Source


def value(text, wanted, folder=None):
    """What a number is in internal units, by way of the default of a param."""
    result = check(Source("<test>", f"{text}\nparam found: {wanted[0]} = {wanted[1]}\n"), folder=folder)
    assert [each for each in result.diagnostics if each.severity == "error"] == []
    default = result.design_or_raise().parameters["found"].default
    assert default is not None
    return evaluate(default)


@pytest.mark.parametrize(
    ("text", "wanted", "internal"),
    [
        ("unit furlong = 201.168 m", ("Length", "2 furlong"), 402336),
        ("unit brick = 215 mm", ("Pressure", "4 N/brick^2"), 4 / 215**2),
        ("unit brick = 215 mm\nunit row = 4 brick", ("Length^2", "1 row*brick"), 4 * 215**2),
        ("unit dozen = 12", ("Scalar", "3 dozen"), 36),
        ("unit brick = 215 mm", ("Length", "3 * brick"), 645),
        ("twice(x) = 2 * x\nunit pole = twice(5.5 ft) / 2", ("Length", "1 pole"), 5.5 * 304.8),
    ],
)
def test_a_unit_behind_a_number_and_by_itself(text, wanted, internal):
    assert value(text, wanted) == pytest.approx(internal, rel=1e-15)


@settings(max_examples=25)
@given(st.floats(1e-3, 1e3), st.floats(-1e3, 1e3), st.integers(-3, 3))
def test_a_power_of_a_unit_is_that_of_its_size(size, number, power):
    kind = {0: "Scalar", 1: "Length"}.get(power, f"Length^{power}")
    found = value(f"unit own = {size!r} mm", (kind, f"({number!r}) * 1 own^{power}"))
    assert found == pytest.approx(number * size**power, rel=1e-12, abs=1e-300)


def test_units_are_imported_as_values_are(tmp_path):
    (tmp_path / "lab.meta").write_text("unit brick = 215 mm\nlet course = 2 brick\n")
    assert value('import "lab.meta"', ("Length", "2 brick + course"), tmp_path) == 4 * 215
    named = 'import "lab.meta" as lab\nunit brick = lab.brick'
    assert value(named, ("Length", "2 brick + lab.course"), tmp_path) == 4 * 215
    result = check(Source("<test>", 'import "lab.meta" as lab\nlet wall = 3 brick\nreport wall\n'), folder=tmp_path)
    assert "M0401" in [each.code for each in result.diagnostics]


def test_an_argument_of_the_name_of_a_unit_is_no_unit():
    result = check(Source("<test>", "unit brick = 215 mm\nf(brick) = 3 brick\nlet x = f(1 mm)\n"))
    (found,) = [each for each in result.diagnostics if each.severity == "error"]
    assert found.code == "M0401" and "`3 * brick`" in (found.help or "")


def test_a_unit_is_laid_out_as_it_was_written():
    text = "## Of the lab.\nunit brick = 215 mm  ## with its joint\n"
    assert "unit brick = 215 mm" in format_module(parse(Source("<test>", text)).module)
