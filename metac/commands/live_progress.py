"""Progress that is shown on the terminal as before, and known as one line of text besides."""

from __future__ import annotations

from metac.runtime.report.plain_progress import StepTimer, goal_texts, step_texts
from metac.runtime.runs.progress import Progress, Record


class LiveProgress:
    """Passes on all that it is told, and knows where the run is."""

    def __init__(self, shown: Progress) -> None:
        self._shown = shown
        self._study, self._timer = "", StepTimer()
        self.text = ""
        """Where the run is: what is being done, or the last step."""

    def begin(self, study: str, steps: int) -> None:
        """A study starts."""
        self._study, self._timer = study, StepTimer(steps)
        self._shown.begin(study, steps)

    def phase(self, text: str) -> None:
        """What is being done now."""
        self.text = text
        self._shown.phase(text)

    def step(self, record: Record) -> None:
        """A step is finished."""
        self._timer.add(record)
        self.text = "  ".join([self._study, *step_texts(record, self._timer), *goal_texts(record)])
        self._shown.step(record)

    def note(self, text: str) -> None:
        """Something that the user should know."""
        self._shown.note(text)

    def end(self) -> None:
        """Nothing more follows."""
        self._shown.end()
