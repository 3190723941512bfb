"""Measures: what is read from a load or a body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from metac.compiler.interfaces.values import Curve

if TYPE_CHECKING:
    from jax import Array


@runtime_checkable
class Measure(Protocol):
    """A number, a `Curve` or a tensor read from a load or a body."""

    @property
    def value(self) -> Array | Curve:
        """A scalar array, a `Curve`, or a tensor, as the definition `gives`; internal units."""
        ...


@runtime_checkable
class FromRest(Protocol):
    """A measure that reads what only a path from rest shows: its loads do not start warm."""

    from_rest: ClassVar[bool]


@runtime_checkable
class OfFirstIncrements(Protocol):
    """A measure that, of a path, reads the first increments alone: what comes later does not spoil its value."""

    increments_read: ClassVar[int]


@runtime_checkable
class NamedMeasure(Protocol):
    """The class of a measure whose values data sets know by another name than that of its definition: `E11`, say."""

    def label(self, fields: Mapping[str, Any]) -> str | None:
        """The name, for the fields that are known (None for others); None for the definition's. A static method."""
        ...
