"""Units of measurement: a small table of our own, and the internal system mm, tonne, s, N, MPa, radian, kelvin.

A unit's text is a product of powers without spaces: `MPa`, `N/mm^2`, `kg/m^3`, `s^-1`, `N*m`, `mm²`, `%`, `°`, `psi`.
Inches, pounds and kilograms of force are exact by definition (NIST Special Publication 811).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from metac.compiler.types import dimensions
from metac.compiler.types.dimensions import LARGEST_POWER, Dimension
from metac.dsl.diagnostics.suggest import suggest

_PREFIXES = {
    "G": Fraction(10**9),
    "M": Fraction(10**6),
    "k": Fraction(10**3),
    "h": Fraction(10**2),
    "d": Fraction(1, 10),
    "c": Fraction(1, 10**2),
    "m": Fraction(1, 10**3),
    "µ": Fraction(1, 10**6),
    "μ": Fraction(1, 10**6),
    "u": Fraction(1, 10**6),
    "n": Fraction(1, 10**9),
}


@dataclass(frozen=True)
class Unit:
    """`scale` internal units of `dimension`: 1 MPa is 1, 1 m is 1000 (mm), 1 % is 1/100."""

    dimension: Dimension
    scale: Fraction | float


class UnknownUnit(ValueError):
    """A unit's text that the table does not explain; `symbol` is the part at fault, `suggestion` what may be meant."""

    def __init__(self, symbol: str, suggestion: str | None, *, wrong_case: bool = False) -> None:
        self.symbol, self.suggestion, self.wrong_case = symbol, suggestion, wrong_case
        super().__init__(symbol)


_TONNE_PER_GRAM = Fraction(1, 10**6)
_MM_PER_INCH = Fraction(254, 10)
_NEWTON_PER_KILOGRAM = Fraction(980665, 10**5)
"""Standard gravity, exact by definition."""
_NEWTON_PER_POUND = Fraction(45359237, 10**8) * _NEWTON_PER_KILOGRAM
_PSI = _NEWTON_PER_POUND / _MM_PER_INCH**2
_LITRE = Unit(dimensions.LENGTH**3, Fraction(10**6))
_WITH_PREFIX = {
    "m": Unit(dimensions.LENGTH, Fraction(1000)),
    "g": Unit(dimensions.MASS, _TONNE_PER_GRAM),
    "s": Unit(dimensions.TIME, Fraction(1)),
    "K": Unit(dimensions.TEMPERATURE, Fraction(1)),
    "N": Unit(dimensions.FORCE, Fraction(1)),
    "Pa": Unit(dimensions.PRESSURE, Fraction(1, 10**6)),
    "J": Unit(dimensions.ENERGY, Fraction(1000)),
    "W": Unit(dimensions.ENERGY / dimensions.TIME, Fraction(1000)),
    "Hz": Unit(dimensions.TIME**-1, Fraction(1)),
    "bar": Unit(dimensions.PRESSURE, Fraction(1, 10)),
    "rad": Unit(dimensions.ANGLE, Fraction(1)),
    "l": _LITRE,
    "L": _LITRE,
}
_WITHOUT_PREFIX = {
    "%": Unit(dimensions.SCALAR, Fraction(1, 100)),
    "‰": Unit(dimensions.SCALAR, Fraction(1, 1000)),
    "°": Unit(dimensions.ANGLE, math.pi / 180),
    "deg": Unit(dimensions.ANGLE, math.pi / 180),
    "t": Unit(dimensions.MASS, Fraction(1)),
    "tonne": Unit(dimensions.MASS, Fraction(1)),
    "min": Unit(dimensions.TIME, Fraction(60)),
    "h": Unit(dimensions.TIME, Fraction(3600)),
    "in": Unit(dimensions.LENGTH, _MM_PER_INCH),
    "ft": Unit(dimensions.LENGTH, 12 * _MM_PER_INCH),
    "lbf": Unit(dimensions.FORCE, _NEWTON_PER_POUND),
    "kgf": Unit(dimensions.FORCE, _NEWTON_PER_KILOGRAM),
    "psi": Unit(dimensions.PRESSURE, _PSI),
    "ksi": Unit(dimensions.PRESSURE, 1000 * _PSI),
    "atm": Unit(dimensions.PRESSURE, Fraction(101325, 10**6)),
}
_FACTOR = re.compile(r"([^\d\s*/·^⁻⁰¹²³⁴⁵⁶⁷⁸⁹+\-]+)(?:\^?([+-]?\d+)|([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?")
_FROM_SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


@cache
def symbols() -> dict[str, Unit]:
    """Every symbol that a unit may be made of, with its prefixes."""
    table = dict(_WITHOUT_PREFIX)
    for symbol, unit in _WITH_PREFIX.items():
        for prefix, scale in _PREFIXES.items():
            table.setdefault(prefix + symbol, Unit(unit.dimension, unit.scale * scale))
    return {**table, **_WITH_PREFIX}


@cache
def parse_unit(text: str) -> Unit:
    """What a unit's text means.

    Raises `UnknownUnit` where a symbol is not in the table, and where the text is no product of powers.
    """
    return unit_of_text(text, symbols().get)


