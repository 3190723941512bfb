"""Effective elastic constants: of a test under uniaxial stress or in shear, or of the stiffness that a period has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.mechanical_response import MeanFieldResponse, StiffnessResponse
from metac.runtime.grid import elasticity
from metac.stdlib.measures.answered import axis_of
from metac.stdlib.measures.reading import direction, read, uniaxial
from metac.stdlib.measures.refusals import not_sheared, sheared_in_axes

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.measure import Measure, NamedMeasure, OfFirstIncrements
    from metac.compiler.interfaces.satisfies import Satisfies


class Stiffness:
    """Of a load that homogenises."""

    def __init__(self, *, of: Any) -> None:
        self.of = of

    @cached_property
    def value(self) -> Array:
        """`[3, 3]`, MPa, Voigt form."""
        return read(self.of, StiffnessResponse, "effective stiffness").stiffness


class YoungsModulus:
    """Stress over strain along an angle from x towards y, radian, under uniaxial stress.

    Of a path: at the first increment (the chord modulus); it is the slope at rest as far as that increment is small.
    """

    increments_read: ClassVar[int] = 1

    def __init__(self, *, of: Any, along: Any | None) -> None:
        self.of, self.along = of, direction(of, along)

    @staticmethod
    def label(fields: Mapping[str, Any]) -> str | None:
        """What data sets call it."""
        return _label(fields, ("E11", "E22"))

    @cached_property
    def value(self) -> Array:
        """MPa."""
        response = self.of.response
        if isinstance(response, StiffnessResponse):
            return elasticity.youngs_modulus(response.stiffness, 0.0 if self.along is None else self.along)
        found, axis = uniaxial(self.of, self.along)
        return found.mean_stress[0, axis, axis] / found.mean_strain[0, axis, axis]


class PoissonRatio:
    """−(strain across) / (strain along) under uniaxial stress along an angle from x towards y, radian.

    Negative for what widens when it is pulled. Of a path: at the last increment; the strain across is that of the middle
    halves of the free edges for a body between grips (Mirramezani et al., ICLR 2025, eq. 7), the macroscopic one of a
    periodic cell.
    """

    def __init__(self, *, of: Any, along: Any | None) -> None:
        self.of, self.along = of, direction(of, along)

    @staticmethod
    def label(fields: Mapping[str, Any]) -> str | None:
        """What data sets call it."""
        return _label(fields, ("nu12", "nu21"))

    @cached_property
    def value(self) -> Array:
        """A number."""
        response = self.of.response
        if isinstance(response, StiffnessResponse):
            return elasticity.poisson_ratio(response.stiffness, 0.0 if self.along is None else self.along)
        found, axis = uniaxial(self.of, self.along)
        across = 1 - axis
        return -found.mean_strain[-1, across, across] / found.mean_strain[-1, axis, axis]


class ShearModulus:
    """Shear stress over engineering shear strain, in axes turned by an angle from x towards y, radian.

    Of a path in shear: at the first increment, in the axes x and y.
    """

    increments_read: ClassVar[int] = 1

    def __init__(self, *, of: Any, at: Any | None) -> None:
        self.of, self.at = of, direction(of, at)

    @staticmethod
    def label(fields: Mapping[str, Any]) -> str | None:
        """What data sets call it, in the axes x and y."""
        at = fields.get("at", 0.0)
        return "G12" if at is not None and axis_of(float(at)) is not None else None

    @cached_property
    def value(self) -> Array:
        """MPa."""
        response = self.of.response
        if isinstance(response, StiffnessResponse):
            return elasticity.shear_modulus(response.stiffness, 0.0 if self.at is None else self.at)
        found = read(self.of, MeanFieldResponse, "mean strain and stress")
        if found.driven not in ((0, 1), (1, 0)):
            raise not_sheared()
        if self.at is not None and self.at != 0:
            raise sheared_in_axes()
        i, j = found.driven
        return found.mean_stress[0, i, j] / found.mean_strain[0, i, j]


def _label(fields: Mapping[str, Any], names: tuple[str, str]) -> str | None:
    along = fields.get("along")
    axis = None if along is None else axis_of(float(along))
    return None if axis is None else names[axis]


if TYPE_CHECKING:
    Satisfies[Measure](Stiffness, YoungsModulus, PoissonRatio, ShearModulus)
    Satisfies[NamedMeasure](YoungsModulus, PoissonRatio, ShearModulus)
    Satisfies[OfFirstIncrements](YoungsModulus, ShearModulus)
