"""Boundary conditions: where a body is held, and where a load acts on it.

The compiler hands them from a spec to `LoadableBody.test` and reads nothing of them, so nothing is asked of them all: a
body knows the classes of those that it can be tested with, and refuses others with a `FieldError`.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class Boundary(Protocol):
    """A plain, immutable object with the definition's fields; see above."""
