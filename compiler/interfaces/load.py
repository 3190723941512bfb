"""Loads: programs of loading on a body."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Load(Protocol):
    """A loading program on a body; `response` goes through the implicit-function theorem."""

    @property
    def response(self) -> Any:
        """Displacements, reactions, energies of each increment, with a `status` (`runtime/fem/status.py`)."""
        ...


@runtime_checkable
class StartingLoad(Protocol):
    """A load that may start from what the same load of a neighbouring design has left, as `response.start`.

    Its results are those from rest, within its tolerances. A measure that wants to know what only a path from rest tells has
    a class attribute `from_rest = True`.
    """

    @property
    def rest(self) -> Any:
        """A start of which nothing is known: a tree of arrays, all zero or not read; its shapes need no traced value."""
        ...

    def starting_from(self, start: Any) -> Load:
        """This load with a start, a tree like `rest`."""
        ...
