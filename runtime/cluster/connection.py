"""A connection to a cluster's scheduler, started where a batch system gives the workers."""

from __future__ import annotations

import logging
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from metac.runtime.cluster.address import ClusterAddress
from metac.runtime.cluster.failures import ClusterFailure

if TYPE_CHECKING:
    from distributed import Client

ANSWER_WITHIN = 20
"""Seconds that a scheduler has to answer."""
INSTALL = 'pip install "metac-design[cluster]", here and where the workers run'
WORKERS = "start workers on the machines that are to do the work: `dask worker tcp://HOST:PORT`"
SUBMIT = {"slurm": "sbatch", "pbs": "qsub"}
"""The commands that submit jobs."""
CONFIGURE = "say in ~/.config/dask/jobqueue.yaml what a job asks for: cores, memory, queue, walltime (docs/clusters.md)"


@contextmanager
def connected(address: ClusterAddress) -> Iterator[Client]:
    """A client, closed at the end of the block, with the batch jobs that were asked for.

    Raises:
        ClusterFailure: if packages are missing, the scheduler does not answer, or the batch system refuses the jobs.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise ClusterFailure("a cluster needs Dask, which is not installed", remedy=INSTALL) from error
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what fails is reported by the calls
    with _jobs(address) as jobs:
        try:
            client = Client(address.scheduler or jobs, timeout=ANSWER_WITHIN)
        except (OSError, TimeoutError, ValueError) as error:
            raise ClusterFailure(
                f"no scheduler answers at {address.text}: {str(error).splitlines()[0] if str(error) else 'no answer'}",
                remedy=f"start one, `dask scheduler`, or look at address and firewall; {WORKERS}",
            ) from error
        try:
            if address.scheduler is not None and not client.scheduler_info(n_workers=-1)["workers"]:
                raise ClusterFailure(f"the scheduler at {address.text} has no workers", remedy=WORKERS)
            yield client
        finally:
            with suppress(OSError, TimeoutError):
                client.close(timeout=ANSWER_WITHIN)


@contextmanager
def _jobs(address: ClusterAddress) -> Iterator[Any]:
    """The batch jobs, ended at the end of the block; None for a scheduler of its own."""
    if address.scheduler is not None:
        yield None
        return
    batch_systems = _batch_systems(address)
    if shutil.which(SUBMIT[address.text]) is None:
        raise ClusterFailure(
            f"--cluster {address.text} needs `{SUBMIT[address.text]}`, which is not here",
            remedy="type the command where jobs are submitted",
        )
    try:
        jobs = batch_systems[address.text]()
    except (OSError, ValueError, TypeError) as error:
        raise ClusterFailure(f"{address.text} gives no workers: {error}", remedy=CONFIGURE) from error
    try:
        jobs.scale(jobs=address.jobs)
        yield jobs
    finally:
        jobs.close(timeout=ANSWER_WITHIN)


def _batch_systems(address: ClusterAddress) -> dict[str, Any]:
    """Clusters of jobs, by name."""
    before = signal.getsignal(signal.SIGINT)
    try:
        from dask_jobqueue.pbs import PBSCluster
        from dask_jobqueue.slurm import SLURMCluster
    except ImportError as error:
        raise ClusterFailure(
            f"--cluster {address.text} needs dask-jobqueue, which is not installed", remedy=INSTALL
        ) from error
    finally:
        # Importing it makes Ctrl-C end the process at once: runs would not be kept.
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, before)
    return {"slurm": SLURMCluster, "pbs": PBSCluster}
