"""The loop of a training: steps, checkpoints to go on from, progress, and the user's wish to stop."""

from __future__ import annotations

import math
import time
from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metac.runtime.artefacts.watch import present_watch
from metac.runtime.learn.failures import TrainingFailed
from metac.runtime.optimise.pytree_arrays import DoesNotFit, flatten, restore
from metac.runtime.runs.checkpoints import Checkpoint, latest, save
from metac.runtime.runs.failures import Interrupted

BETWEEN_CHECKPOINTS = 120.0
"""Seconds."""
BETWEEN_LINES = 5.0
"""Seconds between two lines of progress."""

State = TypeVar("State", bound=NamedTuple)
"""What steps change: a named tuple of trees of arrays."""


@dataclass(frozen=True)
class Course:
    """What is trained, and for how long."""

    folder: Path
    """Takes checkpoints."""
    title: str
    """For messages."""
    recipe: Mapping[str, Any]
    """Plain values; a checkpoint of another recipe is not taken."""
    a_epoch: int
    """Steps an epoch."""
    epochs: int

    @property
    def total(self) -> int:
        """Steps in all, at most."""
        return self.a_epoch * self.epochs


class Followed(NamedTuple):
    """The last state, the loss of every step, and seconds spent, those before an interruption among them."""

    state: Any
    losses: NDArray[np.float32]
    seconds: float


def follow(
    course: Course,
    state: State,
    advance: Callable[[State, int], tuple[State, ArrayLike]],
    *,
    ended: Callable[[State], bool] = lambda state: False,
    describe: Callable[[State], str] = lambda state: "",
) -> Followed:
    """Train from `state`, or from the last checkpoint in the course's folder.

    Args:
        course: what is trained.
        state: to start from; `advance` may reuse its memory.
        advance: `(state, steps so far)` -> the state after one or more further steps, and the loss of each.
        ended: whether nothing more is to be gained; asked after every call of `advance`.
        describe: what else to show of a state.

    Raises:
        Interrupted: if the user wants to stop; what was reached is saved.
        TrainingFailed: if a loss is no number, or a checkpoint cannot be written.
    """
    run = _Run(course)
    state = run.begin(state)
    watch = present_watch()
    while run.done < course.total and not ended(state):
        if watch.wanted():
            run.save(state)
            watch.note(f"{course.title}: saved after {run.place}; it goes on from there when it is needed again")
            raise Interrupted
        state, losses = advance(state, run.done)
        run.took(losses)
        run.tell(lambda state=state: describe(state))
        if run.checkpoint_due:
            run.save(state)
    run.save(state)
    return Followed(state, np.asarray(run.losses, np.float32), run.seconds)


class _Run:
    """Counting, telling and saving."""

    def __init__(self, course: Course) -> None:
        self.course, self.title, self.total = course, course.title, course.total
        self.losses = array("f")
        self._before, self._started = 0.0, time.monotonic()
        self._saved = self._told = self._compiled = self._started
        self._saved_steps = self._first = self._counted = 0

    @property
    def done(self) -> int:
        """Steps so far."""
        return len(self.losses)

    @property
    def seconds(self) -> float:
        """Spent on all steps, those before an interruption among them."""
        return self._before + time.monotonic() - self._started

    @property
    def place(self) -> str:
        """For people."""
        return f"{self.done:,} of {self.total:,} steps"

    @property
    def checkpoint_due(self) -> bool:
        """Whether it is time to save."""
        return time.monotonic() - self._saved >= BETWEEN_CHECKPOINTS

    def begin(self, state: Any) -> Any:
        """The state to start from: that of the last checkpoint, where there is one of this training."""
        found, damaged = latest(self.course.folder)
        for message in damaged:
            present_watch().note(f"{self.title}: {message}")
        if found is None or found.numbers.get("recipe") != self.course.recipe:
            present_watch().phase(f"training {self.title}: compiling")
            return state
        try:
            restored = type(state)(*(restore(name, found.arrays, part) for name, part in state._asdict().items()))
        except DoesNotFit:
            return state
        self.losses = array("f", found.arrays["losses"].tolist())
        self._before = float(found.numbers["seconds"])
        self._saved_steps = self._first = self._counted = self.done
        present_watch().note(f"{self.title}: going on after {self.place}")
        return restored

    def took(self, losses: ArrayLike) -> None:
        """Take steps into account."""
        first = self.done == self._first
        for loss in np.atleast_1d(np.asarray(losses, np.float32)).tolist():
            if not math.isfinite(loss):
                raise TrainingFailed(
                    f"the loss of {self.title} became {loss} at step {self.done + 1:,}, of {self.total:,}",
                    remedy="a lower learning rate: `rate = 1e-4`",
                )
            self.losses.append(loss)
        if first:
            # The first steps hold the compilation.
            self._compiled, self._counted = time.monotonic(), self.done

    def tell(self, describe: Callable[[], str]) -> None:
        """Show progress, now and then."""
        now = time.monotonic()
        if now - self._told < BETWEEN_LINES and self.done < self.total:
            return
        if self.done <= self._counted and self.done < self.total:
            return  # nothing is known yet of how long a step takes
        self._told = now
        steps = min(self.done, self.course.a_epoch)
        mean = sum(self.losses[-steps:]) / steps
        left = (now - self._compiled) / max(1, self.done - self._counted) * (self.total - self.done)
        present_watch().phase(
            f"training {self.title}: epoch {self.done // self.course.a_epoch} of {self.course.epochs}, step {self.place}, "
            f"loss {mean:.4g}, {describe()}{_duration(left)} left"
        )

    def save(self, state: Any) -> None:
        """Write a checkpoint."""
        arrays = {"losses": np.asarray(self.losses, np.float32)}
        for name, part in state._asdict().items():
            arrays |= flatten(name, part)
        numbers: Mapping[str, Any] = {"recipe": self.course.recipe, "seconds": self.seconds}
        try:
            save(self.course.folder, Checkpoint(self.done, arrays, numbers))
        except OSError as error:
            kept = f"what was reached after {self._saved_steps:,} steps is kept" if self._saved_steps else "nothing is kept"
            raise TrainingFailed(
                f"{self.title} cannot be saved after {self.place}: {error.strerror or error}; {kept}",
                remedy="free some space, or name another folder in METAC_CACHE; the training goes on from what is kept",
            ) from error
        self._saved, self._saved_steps = time.monotonic(), self.done


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
