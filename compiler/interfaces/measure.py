"""Measures: what is read from a load or a body."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Measure(Protocol):
    """A number, a `Curve` or a tensor read from a load or a body."""

    @property
    def value(self) -> Any:
        """A scalar array, a `Curve`, or a tensor, in internal units."""
        ...
