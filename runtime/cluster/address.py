"""Which cluster work goes to: asked for by address, for everything within a block."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from metac.runtime.cluster.failures import ClusterFailure

SCHEDULER = re.compile(r"dask://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})")
BATCH_SYSTEMS = ("slurm", "pbs")
REMEDY = "write --cluster dask://HOST:PORT with the address of a Dask scheduler, --cluster slurm or --cluster pbs"


@dataclass(frozen=True)
class ClusterAddress:
    """A Dask scheduler, or a batch system that workers are asked of."""

    text: str
    """As it was written."""
    jobs: int = 1
    """Batch jobs to ask for; of no meaning for a scheduler, whose workers are there."""

    def __post_init__(self) -> None:
        if self.text not in BATCH_SYSTEMS and self.scheduler is None:
            raise ClusterFailure(f"`{self.text}` is no cluster", remedy=REMEDY)

    @property
    def scheduler(self) -> str | None:
        """`tcp://host:port`; None for a batch system."""
        match = SCHEDULER.fullmatch(self.text)
        return f"tcp://{match[1]}:{match[2]}" if match is not None and int(match[2]) < 1 << 16 else None


_ASKED: ContextVar[ClusterAddress | None] = ContextVar("cluster", default=None)


def asked_cluster() -> ClusterAddress | None:
    """The one of the innermost block; None where the work stays on this machine."""
    return _ASKED.get()


@contextmanager
def on_cluster(address: ClusterAddress | None) -> Iterator[None]:
    """Let the work of the block go to a cluster; with None nothing changes."""
    token = _ASKED.set(address or _ASKED.get())
    try:
        yield
    finally:
        _ASKED.reset(token)
