"""Who makes the chunks of a data set: processes of this machine, or the workers of a cluster where one is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from metac.runtime.artefacts.watch import present_watch
from metac.runtime.cluster.address import asked_cluster
from metac.runtime.datasets.failures import SamplingFailed
from metac.runtime.datasets.worker_pool import WorkerPool
from metac.runtime.runs.failures import Interrupted

if TYPE_CHECKING:
    from metac.runtime.cluster.connection import Client

REMEDY = "run it once more: it resumes from the cached chunks"


class Workers(Protocol):
    """They call functions of modules, several at a time."""

    def run(self, function: Callable[..., Any], calls: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, Any]]:
        """`(number of the call, value)`, in the order in which they finish; both as `call_encoding` has them.

        Raises:
            Interrupted: if the user wants to stop.
            SamplingFailed: if a worker ended or a call raised.
        """
        ...


def open_workers(processes: int) -> AbstractContextManager[Workers]:
    """Those of the cluster that was asked for, else so many processes; ended at the end of the block."""
    return WorkerPool(processes) if asked_cluster() is None else _of_cluster()


@contextmanager
def _of_cluster() -> Iterator[Workers]:
    from metac.runtime.cluster.connection import connected

    address = asked_cluster()
    assert address is not None
    with connected(address) as client:
        yield ClusterWorkers(client)


class ClusterWorkers:
    """The workers of a Dask cluster."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def run(self, function: Callable[..., Any], calls: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, Any]]:
        """See `Workers`."""
        from metac.runtime.cluster.dask_calls import RETRIES, FailedCall, run_calls

        for number, value in run_calls(self._client, function, calls, _heed):
            if isinstance(value, FailedCall):
                raise SamplingFailed(f"a call failed on the cluster, {RETRIES + 1} times: {value.message}", remedy=REMEDY)
            yield number, value


def _heed() -> None:
    if present_watch().wanted():
        raise Interrupted
