"""Paths: how a load grows to what its control prescribes.

The compiler hands them from a spec to `LoadableBody.test`. Nothing is asked of them all: one that is not `Incremental` is a
single, linear step.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class Path(Protocol):
    """A plain, immutable object with the definition's fields; see above."""


@runtime_checkable
class Incremental(Path, Protocol):
    """A path in increments."""

    @property
    def total(self) -> int:
        """Increments of the whole path."""
        ...
