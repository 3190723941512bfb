"""A pool of worker processes that make the cells of a data set.

They are programs of their own rather than copies of this one: a copy would take over locks of XLA's threads, and a fresh
start by `multiprocessing` would run the user's script once more.
"""

from __future__ import annotations

import os
import queue
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from threading import Thread
from typing import Any, Self

from metac.runtime.artefacts.watch import present_watch
from metac.runtime.cluster.call_encoding import BadEncoding, decode, encode_call
from metac.runtime.datasets.failures import SamplingFailed
from metac.runtime.datasets.frames import read_frame, write_frame
from metac.runtime.runs.failures import Interrupted

MODULE = "metac.runtime.datasets.worker"
PATIENCE = 0.2
"""Seconds between two looks whether the user wants to stop."""
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1")

REMEDY = "run it once more: it resumes from the cached chunks; where a process was killed for memory, close other programs"


class WorkerPool:
    """`count` worker processes, ended at the end of the block."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        environment = os.environ | ONE_THREAD
        try:
            for _ in range(self._count):
                self._processes.append(
                    subprocess.Popen(
                        [sys.executable, "-m", MODULE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
                    )
                )
        except OSError as error:
            self.__exit__()
            raise SamplingFailed(f"no worker process can be started: {error.strerror or error}", remedy=REMEDY) from error
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.kill()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()
            process.wait()

    def run(self, function: Callable[..., Any], calls: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, Any]]:
        """`(number of the call, value)` of a function of a module, in the order in which they finish.

        Raises:
            Interrupted: if the user wants to stop.
            SamplingFailed: if a process ended or a call raised.
        """
        waiting: queue.SimpleQueue[tuple[int, tuple[Any, ...]]] = queue.SimpleQueue()
        done: queue.SimpleQueue[tuple[int, bool, Any]] = queue.SimpleQueue()
        for call in enumerate(calls):
            waiting.put(call)
        for process in self._processes:
            Thread(target=_drive, args=(process, function, waiting, done), daemon=True).start()
        for _ in calls:
            number, fine, value = self._next(done)
            if not fine:
                raise SamplingFailed(f"a worker process failed: {value}", remedy=REMEDY)
            yield number, value

    @staticmethod
    def _next(done: queue.SimpleQueue[tuple[int, bool, Any]]) -> tuple[int, bool, Any]:
        while True:
            if present_watch().wanted():
                raise Interrupted
            with suppress(queue.Empty):
                return done.get(timeout=PATIENCE)


def _drive(
    process: subprocess.Popen[bytes],
    function: Callable[..., Any],
    waiting: queue.SimpleQueue[tuple[int, tuple[Any, ...]]],
    done: queue.SimpleQueue[tuple[int, bool, Any]],
) -> None:
    """Hand calls to one worker, one after the other, until none waits."""
    assert process.stdin is not None
    assert process.stdout is not None
    while True:
        try:
            number, arguments = waiting.get_nowait()
        except queue.Empty:
            return
        try:
            write_frame(process.stdin, encode_call(function, arguments))
            fine, value = decode(read_frame(process.stdout))
        except (OSError, EOFError, BadEncoding) as error:
            fine, value = False, f"it ended ({error or type(error).__name__})"
        done.put((number, fine, value))
        if not fine:
            return
