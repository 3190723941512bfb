"""Controls: what a load prescribes."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class Control(Protocol):
    """Anything that an experiment takes as its control; its form says which test that makes."""
