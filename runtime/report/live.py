"""Progress on a terminal: a bar, the loss, the goals, the time left."""

from __future__ import annotations

from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from metac.runtime.report.plain_progress import StepTimer, goal_texts, remeshing_text, step_texts
from metac.runtime.runs.progress import Record


class LiveDisplay:
    """A display that redraws itself in place; notes scroll by above it."""

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, refresh_per_second=8, transient=True)
        self._started = False
        self._study, self._timer = "", StepTimer()
        self._spinner = Spinner("dots", "")

    def begin(self, study: str, steps: int) -> None:
        """Start a new bar."""
        self._study, self._timer = study, StepTimer(steps)

    def phase(self, text: str) -> None:
        """A spinner with what is being done."""
        self._spinner.update(text=Text(text))
        self._show(self._spinner)
        # What follows may hold the interpreter for a while.
        self._live.refresh()

    def step(self, record: Record) -> None:
        """Bar, loss, speed; goals below."""
        self._timer.add(record)
        if "remeshed" in record:
            self.note(remeshing_text(record))
        share = ProgressBar(total=max(1, self._timer.steps), completed=min(record["step"], self._timer.steps), width=28)
        line = Table.grid(padding=(0, 1))
        line.add_row(Text(self._study, style="bold"), share, Text("  ".join(step_texts(record, self._timer))))
        goals = [Text(f"  {text}", style="cyan") for text in goal_texts(record)]
        self._show(Group(line, *goals))

    def note(self, text: str) -> None:
        """A line above the display."""
        self._live.console.print(Text(text), style="yellow", highlight=False)

    def end(self) -> None:
        """Clear the display."""
        if self._started:
            self._live.stop()
            self._started = False

    def _show(self, content: Any) -> None:
        if not self._started:
            self._live.start()
            self._started = True
        self._live.update(content)
