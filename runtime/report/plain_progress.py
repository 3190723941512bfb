"""Progress as plain lines, and the texts that all displays share."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

from metac.runtime.runs.progress import Record


class StepTimer:
    """How long steps take, and how long the rest of a descent will take at most.

    The first steps after a start, and those that remesh, include a compilation and do not count.
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
        """Seconds until the step limit of this descent, or None where they are not known."""
        return None if self.seconds is None else self.seconds * max(0, self.steps - record["step"])


class PlainLines:
    """Lines of text, for files and pipes: the first and the last step, and in between one every few seconds."""

    def __init__(self, stream: TextIO, *, every: float = 5.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._every, self._clock = stream, every, clock
        self._shown = -float("inf")
        self._timer = StepTimer()

    def begin(self, study: str, steps: int) -> None:
        """One line with the study's name."""
        self._timer = StepTimer(steps)
        self._write(beginning_text(study, steps))

    def phase(self, text: str) -> None:
        """One line."""
        self._write(text)

    def step(self, record: Record) -> None:
        """One line, where one is due."""
        self._timer.add(record)
        now = self._clock()
        if "remeshed" in record:
            self._write(remeshing_text(record))
        if "end" in record or record.get("rejected") or record["step"] == 0 or now - self._shown >= self._every:
            self._shown = now
            self._write("  ".join([*step_texts(record, self._timer), *goal_texts(record)]))

    def note(self, text: str) -> None:
        """One line."""
        self._write(text)

    def end(self) -> None:
        """Nothing."""

    def _write(self, line: str) -> None:
        self._stream.write(line + "\n")
        self._stream.flush()


def beginning_text(study: str, steps: int) -> str:
    """How far a study goes: a study that looks at something takes no steps, others may be given none."""
    if not steps:
        return f"{study} begins"
    return f"{study}: at most {steps} {'step' if steps == 1 else 'steps'}"


def step_texts(record: Record, timer: StepTimer) -> list[str]:
    """The parts of a progress line: where the run is, its loss, its speed."""
    loss, best = record["loss"], record["best"]
    parts = [f"step {record['step']}/{timer.steps}", "no loss yet" if loss is None else f"loss {loss:.4g}"]
    if best is not None and (loss is None or best < loss):
        parts.append(f"best {best:.4g}")
    if record["restart"]:
        parts.insert(0, f"restart {record['restart'] + 1}")
    if record["stage"]:
        parts.insert(0, f"stage {record['stage'] + 1}")
    if record.get("rejected"):
        parts.append(f"shortened {len(record['rejected'])}×")
    if timer.seconds is not None:
        parts.append(f"{timer.seconds:.2g} s/step")
        left = timer.left(record)
        if left:
            parts.append(f"at most {duration(left)} left")
    if "end" in record:
        parts.append(f"({record['end']})")
    return parts


def remeshing_text(record: Record) -> str:
    """One line on a remeshing, or why it failed: loss and smallest Jacobian ratio before and after."""
    about = record["remeshed"]
    place = f"after step {record['step']} ({about['why']})"
    if "failed" in about:
        return f"not remeshed {place}: {about['failed']}"
    parts = [f"loss {about['before']['loss']:.4g} → {record['loss']:.4g}"]
    if "jacobian" in record and "jacobian" in about["before"]:
        parts.insert(0, f"smallest Jacobian ratio {about['before']['jacobian']:.3g} → {record['jacobian']:.3g}")
    return f"remeshed ({about['number']}) {place}: {', '.join(parts)}"


def goal_texts(record: Record) -> list[str]:
    """One text a goal: its value, or how far a curve or tensor is off."""
    texts = []
    for name, goal in record.get("goals", {}).items():
        off = "deviation" in goal
        texts.append(f"{name} {'off by ' if off else ''}{goal['deviation' if off else 'value']:.4g}")
    return texts


def duration(seconds: float) -> str:
    """Seconds in the units that people use: `48 s`, `3 min 20 s`, `2 h 5 min`."""
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60} s"
    return f"{seconds // 3600} h {seconds % 3600 // 60} min"
