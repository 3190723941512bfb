import re
from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.types.dimensions import (
    BASES,
    FORCE,
    LARGEST_POWER,
    LENGTH,
    MASS,
    NAMED,
    PRESSURE,
    SCALAR,
    TIME,
    Dimension,
)
from metac.compiler.types.type_names import TypeReader
from metac.compiler.types.types import NumberType
from metac.dsl import ast
from metac.dsl.parser import parse
from metac.dsl.source import Source

fractions = st.fractions(min_value=-4, max_value=4, max_denominator=6)
dimensions = st.builds(lambda powers: Dimension(tuple(powers)), st.lists(fractions, min_size=5, max_size=5))


@given(dimensions, dimensions)
def test_products_commute_and_quotients_undo_them(a, b):
    assert a * b == b * a
    assert a * b / b == a
    assert a / a == SCALAR


@given(dimensions, fractions.filter(bool))
def test_powers_and_roots_are_inverse(a, n):
    assert (a**n) ** (1 / n) == a
    assert a**0 == SCALAR


def test_prints_formula_and_name():
    assert str(PRESSURE) == "Mass·Length⁻¹·Time⁻²  [Pressure]"
    assert str(FORCE) == "Mass·Length·Time⁻²  [Force]"
    assert str(LENGTH) == "Length"
    assert (MASS ** Fraction(1, 2)).formula == "Mass^(1/2)"
    assert str(SCALAR) == "1  [no unit]"


def test_words_have_their_article():
    assert NAMED["EnergyDensity"].words == "a pressure"
    assert NAMED["Area"].words == "an area"
    assert (LENGTH / TIME**3).words == "a value in Length·Time⁻³"


@given(dimensions)
def test_formula_names_every_base_with_a_power(a):
    assert {base for base in BASES if base in a.formula} == {b for b, p in zip(BASES, a.exponents, strict=True) if p}


@given(st.sampled_from(sorted(NAMED)), st.sampled_from(sorted(NAMED)), st.sampled_from([1, 2, 3, -1, -2]))
def test_a_compound_type_is_printed_as_it_is_written(first, second, power):
    dimension = NAMED[first] * NAMED[second] ** power
    # Larger powers are refused wherever they are written (M0220).
    assume(all(float(each) <= LARGEST_POWER for each in re.findall(r"\^([\d.]+)", dimension.written)))
    findings = DiagnosticsSink()
    reader = TypeReader(lambda name: False, tuple, findings)
    parsed = parse(Source("<type>", f"param p: {dimension.written} = 0"))
    assert parsed.diagnostics == ()
    (statement,) = parsed.module.statements
    assert isinstance(statement, ast.Param)
    found = reader.read(statement.type)
    assert not findings.count
    assert isinstance(found, NumberType)
    assert found.dimension == dimension


def test_compound_types_are_short():
    pairs = {
        "Force/Length^3": FORCE / LENGTH**3,
        "Pressure^2": PRESSURE**2,
        "Force/Length^1.5": PRESSURE * LENGTH ** Fraction(1, 2),
        "Stiffness": FORCE / LENGTH,
        "Mass^2*Temperature": MASS**2 * NAMED["Temperature"],
    }
    assert {text: dimension.written for text, dimension in pairs.items()} == {text: text for text in pairs}
