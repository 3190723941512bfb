"""What a Python program may give as `progress`."""

from __future__ import annotations

import sys

from metac.notebook.notebook_progress import NotebookProgress, in_notebook
from metac.runtime.report.plain_progress import PlainLines
from metac.runtime.runs.progress import NoProgress, Progress


def display_of(progress: Progress | bool | None) -> Progress:
    """The display that is asked for: for True plain lines on stderr, in a notebook a line below the cell; else nothing.

    Raises:
        TypeError: if the object lacks methods of a progress display.
    """
    if progress is None or progress is False:
        return NoProgress()
    if progress is True:
        return NotebookProgress() if in_notebook() else PlainLines(sys.stderr)
    if isinstance(progress, Progress):
        return progress
    methods = [name for name in ("begin", "phase", "step", "note", "end") if not callable(getattr(progress, name, None))]
    raise TypeError(
        f"progress: a {type(progress).__name__} cannot show the progress of a run, it has no {', '.join(methods)}; "
        "give True for lines on stderr, or see metac.runtime.runs.progress.Progress"
    )
