"""What a Python program may give as `progress`."""

from __future__ import annotations

import sys

from metac.runtime.report.plain_progress import PlainLines
from metac.runtime.runs.progress import NoProgress, Progress


def display_of(progress: Progress | bool | None) -> Progress:
    """The display that is asked for: plain lines on stderr for True, nothing for False and None.

    Raises:
        TypeError: if the object lacks methods of a progress display.
    """
    if progress is None or progress is False:
        return NoProgress()
    if progress is True:
        return PlainLines(sys.stderr)
    if isinstance(progress, Progress):
        return progress
    methods = [name for name in ("begin", "phase", "step", "note", "end") if not callable(getattr(progress, name, None))]
    raise TypeError(
        f"progress: a {type(progress).__name__} cannot show the progress of a run, it has no {', '.join(methods)}; "
        "give True for lines on stderr, or see metac.runtime.runs.progress.Progress"
    )
