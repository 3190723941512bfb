"""Measures under names that will go: each says in its definition what to write instead."""

from __future__ import annotations

from collections.abc import Mapping
from math import pi
from typing import TYPE_CHECKING, Any

from metac.stdlib.measures.elastic_constants import PoissonRatio, YoungsModulus

if TYPE_CHECKING:
    from metac.compiler.interfaces.measure import Measure, NamedMeasure, OfFirstIncrements
    from metac.compiler.interfaces.satisfies import Satisfies


class ModulusAlongX(YoungsModulus):
    """E11."""

    def __init__(self, *, of: Any) -> None:
        super().__init__(of=of, along=0.0)

    @staticmethod
    def label(fields: Mapping[str, Any]) -> str | None:
        """The definition's name."""
        return None


class ModulusAlongY(YoungsModulus):
    """E22."""

    def __init__(self, *, of: Any) -> None:
        super().__init__(of=of, along=pi / 2)

    @staticmethod
    def label(fields: Mapping[str, Any]) -> str | None:
        """The definition's name."""
        return None


class RatioAlongX(PoissonRatio):
    """ν12."""

    def __init__(self, *, of: Any) -> None:
        super().__init__(of=of, along=0.0)

    @staticmethod
    def label(fields: Mapping[str, Any]) -> str | None:
        """The definition's name."""
        return None


class RatioAlongY(PoissonRatio):
    """ν21."""

    def __init__(self, *, of: Any) -> None:
        super().__init__(of=of, along=pi / 2)

    @staticmethod
    def label(fields: Mapping[str, Any]) -> str | None:
        """The definition's name."""
        return None


if TYPE_CHECKING:
    Satisfies[Measure](ModulusAlongX, ModulusAlongY, RatioAlongX, RatioAlongY)
    Satisfies[OfFirstIncrements](ModulusAlongX, ModulusAlongY)
    Satisfies[NamedMeasure](ModulusAlongX, ModulusAlongY, RatioAlongX, RatioAlongY)
