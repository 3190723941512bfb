"""A scheduler and workers of Dask as processes of this machine, for tests."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from metac.runtime.cluster.address import ClusterAddress


@dataclass
class DaskProcesses:
    """`workers` have one thread each and no nanny: one that is killed stays dead."""

    port: int
    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> ClusterAddress:
        """Of the scheduler."""
        return ClusterAddress(f"dask://127.0.0.1:{self.port}")

    @property
    def workers(self) -> list[subprocess.Popen[bytes]]:
        """In the order in which they were started."""
        return self.processes[1:]

    def start(self, *words: str) -> None:
        """A command of Dask's."""
        log = (self.folder / f"dask-{len(self.processes)}.log").open("wb")
        environment = os.environ | {"OMP_NUM_THREADS": "1", "DASK_DISTRIBUTED__ADMIN__LOG_FORMAT": "%(message)s"}
        with log:
            self.processes.append(
                subprocess.Popen([sys.executable, "-m", "dask", *words], stdout=log, stderr=log, env=environment)
            )

    def add_worker(self) -> None:
        """One more."""
        self.start(
            *("worker", f"tcp://127.0.0.1:{self.port}", "--no-nanny", "--nthreads", "1", "--no-dashboard"),
            *("--local-directory", str(self.folder), "--host", "127.0.0.1"),
        )

    def await_workers(self) -> None:
        """Until all have come to the scheduler."""
        from distributed import Client

        assert self.address.scheduler is not None
        with Client(self.address.scheduler, timeout=60) as client:
            client.wait_for_workers(len(self.workers), timeout=60)


@contextmanager
def dask_processes(folder: Path, workers: int) -> Iterator[DaskProcesses]:
    """Started, and ended at the end of the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    here = DaskProcesses(port, folder)
    try:
        here.start("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
        for _ in range(workers):
            here.add_worker()
        yield here
    finally:
        for process in here.processes:
            process.kill()
            process.wait()


def wait_for(condition, seconds: float = 60.0) -> None:
    """Until it holds; fails where it does not in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