def unit_of_text(text: str, known: Callable[[str], Unit | None]) -> Unit:
    """As `parse_unit`, of symbols that `known` gives the unit of."""
    dimension = dimensions.SCALAR
    scale: Fraction | float = Fraction(1)
    position, sign = 0, 1
    while True:
        match = _FACTOR.match(text, position)
        if match is None:
            raise UnknownUnit(text, None)
        symbol, digits, superscript = match.groups()
        power = int(digits or (superscript or "1").translate(_FROM_SUPERSCRIPTS) or 1) * sign
        if abs(power) > LARGEST_POWER:
            raise UnknownUnit(match.group(), None)
        unit = known(symbol)
        if unit is None:
            raise _unknown(symbol)
        dimension = dimension * unit.dimension**power
        scale = scale * unit.scale**power
        position = match.end()
        if position == len(text):
            return Unit(dimension, scale)
        if text[position] not in "*/·":
            raise UnknownUnit(text[position:], None)
        sign = -1 if text[position] == "/" else 1
        position += 1


def _unknown(symbol: str) -> UnknownUnit:
    other_case = [known for known in symbols() if known.casefold() == symbol.casefold()]
    if other_case:
        return UnknownUnit(symbol, min(other_case, key=lambda known: _strangeness(known)), wrong_case=True)
    return UnknownUnit(symbol, suggest(symbol, _USUAL))


FOREIGN = {
    "inch": "1 in",
    "inches": "1 in",
    "foot": "1 ft",
    "feet": "1 ft",
    "meter": "1 m",
    "metre": "1 m",
    "millimeter": "1 mm",
    "millimetre": "1 mm",
    "micron": "1 µm",
    "newton": "1 N",
    "pascal": "1 Pa",
    "degree": "1 deg",
    "degrees": "1 deg",
    "percent": "1 %",
    "mil": "0.001 in",
    "lb": "0.45359237 kg",
    "lbs": "0.45359237 kg",
    "kp": "1 kgf",
    "dyn": "1e-5 N",
}
"""Units that are not metac's own, in units that are."""

_CELSIUS = (Fraction(1), Fraction(27315, 100))
_FAHRENHEIT = (Fraction(5, 9), Fraction(27315, 100) - 32 * Fraction(5, 9))
TEMPERATURES = {"°C": _CELSIUS, "degC": _CELSIUS, "°F": _FAHRENHEIT, "degF": _FAHRENHEIT}
"""Scales whose zero is not that of the kelvin: size of a degree and zero, in kelvin.

`20 °C` may mean the temperature 293.15 K or a difference of 20 K, and nothing in a spec says which; so they are no
units, and the message for who writes one names both.
"""


def in_kelvin(value: float, scale: str) -> tuple[float, float]:
    """What a number on a scale of `TEMPERATURES` means in kelvin: as a temperature, and as a difference."""
    degree, zero = TEMPERATURES[scale]
    difference = Fraction(value) * degree
    return float(difference + zero), float(difference)


_USUAL = (
    *("m", "cm", "mm", "µm", "km", "g", "kg", "t", "s", "ms", "min", "h", "K", "N", "kN", "MN", "mN", "Pa", "kPa", "MPa"),
    *("GPa", "J", "kJ", "mJ", "W", "kW", "Hz", "kHz", "bar", "rad", "deg", "tonne"),
    *("psi", "ksi", "atm", "kgf", "lbf"),
)


def _strangeness(symbol: str) -> int:
    return _USUAL.index(symbol) if symbol in _USUAL else len(_USUAL)


def to_internal(value: float, unit: Unit) -> float:
    """The value in internal units, rounded once. Raises `OverflowError` where it does not fit a float."""
    if isinstance(unit.scale, float) or not math.isfinite(value):
        return value * float(unit.scale)
    return float(Fraction(value) * unit.scale)


_SHOWN = (
    ("mm", dimensions.LENGTH),
    ("MPa", dimensions.PRESSURE),
    ("N", dimensions.FORCE),
    ("mJ", dimensions.ENERGY),
    ("t", dimensions.MASS),
    ("s", dimensions.TIME),
    ("rad", dimensions.ANGLE),
    ("K", dimensions.TEMPERATURE),
    ("N/mm", dimensions.FORCE / dimensions.LENGTH),
    ("t/mm^3", dimensions.MASS / dimensions.LENGTH**3),
    ("mW", dimensions.ENERGY / dimensions.TIME),
)


def internal_unit(dimension: Dimension) -> str:
    """The text of the internal unit of a dimension: `MPa`, `mm^2`; empty for a bare number."""
    for text, shown in _SHOWN:
        if shown == dimension:
            return text
    for text, shown in _SHOWN[1:4]:
        for power in (2, 3, -1, -2):
            rest = dimension / shown**power
            if not any(rest.exponents[:1] + rest.exponents[2:]):
                return _power_of(text, power, rest.exponents[1])
    factors: list[str] = []
    divisors: list[str] = []
    for symbol, power in zip(("t", "mm", "s", "K", "rad"), dimension.exponents, strict=True):
        if power:
            size = abs(power)
            (factors if power > 0 else divisors).append(symbol if size == 1 else f"{symbol}^{size}")
    if not factors:
        return "*".join(f"{part}^-1" if "^" not in part else part.replace("^", "^-") for part in divisors)
    return "/".join(["*".join(factors), *divisors])


def _power_of(text: str, power: int, millimetres: Fraction) -> str:
    """`MPa^2`, `MPa^2*mm^3`, `MPa^-1/mm`."""
    length = "mm" if abs(millimetres) == 1 else f"mm^{abs(millimetres)}"
    sign = "*" if millimetres > 0 else "/"
    return f"{text}^{power}" + (f"{sign}{length}" if millimetres else "")


def show(value: float, dimension: Dimension) -> str:
    """A value in internal units for people: `12 kPa` is shown as `0.012 MPa`."""
    unit = internal_unit(dimension)
    return f"{value:.6g} {unit}" if unit else f"{value:.6g}"
