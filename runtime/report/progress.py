"""Progress of a run: a tiny interface, one that shows nothing, plain lines, and a live display."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TextIO

Record = Mapping[str, Any]
"""One step: `stage`, `restart`, `step`, `loss`, `best`, `seconds`; some have `goals`, `jacobian`, `rejected`, `remeshed`,
`end`."""


class Progress(Protocol):
    """Shows how a run goes on."""

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


class Silent:
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


class Pace:
    """How long steps take and how long the rest of a descent will, at most.

    The first steps after a start, and those that mesh anew, hold a compilation and do not count.
    """

    def __init__(self, steps: int = 0) -> None:
        self.steps = steps
        self._seconds = 0.0
        self._counted = 0
        self._seen = 0

    def add(self, record: Record) -> None:
        """Take a step into account."""
        self._seen += 1
        if "remeshed" in record:
            self._seen = 0  # the next step may compile again
        elif self._seen > 1:
            self._seconds += record["seconds"]
            self._counted += 1

    @property
    def seconds(self) -> float | None:
        """Mean seconds per step, or None before there are any."""
        return self._seconds / self._counted if self._counted else None

    def left(self, record: Record) -> float | None:
        """Seconds until the step limit of this descent, or None where they cannot be told."""
        return None if self.seconds is None else self.seconds * max(0, self.steps - record["step"])


class PlainLines:
    """Lines of text, for files and pipes: the first and the last step, and in between one every few seconds."""

    def __init__(self, stream: TextIO, *, every: float = 5.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._every, self._clock = stream, every, clock
        self._shown = -float("inf")
        self._pace = Pace()

    def begin(self, study: str, steps: int) -> None:
        """Tell of the study."""
        self._pace = Pace(steps)
        self._write(f"{study}: at most {steps} steps")

    def phase(self, text: str) -> None:
        """One line."""
        self._write(text)

    def step(self, record: Record) -> None:
        """One line, where one is due."""
        self._pace.add(record)
        now = self._clock()
        if "remeshed" in record:
            self._write(remeshing(record))
        if "end" in record or record.get("rejected") or record["step"] == 0 or now - self._shown >= self._every:
            self._shown = now
            self._write("  ".join([*head(record, self._pace), *goal_values(record)]))

    def note(self, text: str) -> None:
        """One line."""
        self._write(text)

    def end(self) -> None:
        """Nothing."""

    def _write(self, line: str) -> None:
        self._stream.write(line + "\n")
        self._stream.flush()


def head(record: Record, pace: Pace) -> list[str]:
    """The parts of a progress line: where the run is, its loss, its speed."""
    parts = [f"step {record['step']}/{pace.steps}", f"loss {record['loss']:.4g}"]
    if record["best"] < record["loss"]:
        parts.append(f"best {record['best']:.4g}")
    if record["restart"]:
        parts.insert(0, f"restart {record['restart'] + 1}")
    if record["stage"]:
        parts.insert(0, f"stage {record['stage'] + 1}")
    if record.get("rejected"):
        parts.append(f"shortened {len(record['rejected'])}×")
    if pace.seconds is not None:
        parts.append(f"{pace.seconds:.2g} s/step")
        left = pace.left(record)
        if left:
            parts.append(f"at most {duration(left)} left")
    if "end" in record:
        parts.append(f"({record['end']})")
    return parts


def remeshing(record: Record) -> str:
    """One line on bodies meshed anew, or why they could not be: loss and smallest Jacobian ratio before and after."""
    about = record["remeshed"]
    place = f"after step {record['step']} ({about['why']})"
    if "failed" in about:
        return f"not meshed anew {place}: {about['failed']}"
    parts = [f"loss {about['before']['loss']:.4g} → {record['loss']:.4g}"]
    if "jacobian" in record and "jacobian" in about["before"]:
        parts.insert(0, f"smallest Jacobian ratio {about['before']['jacobian']:.3g} → {record['jacobian']:.3g}")
    return f"meshed anew ({about['number']}) {place}: {', '.join(parts)}"


def goal_values(record: Record) -> list[str]:
    """One text a goal: its value, or how far a curve or tensor is off."""
    texts = []
    for name, goal in record.get("goals", {}).items():
        off = "deviation" in goal
        texts.append(f"{name} {'off by ' if off else ''}{goal['deviation' if off else 'value']:.4g}")
    return texts


def duration(seconds: float) -> str:
    """Seconds as people say them: `48 s`, `3 min 20 s`, `2 h 5 min`."""
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60} s"
    return f"{seconds // 3600} h {seconds % 3600 // 60} min"
