import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metac.compiler.types.dimensions import ANGLE, ENERGY, FORCE, LENGTH, MASS, NAMED, PRESSURE, SCALAR, TIME
from metac.compiler.types.units import UnknownUnit, in_kelvin, internal_unit, parse_unit, symbols, to_internal

known = st.sampled_from(sorted(symbols()))


@pytest.mark.parametrize(
    ("value", "text", "internal", "dimension"),
    [
        (50, "MPa", 50, PRESSURE),
        (1, "GPa", 1000, PRESSURE),
        (1, "N/mm^2", 1, PRESSURE),
        (1, "kN/mm²", 1000, PRESSURE),
        (20, "m", 20_000, LENGTH),
        (3.9, "mm", 3.9, LENGTH),
        (10, "%", 0.1, SCALAR),
        (180, "°", math.pi, ANGLE),
        (1, "kg", 1e-3, MASS),
        (1000, "kg/m^3", 1e-9, NAMED["Density"]),
        (2, "s^-1", 2, TIME**-1),
        (1, "N*m", 1000, ENERGY),
        (1, "J", 1000, ENERGY),
        (1, "kg*m/s^2", 1, FORCE),
        (5, "µm", 0.005, LENGTH),
        (1, "t*mm/s^2", 1, FORCE),
        (1, "N/mm/mm", 1, PRESSURE),
        (1, "in", 25.4, LENGTH),
        (1, "ft", 304.8, LENGTH),
        (1, "kgf", 9.80665, FORCE),
        (1, "lbf", 4.4482216152605, FORCE),
        (1, "psi", 4.4482216152605 / 25.4**2, PRESSURE),
        (1, "ksi", 4448.2216152605 / 25.4**2, PRESSURE),
        (1, "atm", 0.101325, PRESSURE),
        (2, "ml", 2000, LENGTH**3),
        (1, "lbf/in^2", 4.4482216152605 / 25.4**2, PRESSURE),
    ],
)
def test_internal_values(value, text, internal, dimension):
    unit = parse_unit(text)
    assert unit.dimension == dimension
    assert to_internal(value, unit) == pytest.approx(internal, rel=1e-15, abs=0)


def test_values_are_rounded_once():
    assert to_internal(0.1, parse_unit("m")) == 100.0
    assert to_internal(10, parse_unit("%")) == 0.1
    assert to_internal(3.9, parse_unit("mm")) == 3.9


@given(known, known)
def test_a_product_of_units_multiplies_their_scales(first, second):
    product = parse_unit(f"{first}*{second}")
    a, b = parse_unit(first), parse_unit(second)
    assert product.dimension == a.dimension * b.dimension
    assert float(product.scale) == pytest.approx(float(a.scale) * float(b.scale))


@given(known, st.integers(1, 4))
def test_a_negative_power_is_a_division(symbol, power):
    assert float(parse_unit(f"{symbol}^-{power}").scale) == pytest.approx(1 / float(parse_unit(f"{symbol}^{power}").scale))


def test_powers_of_known_units_are_shown_as_such():
    assert internal_unit(PRESSURE**2) == "MPa^2" and internal_unit(SCALAR / PRESSURE) == "MPa^-1"
    assert internal_unit(LENGTH**2) == "mm^2" and internal_unit(PRESSURE**2 / LENGTH) == "MPa^2/mm"


@given(known, known)
def test_the_internal_unit_of_a_dimension_is_one(first, second):
    dimension = parse_unit(f"{first}/{second}").dimension
    text = internal_unit(dimension)
    if text:
        unit = parse_unit(text)
        assert unit.dimension == dimension
        assert float(unit.scale) == pytest.approx(1)


@given(st.text(max_size=12))
def test_any_text_is_a_unit_or_unknown(text):
    try:
        unit = parse_unit(text)
    except UnknownUnit:
        return
    assert math.isfinite(float(unit.scale))


@pytest.mark.parametrize(("text", "meant"), [("Mpa", "MPa"), ("mpa", "MPa"), ("KN", "kN"), ("MM", "mm"), ("hz", "Hz")])
def test_wrong_case_is_told_apart(text, meant):
    with pytest.raises(UnknownUnit) as caught:
        parse_unit(text)
    assert caught.value.wrong_case
    assert caught.value.suggestion == meant


def test_prefixes_only_where_they_are_usual():
    for text in ("k%", "mdeg", "kh", "Mmin", "mtonne"):
        with pytest.raises(UnknownUnit):
            parse_unit(text)


@pytest.mark.parametrize(
    ("value", "scale", "temperature", "difference"),
    [(0, "°C", 273.15, 0), (20, "degC", 293.15, 20), (212, "°F", 373.15, 212 * 5 / 9), (-40, "degF", 233.15, -40 * 5 / 9)],
)
def test_degrees_may_mean_two_things(value, scale, temperature, difference):
    with pytest.raises(UnknownUnit):
        parse_unit(scale)
    assert in_kelvin(value, scale) == pytest.approx((temperature, difference))
