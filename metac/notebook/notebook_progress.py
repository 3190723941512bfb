"""Progress of a run in a notebook: one line that changes, below it what should be known."""

from __future__ import annotations

import html
import sys
import time
from collections.abc import Callable
from typing import Any

from metac.runtime.report.plain_progress import StepTimer, goal_texts, remeshing_text, step_texts
from metac.runtime.runs.progress import Record

EVERY = 0.5
"""Seconds between two changes of the line."""
MOST_NOTES = 20
"""Lines below it, the last ones."""


def in_notebook() -> bool:
    """Whether this process is the kernel of a notebook."""
    python = sys.modules.get("IPython")
    shell = python.get_ipython() if python is not None else None
    return shell is not None and hasattr(shell, "kernel")


class NotebookProgress:
    """Shows a run in the output of a cell; `show` displays HTML and returns something with `update`."""

    def __init__(self, show: Callable[[str], Any] | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._show, self._clock = show or _display, clock
        self._handle: Any = None
        self._shown = -float("inf")
        self._timer = StepTimer()
        self._line, self._step, self._notes = "", "", list[str]()

    def begin(self, study: str, steps: int) -> None:
        """The study's name."""
        self._timer = StepTimer(steps)
        self._write(f"{study}: at most {steps} steps")

    def phase(self, text: str) -> None:
        """What takes a while."""
        self._write(text)

    def step(self, record: Record) -> None:
        """Where the run is, where that is due."""
        self._timer.add(record)
        if "remeshed" in record:
            self._notes.append(remeshing_text(record))
        self._step = "  ".join([*step_texts(record, self._timer), *goal_texts(record)])
        if "end" in record or self._clock() - self._shown >= EVERY:
            self._write(self._step)

    def note(self, text: str) -> None:
        """Something that stays."""
        self._notes.append(text)
        self._write(self._line)

    def end(self) -> None:
        """The last step stays."""
        self._write(self._step or self._line)

    def _write(self, line: str) -> None:
        self._line, self._shown = line, self._clock()
        lines = "\n".join(html.escape(each) for each in [line, *self._notes[-MOST_NOTES:]])
        content = f'<pre style="margin:0">{lines}</pre>'
        if self._handle is None:
            self._handle = self._show(content)
        else:
            self._handle.update(content)


class _Handle:
    def __init__(self, handle: Any) -> None:
        self._handle = handle

    def update(self, content: str) -> None:
        from IPython.display import HTML

        self._handle.update(HTML(content))


def _display(content: str) -> _Handle:
    from IPython.display import HTML, display

    return _Handle(display(HTML(content), display_id=True))
