"""Values that the compiler hands to implementations, or takes from them, beside plain numbers, tuples and arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeAlias, TypeVar, runtime_checkable

if TYPE_CHECKING:
    from jax import Array


@dataclass(frozen=True)
class Curve:
    """A measure over the increments of a load: `ordinate[increment]` at `abscissa[increment]`, internal units."""

    abscissa: Array
    ordinate: Array


@runtime_checkable
class ArrayValue(Protocol):
    """An array, or one of its numbers, of whatever library."""

    def tolist(self) -> Any:
        """Nested lists of Python's numbers, or the number."""
        ...


Bound = TypeVar("Bound")
"""What a range goes between: Python's numbers, arrays, SymPy trees."""


class Range(NamedTuple, Generic[Bound]):
    """`start .. stop [by step]`, internal units."""

    start: Bound
    stop: Bound
    step: Bound | None = None


Known: TypeAlias = "bool | int | float | str | Curve | tuple[Known, ...] | None"
"""A value of the language that is known when a spec is checked, in internal units: a number, a truth value, a text or
choice, a curve that is given as points, a list or tensor as nested tuples, a `Range` (which is a tuple), or none."""
