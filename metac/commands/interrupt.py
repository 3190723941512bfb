"""Ctrl-C and SIGTERM during a run: finish the step, save, stop; a second Ctrl-C stops at once."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class StopRequest:
    """Whether, and by which signal, somebody asked the run to stop."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self.signal: int | None = None
        self.steps_done = False
        """Set when a first step is finished; before, there is nothing to save and a request stops at once."""

    def wanted(self) -> bool:
        """Asked after every step."""
        self.steps_done = True
        return self.signal is not None

    def receive(self, number: int, frame: FrameType | None) -> None:
        """The signal handler."""
        again = self.signal is not None
        self.signal = number
        if again or not self.steps_done:
            raise KeyboardInterrupt
        self._tell("stopping after this step; Ctrl-C again stops at once")


@contextmanager
def listening(tell: Callable[[str], None]) -> Iterator[StopRequest]:
    """Take SIGINT and SIGTERM as requests to stop, within the block and in the main thread only."""
    request = StopRequest(tell)
    before = {}
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.signal(number, request.receive)
    except ValueError:
        before = {}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
