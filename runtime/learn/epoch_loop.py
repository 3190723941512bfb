"""The epoch loop of a training: steps, checkpoints to resume from, progress, and the user's wish to stop."""

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

CHECKPOINT_INTERVAL = 120.0
"""Seconds."""
PROGRESS_INTERVAL = 5.0
"""Seconds between two lines of progress."""

State = TypeVar("State", bound=NamedTuple)
"""What steps change: a named tuple of trees of arrays."""


@dataclass(frozen=True)
class EpochPlan:
    """What is trained, and for how long."""

    folder: Path
    """Takes checkpoints."""
    title: str
    """For messages."""
    recipe: Mapping[str, Any]
    """Plain values; a checkpoint of another recipe is not taken."""
    steps_per_epoch: int
    """Steps an epoch."""
    epochs: int

    @property
    def total(self) -> int:
        """Steps in all, at most."""
        return self.steps_per_epoch * self.epochs


class EpochResult(NamedTuple):
    """The last state, the loss of every step, and seconds spent, those before an interruption among them."""

    state: Any
    losses: NDArray[np.float32]
    seconds: float


def run_epochs(
    plan: EpochPlan,
    state: State,
    advance: Callable[[State, int], tuple[State, ArrayLike]],
    *,
    ended: Callable[[State], bool] = lambda state: False,
    describe: Callable[[State], str] = lambda state: "",
) -> EpochResult:
    """Train from `state`, or from the last checkpoint in the course's folder.

    Args:
        plan: what is trained.
        state: to start from; `advance` may reuse its memory.
        advance: `(state, steps so far)` -> the state after one or more further steps, and the loss of each.
        ended: whether nothing more is to be gained; asked after every call of `advance`.
        describe: what else to show of a state.

    Raises:
        Interrupted: if the user wants to stop; what was reached is saved.
        TrainingFailed: if a loss is no number, or a checkpoint cannot be written.
    """
    loop = _EpochLoop(plan)
    state = loop.restored(state)
    watch = present_watch()
    while loop.done < plan.total and not ended(state):
        if watch.wanted():
            loop.save(state)
            watch.note(f"{plan.title}: saved after {loop.place}; it resumes there when it is needed again")
            raise Interrupted
        state, losses = advance(state, loop.done)
        loop.record_losses(losses)
        loop.show_progress(lambda state=state: describe(state))
        if loop.checkpoint_due:
            loop.save(state)
    loop.save(state)
    return EpochResult(state, np.asarray(loop.losses, np.float32), loop.seconds)


class _EpochLoop:
    """Counts steps, shows progress and saves checkpoints."""

    def __init__(self, plan: EpochPlan) -> None:
        self.plan, self.title, self.total = plan, plan.title, plan.total
        self.losses = array("f")
        self._before, self._started = 0.0, time.monotonic()
        self._saved = self._shown = self._compiled = self._started
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
        return time.monotonic() - self._saved >= CHECKPOINT_INTERVAL

    def restored(self, state: Any) -> Any:
        """The state to start from: that of the last checkpoint, where there is one of this training."""
        found, damaged = latest(self.plan.folder)
        for message in damaged:
            present_watch().note(f"{self.title}: {message}")
        if found is None or found.numbers.get("recipe") != self.plan.recipe:
            present_watch().phase(f"training {self.title}: compiling")
            return state
        try:
            restored = type(state)(*(restore(name, found.arrays, part) for name, part in state._asdict().items()))
        except DoesNotFit:
            return state
        self.losses = array("f", found.arrays["losses"].tolist())
        self._before = float(found.numbers["seconds"])
        self._saved_steps = self._first = self._counted = self.done
        present_watch().note(f"{self.title}: resuming after {self.place}")
        return restored

    def record_losses(self, losses: ArrayLike) -> None:
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

    def show_progress(self, describe: Callable[[], str]) -> None:
        """Show progress, now and then."""
        now = time.monotonic()
        if now - self._shown < PROGRESS_INTERVAL and self.done < self.total:
            return
        if self.done <= self._counted and self.done < self.total:
            return  # nothing is known yet of how long a step takes
        self._shown = now
        steps = min(self.done, self.plan.steps_per_epoch)
        mean = sum(self.losses[-steps:]) / steps
        epoch = self.done // self.plan.steps_per_epoch
        left = (now - self._compiled) / max(1, self.done - self._counted) * (self.total - self.done)
        present_watch().phase(
            f"training {self.title}: epoch {epoch} of {self.plan.epochs}, step {self.place}, "
            f"loss {mean:.4g}, {describe()}{_duration(left)} left"
        )

    def save(self, state: Any) -> None:
        """Write a checkpoint."""
        arrays = {"losses": np.asarray(self.losses, np.float32)}
        for name, part in state._asdict().items():
            arrays |= flatten(name, part)
        numbers: Mapping[str, Any] = {"recipe": self.plan.recipe, "seconds": self.seconds}
        try:
            save(self.plan.folder, Checkpoint(self.done, arrays, numbers))
        except OSError as error:
            last = self._saved_steps
            saved = f"the checkpoint after {last:,} steps is there" if last else "nothing is saved"
            raise TrainingFailed(
                f"{self.title} cannot be saved after {self.place}: {error.strerror or error}; {saved}",
                remedy="free some space, or name another folder in METAC_CACHE; it resumes from the last checkpoint",
            ) from error
        self._saved, self._saved_steps = time.monotonic(), self.done


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
