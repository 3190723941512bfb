"""A limit on the time that one piece of symbolic work may take: formulas of a few lines can keep SymPy busy for hours."""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

SECONDS = 5.0
"""Processor time of the thread, so that a busy machine refuses nothing; time of the clock where that is not known."""
_BETWEEN_LOOKS = 0.05


class OutOfTime(BaseException):
    """The work took too long. Not an Exception, as what is interrupted must not take it for a failure of its own."""


@contextmanager
def limited(seconds: float | None = None) -> Iterator[None]:
    """Raise OutOfTime inside the block once it has taken `seconds` (by default SECONDS).

    What is interrupted is Python code: a single operation on numbers of a million digits is not.
    """
    watch = _Watch(threading.get_ident(), SECONDS if seconds is None else seconds)
    thread = threading.Thread(target=watch.look, name="metac symbolic budget", daemon=True)
    thread.start()
    try:
        yield
    finally:
        watch.end()


class _Watch:
    """Looks at the clock of a thread, and interrupts it."""

    def __init__(self, thread: int, seconds: float) -> None:
        self._thread, self._seconds = thread, seconds
        self._now = _clock_of(thread)
        self._start = self._now()
        self._lock, self._ended, self._raised = threading.Lock(), threading.Event(), False

    def look(self) -> None:
        """Wait for the end of the block or of the time.

        What is raised while a destructor or the garbage collector calls Python is lost there: it is raised until the block
        has ended.
        """
        while not self._ended.wait(_BETWEEN_LOOKS):
            with self._lock:
                if not self._ended.is_set() and self._now() - self._start > self._seconds:
                    self._raised = True
                    _raise_in(self._thread, OutOfTime)

    def end(self) -> None:
        """Nothing is raised from here on; one that is still on its way arrives here, and is let go.

        Calling it back (an exception of None) would leave CPython's mark of one that is pending set for ever: each call of
        the process would look for it, and one that is traced (a debugger, a profiler, coverage) would never return.
        """
        with self._lock:
            self._ended.set()
        if self._raised:
            with suppress(OutOfTime):
                _raise_in(self._thread, OutOfTime)


def _clock_of(thread: int) -> Callable[[], float]:
    if hasattr(time, "pthread_getcpuclockid"):
        clock = time.pthread_getcpuclockid(thread)
        return lambda: time.clock_gettime(clock)
    return time.monotonic


def _raise_in(thread: int, kind: type[BaseException]) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(kind))
