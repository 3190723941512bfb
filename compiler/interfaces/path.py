"""Paths: how a load grows to what its control prescribes."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class Path(Protocol):
    """Anything that an experiment takes as its path."""


@runtime_checkable
class Incremental(Path, Protocol):
    """A path in increments; others are a single, linear step."""

    @property
    def total(self) -> int:
        """Increments of the whole path."""
        ...
