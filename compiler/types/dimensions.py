"""Physical dimensions: products of rational powers of five base dimensions.

Angle counts as a base dimension, so that degrees cannot pass for strains; `sin` and its like take an angle or a bare
number in radian.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

BASES = ("Mass", "Length", "Time", "Temperature", "Angle")
"""In the order in which they are printed."""

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Dimension:
    """Exponents of the base dimensions, in the order of `BASES`."""

    exponents: tuple[Fraction, ...]

    def __mul__(self, other: Dimension) -> Dimension:
        # Most products are with bare numbers: sums of fractions would be most of the time that a large list takes.
        if other.dimensionless or self.dimensionless:
            return self if other.dimensionless else other
        return Dimension(tuple(a + b for a, b in zip(self.exponents, other.exponents, strict=True)))

    def __truediv__(self, other: Dimension) -> Dimension:
        if other.dimensionless:
            return self
        return Dimension(tuple(a - b for a, b in zip(self.exponents, other.exponents, strict=True)))

    def __pow__(self, exponent: Fraction | int) -> Dimension:
        return Dimension(tuple(a * exponent for a in self.exponents))

    @property
    def dimensionless(self) -> bool:
        """Whether every exponent is zero."""
        return not any(self.exponents)

    @property
    def name(self) -> str | None:
        """The usual name, `Pressure`, where there is one; `Scalar` for a bare number."""
        return _NAMES.get(self)

    @property
    def formula(self) -> str:
        """`Mass·Length⁻¹·Time⁻²`; `1` for a bare number."""
        factors = [_factor(base, power) for base, power in zip(BASES, self.exponents, strict=True) if power]
        return "·".join(factors) or "1"

    @property
    def written(self) -> str:
        """As a type in a spec: `Pressure`, `Force/Length^3`, `Pressure^2`, `Mass*Length^0.5`."""
        if self.name is not None:
            return self.name
        for name in _PARTS:
            part = NAMED[name]
            for power in (1, 2, 3, -1, -2):
                if self == part**power:
                    return _power(name, Fraction(power))
                rest = (self / part**power).exponents
                length = Dimension(tuple(rest)) / LENGTH ** rest[1]
                if power == 1 and length.dimensionless and abs(rest[1]).denominator <= _LARGEST_ROOT:
                    return f"{name}{'*' if rest[1] > 0 else '/'}{_power('Length', abs(rest[1]))}"
        over = [_power(base, power) for base, power in zip(BASES, self.exponents, strict=True) if power > 0]
        under = [_power(base, -power) for base, power in zip(BASES, self.exponents, strict=True) if power < 0]
        if not over:
            over, under = [_power(base, power) for base, power in zip(BASES, self.exponents, strict=True) if power], []
        return "/".join(["*".join(over), *under])

    @property
    def words(self) -> str:
        """As it stands in a sentence: `a pressure`, `a number without unit`, or the formula."""
        if self.dimensionless:
            return "a number without unit"
        if self.name is None:
            return f"a value in {self.formula}"
        words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in self.name).strip()
        return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"

    def __str__(self) -> str:
        """`Mass·Length⁻¹·Time⁻²  [Pressure]`."""
        name = "no unit" if self.dimensionless else self.name
        return self.formula if name is None or name == self.formula else f"{self.formula}  [{name}]"


def _factor(base: str, power: Fraction) -> str:
    if power == 1:
        return base
    if power.denominator == 1:
        return base + str(power).translate(_SUPERSCRIPTS)
    return f"{base}^({power})"


def _power(name: str, power: Fraction) -> str:
    """`Length`, `Length^3`, `Length^0.5`; thirds and the like have no finite spelling and are rounded."""
    size = str(power) if power.denominator == 1 else f"{float(power):.12g}"
    return name if power == 1 else f"{name}^{size}"


_PARTS = ("Force", "Pressure", "Energy", "Power", "Mass", "Velocity", "Time", "Temperature", "Angle")
"""Of what compound types are made, most usual first."""
_LARGEST_ROOT = 2
LARGEST_POWER = 12
"""That may be written, of a unit or a dimension."""


def base(name: str) -> Dimension:
    """The base dimension of that name."""
    return Dimension(tuple(Fraction(int(name == other)) for other in BASES))


SCALAR = Dimension((Fraction(0),) * len(BASES))
MASS, LENGTH, TIME, TEMPERATURE, ANGLE = (base(name) for name in BASES)
FORCE = MASS * LENGTH / TIME**2
PRESSURE = FORCE / LENGTH**2
ENERGY = FORCE * LENGTH

NAMED: dict[str, Dimension] = {
    "Scalar": SCALAR,
    "Length": LENGTH,
    "Area": LENGTH**2,
    "Volume": LENGTH**3,
    "Mass": MASS,
    "Time": TIME,
    "Angle": ANGLE,
    "Temperature": TEMPERATURE,
    "Force": FORCE,
    "Pressure": PRESSURE,
    "Stress": PRESSURE,
    "EnergyDensity": PRESSURE,
    "Energy": ENERGY,
    "Moment": ENERGY,
    "Power": ENERGY / TIME,
    "Density": MASS / LENGTH**3,
    "Velocity": LENGTH / TIME,
    "Acceleration": LENGTH / TIME**2,
    "Frequency": TIME**-1,
    "Rate": TIME**-1,
    "Stiffness": FORCE / LENGTH,
    "BendingStiffness": FORCE * LENGTH**2,
    "Compliance": PRESSURE**-1,
    "Viscosity": PRESSURE * TIME,
    "Damping": FORCE * TIME / LENGTH,
    "Curvature": LENGTH**-1,
    "SecondMomentOfArea": LENGTH**4,
    "ThermalExpansion": TEMPERATURE**-1,
    "AngularVelocity": ANGLE / TIME,
}
"""Names that types may use; of several names for one dimension the first is printed."""

_NAMES: dict[Dimension, str] = {}
for _name, _dimension in NAMED.items():
    _NAMES.setdefault(_dimension, _name)
