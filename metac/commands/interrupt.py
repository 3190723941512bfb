"""Ctrl-C and SIGTERM during a run: finish the step, save, stop; a second Ctrl-C saves the step before and stops at once."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def handled_by(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Within the block, SIGINT and SIGTERM go to `handler`; nothing changes outside the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number in SIGNALS}
    try:
        yield
    finally:
        for number, one in before.items():
            signal.signal(number, one)


@dataclass
class StopRequest:
    """Whether, and by which signal, somebody asked the run to stop."""

    show: Callable[[str], None] = lambda text: None
    """Shows a message."""
    at_once: Callable[[], None] = lambda: None
    """Ends the process; called from a thread when the user does not want to wait for the step to end."""
    signal: int | None = None
    steps_done: bool = False
    """Set when a first step is finished; before, there is nothing to save and a request stops as soon as possible."""
    _count: int = field(default=0, repr=False)

    def requested(self) -> bool:
        """Asked after every step."""
        self.steps_done = True
        return self.signal is not None

    def handle(self, number: int, frame: FrameType | None) -> None:
        """The signal handler; Python runs it in the main thread, which may be busy in a compiled program for long."""
        self.signal = number
        if not self.steps_done:
            raise KeyboardInterrupt

    def notice(self, number: int) -> None:
        """The same signal, noticed right away in a thread."""
        self.signal = number
        self._count += 1
        if self._count == 1:
            self.show("stopping after this step; Ctrl-C again stops at once")
        else:
            self.at_once()


@contextmanager
def listening(request: StopRequest) -> Iterator[StopRequest]:
    """Take SIGINT and SIGTERM as requests to stop, within the block; does nothing outside the main thread.

    While a step is computed, the main thread sits in compiled code and runs no signal handlers. So the interpreter also
    writes the signal's number to a socket at once, and a thread reads it from there.
    """
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    before = {number: signal.signal(number, request.handle) for number in SIGNALS}
    wakeup = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    thread = threading.Thread(target=_listen, args=(ours, request), daemon=True, name="metac-signals")
    thread.start()
    try:
        yield request
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, handler in before.items():
            signal.signal(number, handler)
        theirs.close()
        thread.join(timeout=1)
        ours.close()


def _listen(channel: socket.socket, request: StopRequest) -> None:
    while received := channel.recv(16):
        for number in received:
            if number in SIGNALS:
                request.notice(number)


def leave(code: int) -> None:
    """End the process without waiting for compiled code to return."""
    os._exit(code)
