"""Boundary conditions: where a body is held, and where a load acts on it."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class Boundary(Protocol):
    """Anything that an experiment takes as its boundary; which experiments know it is for their `boundary` to say."""
