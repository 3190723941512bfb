"""Progress of a run: what a display must offer, and one that shows nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

Record = Mapping[str, Any]
"""One step: `stage`, `restart`, `step`, `loss`, `best`, `seconds`; some have `goals`, `jacobian`, `rejected`, `remeshed`,
`end`, and of several studies `study`, its name."""


@runtime_checkable
class Progress(Protocol):
    """Shows the progress of a run."""

    def begin(self, study: str, steps: int) -> None:
        """A study with at most `steps` steps a descent starts."""
        ...

    def phase(self, text: str) -> None:
        """What is being done now, where it may take a while."""
        ...

    def step(self, record: Record) -> None:
        """A step is finished."""
        ...

    def note(self, text: str) -> None:
        """Something that the user should know."""
        ...

    def end(self) -> None:
        """Nothing more follows; may be called twice."""
        ...


class NoProgress:
    """Shows nothing."""

    def begin(self, study: str, steps: int) -> None:
        """Nothing."""

    def phase(self, text: str) -> None:
        """Nothing."""

    def step(self, record: Record) -> None:
        """Nothing."""

    def note(self, text: str) -> None:
        """Nothing."""

    def end(self) -> None:
        """Nothing."""
