"""Studies: how goals are pursued, and what they are given for that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple, Protocol, runtime_checkable


class ProgressRecorder(Protocol):
    """What a study tells of its progress; keeps history and checkpoints (`runtime/runs`)."""

    def step(self, record: Mapping[str, Any], state: Callable[[], Mapping[str, Any]]) -> None:
        """One finished optimisation step; `state` gives what a checkpoint needs, when one is due."""
        ...

    def phase(self, text: str) -> None:
        """What is being done now, where it may take a while."""
        ...


@runtime_checkable
class Study(Protocol):
    """How goals are pursued."""

    needs: ClassVar[str]


class Wanted(NamedTuple):
    """One goal, as studies that predict measures need it; internal units."""

    measure: str | None
    """The name of the measure's definition, where the goal is just that measure, a number."""
    sense: str
    """match, minimize or maximize."""
    target: float | None
    scale: float
    """What differences are measured by."""
    weight: float
    tolerance: float | None
