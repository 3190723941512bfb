"""Members of a family as processes of their own, several side by side: one that fails takes no other with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from metac.commands.interrupt import handled_by
from metac.runtime.cores import cores

LOG = "log.txt"
"""In a member's folder: all that its process said."""
LOOK_EVERY = 0.05
"""Seconds between two looks at the processes."""
THREADS = ("NPROC", "PJRT_NPROC", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Variables that say how many threads XLA and BLAS may use; what the user has set stays."""


def command(folder: Path) -> list[str]:
    """What runs the design of a run folder, from the start or its last checkpoint."""
    return [sys.executable, "-P", "-m", "metac", "resume", str(folder)]


def environment(jobs: int) -> dict[str, str]:
    """A process's environment: each of `jobs` gets its share of the cores, so that they do not crowd each other out."""
    if jobs == 1:
        return dict(os.environ)
    share = str(max(1, cores() // jobs))
    return dict.fromkeys(THREADS, share) | dict(os.environ)


def relaying(process: subprocess.Popen[str], folder: Path, show: Callable[[str], None]) -> threading.Thread:
    """A thread that shows what a process says of its progress, and logs it; a full disk does not stop the showing."""

    def relay() -> None:
        assert process.stderr is not None
        for line in process.stderr:
            show(line.rstrip())
            with suppress(OSError), (folder / LOG).open("a", encoding="utf-8") as log:
                log.write(line)

    reader = threading.Thread(target=relay, daemon=True)
    reader.start()
    return reader


@dataclass
class ProcessPool:
    """Runs folders in processes, at most `jobs` at a time, in order.

    The first Ctrl-C (or SIGTERM) asks each process to save and stop, and no further ones start; the second is passed on as
    well, and makes them stop at once.
    """

    jobs: int
    show: Callable[[str], None]
    """Shows a line of progress."""
    enough: Callable[[Path], bool] = lambda folder: False
    """Whether a folder's result makes the others superfluous; asked when its process has ended."""
    make_command: Callable[[Path], Sequence[str]] = command
    signal: int | None = None
    """By which the user asked to stop."""
    _running: dict[Path, subprocess.Popen[str]] = field(default_factory=dict)
    _readers: dict[Path, threading.Thread] = field(default_factory=dict)

    def run(self, labels: Mapping[Path, str]) -> dict[Path, int]:
        """Exit codes by folder, of those that were started; negative for a process that a signal ended."""
        waiting, codes = list(labels), {}
        width = max((len(label) for label in labels.values()), default=0)
        try:
            with handled_by(self._pass_on):
                while self._running or (waiting and self.signal is None):
                    while waiting and self.signal is None and len(self._running) < self.jobs:
                        folder = waiting.pop(0)
                        self._start(folder, labels[folder].ljust(width))
                    time.sleep(LOOK_EVERY)
                    for folder, code in self._ended():
                        codes[folder] = code
                        if self.enough(folder):
                            waiting.clear()
                            self._send(signal.SIGINT)
        finally:
            self._send(signal.SIGTERM)
            for process in self._running.values():
                process.wait()
        return codes

    def _start(self, folder: Path, label: str) -> None:
        with (folder / LOG).open("a", encoding="utf-8") as log:
            # A session of its own: Ctrl-C in the terminal reaches this process alone, which passes it on.
            process = subprocess.Popen(
                self.make_command(folder),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
                env=environment(self.jobs),
                start_new_session=True,
            )
        self._running[folder] = process
        self._readers[folder] = relaying(process, folder, lambda line: self.show(f"{label} │ {line}"))

    def _ended(self) -> Iterator[tuple[Path, int]]:
        for folder, process in list(self._running.items()):
            code = process.poll()
            if code is not None:
                self._readers.pop(folder).join()
                del self._running[folder]
                yield folder, code

    def _send(self, number: int) -> None:
        for process in self._running.values():
            with suppress(ProcessLookupError):
                process.send_signal(number)

    def _pass_on(self, number: int, frame: FrameType | None) -> None:
        """A signal, to the processes."""
        if self.signal is None:
            self.show("stopping after these steps; Ctrl-C again stops at once")
        self.signal = number
        self._send(number)
