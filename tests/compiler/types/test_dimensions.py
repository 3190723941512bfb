from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from metac.compiler.types.dimensions import BASES, FORCE, LENGTH, MASS, NAMED, PRESSURE, SCALAR, TIME, Dimension

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
