"""Records a run's history and checkpoints while a study runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from metac.runtime.runs import checkpoints
from metac.runtime.runs.checkpoints import Checkpoint
from metac.runtime.runs.failures import Interrupted
from metac.runtime.runs.folder import HISTORY
from metac.runtime.runs.history import STUDY, History, read
from metac.runtime.runs.progress import NoProgress, Progress

EVERY_STEPS = 25
EVERY_SECONDS = 20.0
"""A checkpoint is due after so many steps or so many seconds, whichever comes first."""


class Recorder:
    """What a study reports of its steps goes to the history, the progress display and, when due, to a checkpoint.

    Without a folder the history stays in memory.

    Args:
        folder: the run's folder, or None.
        progress: shows each step.
        resumed: the checkpoint that the run resumes from; later history is cut off.
        stop_requested: asked after every step whether the user wants to stop.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        progress: Progress | None = None,
        resumed: Checkpoint | None = None,
        stop_requested: Callable[[], bool] = lambda: False,
        every_steps: int = EVERY_STEPS,
        every_seconds: float = EVERY_SECONDS,
    ) -> None:
        self._folder, self._progress, self._stop_requested = folder, progress or NoProgress(), stop_requested
        self._every_steps, self._every_seconds = every_steps, every_seconds
        records = resumed.records if resumed else 0
        self._history = History(folder / HISTORY, records) if folder else None
        self.records: list[dict[str, Any]] = read(folder / HISTORY) if folder else []
        if folder:
            checkpoints.drop_after(folder, records)
        self._saved, self._saved_at = records, time.monotonic()
        self._told = time.monotonic()
        self._unsaved: Callable[[], Mapping[str, Any]] | None = None

    def step(self, record: Mapping[str, Any], state: Callable[[], Mapping[str, Any]]) -> None:
        """Record a finished step; `state` gives `arrays` and `numbers` for a checkpoint.

        A record needs `step` and `loss`, which is None where there is none yet. Where a study does not say otherwise, `best`
        is the lowest loss so far, `stage` and `restart` are 0, and `seconds` is the time since the step before.

        Raises:
            Interrupted: after saving, where the user wants to stop.
            OSError: if the disk is full.
        """
        record = self._completed(record)
        self.records.append(dict(record))
        if self._history is not None:
            self._history.append(record)
        self._unsaved = state
        self._progress.step(record)
        due = len(self.records) - self._saved >= self._every_steps
        if due or time.monotonic() - self._saved_at >= self._every_seconds or "end" in record:
            self.save()
        if self._stop_requested():
            self.save()
            raise Interrupted

    def _completed(self, record: Mapping[str, Any]) -> dict[str, Any]:
        # Of several studies each counts for itself.
        before = [each for each in self.records[-1:] if each.get(STUDY) == record.get(STUDY)]
        losses = [record["loss"], *(each["best"] for each in before)]
        best = min((loss for loss in losses if loss is not None), default=None)
        now = time.monotonic()
        seconds, self._told = now - self._told, now
        return {"stage": 0, "restart": 0, "best": best, "seconds": seconds, **record}

    def phase(self, text: str) -> None:
        """Show what is being done now, where it may take a while."""
        self._progress.phase(text)

    def checkpoint(self) -> Checkpoint | None:
        """Of the last finished step, where it is not saved yet; None where it is, and before the first step."""
        if self._unsaved is None:
            return None
        state = self._unsaved()
        return Checkpoint(len(self.records), state["arrays"], state["numbers"])

    def save(self) -> bool:
        """Write a checkpoint of the last finished step; false where there is none or no folder."""
        if self._folder is None or self._history is None:
            return False
        checkpoint = self.checkpoint()
        if checkpoint is not None:
            self._history.sync()
            checkpoints.save(self._folder, checkpoint)
            self._saved, self._saved_at, self._unsaved = len(self.records), time.monotonic(), None
        return self._saved > 0

    def close(self) -> None:
        """Close the history."""
        if self._history is not None:
            self._history.close()
