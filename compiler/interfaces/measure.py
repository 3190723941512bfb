"""Measures: what is read from a load or a body."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol, runtime_checkable


@runtime_checkable
class Measure(Protocol):
    """A number, a `Curve` or a tensor read from a load or a body."""

    @property
    def value(self) -> Any:
        """A scalar array, a `Curve`, or a tensor, as the definition `gives`; internal units."""
        ...


@runtime_checkable
class FromRest(Protocol):
    """A measure that reads what only a path from rest tells: its loads do not start warm."""

    from_rest: ClassVar[bool]
