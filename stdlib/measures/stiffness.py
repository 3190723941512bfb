"""Effective stiffness, and what engineers read from it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from metac.runtime.grid import elasticity

if TYPE_CHECKING:
    from jax import Array


class Stiffness:
    """Of a homogenised load."""

    def __init__(self, of: Any) -> None:
        self.of = of

    @cached_property
    def value(self) -> Array:
        """`[3, 3]`, MPa, Voigt form."""
        return self.of.response.stiffness


class YoungsModulus:
    """Along an angle from x towards y, radian."""

    def __init__(self, of: Any, along: Array | float = 0.0) -> None:
        self.of, self.along = of, along

    @cached_property
    def value(self) -> Array:
        """MPa."""
        return elasticity.youngs_modulus(self.of.response.stiffness, self.along)


class ContractionRatio:
    """−(strain across) / (strain along) under uniaxial stress along an angle from x towards y, radian."""

    def __init__(self, of: Any, along: Array | float = 0.0) -> None:
        self.of, self.along = of, along

    @cached_property
    def value(self) -> Array:
        """A number."""
        return elasticity.poisson_ratio(self.of.response.stiffness, self.along)


class ShearModulus:
    """In axes turned by an angle from x towards y, radian."""

    def __init__(self, of: Any, at: Array | float = 0.0) -> None:
        self.of, self.at = of, at

    @cached_property
    def value(self) -> Array:
        """MPa."""
        return elasticity.shear_modulus(self.of.response.stiffness, self.at)
