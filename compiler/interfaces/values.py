"""Values that the compiler hands to implementations, or takes from them, beside plain numbers, tuples and arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from jax import Array


@dataclass(frozen=True)
class Curve:
    """A measure over the increments of a load: `ordinate[increment]` at `abscissa[increment]`, internal units."""

    abscissa: Array
    ordinate: Array


class Range(NamedTuple):
    """`start .. stop [by step]`, internal units."""

    start: Any
    stop: Any
    step: Any | None = None
