"""Studies: how goals are pursued, and what they are given for that."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.program import StudyProgram


class ProgressRecorder(Protocol):
    """What a study reports of its progress; saves history and checkpoints (`runtime/runs`)."""

    def step(self, record: Mapping[str, Any], state: Callable[[], Mapping[str, Any]]) -> None:
        """One finished step.

        Args:
            record: `step` (from 0 or 1 on) and `loss` (None where there is none yet) at least; plain values of any other
                name are saved in the history. `best`, `stage`, `restart` and `seconds` are added where they are missing.
            state: gives what a checkpoint needs, when one is due: `arrays` (NumPy arrays by name) and `numbers` (plain
                values).
        """
        ...

    def phase(self, text: str) -> None:
        """What is being done now, where it may take a while."""
        ...


class NumericGoal(NamedTuple):
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


@runtime_checkable
class Study(Protocol):
    """How goals are pursued."""

    @property
    def steps(self) -> int:
        """Most steps that it takes, for the display of progress."""
        ...

    def run(
        self,
        program: StudyProgram,
        key: Array,
        recorder: ProgressRecorder,
        *,
        stages: Sequence[Mapping[str, Any]] | None = None,
        resume: Mapping[str, Any] | None = None,
    ) -> object:
        """Pursue the goals.

        Args:
            program: what is evaluated.
            key: random key.
            recorder: gets a record of every step.
            stages: the program's inputs of each stage of a continuation; None is one stage with the program's own.
            resume: what the recorder was last given as state, to resume from.

        Returns:
            A `runtime/optimise/outcome.py: Outcome`.
        """
        ...


@runtime_checkable
class Continuable(Protocol):
    """A study that may stand behind another one, from what that left."""

    def run(
        self,
        program: StudyProgram,
        key: Array,
        recorder: ProgressRecorder,
        *,
        stages: Sequence[Mapping[str, Any]] | None = None,
        resume: Mapping[str, Any] | None = None,
        handed: Mapping[str, Any] | None = None,
    ) -> object:
        """As `Study.run`; `handed` are the parameters of all generators that the study before left.

        What it varies starts from them, all else stays there. The program has bodies remeshed as they were then.
        """
        ...


@runtime_checkable
class Amendable(Protocol):
    """The class of a study some of whose fields may change when a run is resumed."""

    may_change: ClassVar[tuple[str, ...]]
    """Names of these fields."""


@runtime_checkable
class Restartable(Protocol):
    """The class of a study that starts several times, each start a process of its own if the user wants it."""

    restarts_field: ClassVar[str]
    """Name of the field with the number of starts; `run` takes `first_restart`, the number of the first of them."""


@runtime_checkable
class StartableFromResult(Protocol):
    """The class of a study that may start from the result of another run."""

    start_field: ClassVar[str]
    """Name of the field with the folder of that run."""
