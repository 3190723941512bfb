"""Calls on Dask workers: the same values as here, whatever fails or dies."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

distributed = pytest.importorskip("distributed", reason='calls on a cluster need Dask: pip install "metac-design[cluster]"')

from metac.runtime.artefacts.watch import Watch, watched  # noqa: E402
from metac.runtime.cluster import dask_calls  # noqa: E402
from metac.runtime.cluster.address import ClusterAddress, on_cluster  # noqa: E402
from metac.runtime.cluster.connection import connected  # noqa: E402
from metac.runtime.cluster.dask_calls import RETRIES, FailedCall, run_calls  # noqa: E402
from metac.runtime.cluster.failures import ClusterFailure  # noqa: E402
from metac.runtime.datasets.cells.design_space import CellDesignSpace  # noqa: E402
from metac.runtime.datasets.cells.growth import GrownCells, grow  # noqa: E402
from metac.runtime.datasets.failures import SamplingFailed  # noqa: E402
from metac.runtime.datasets.workers import ClusterWorkers, open_workers  # noqa: E402
from metac.runtime.runs.failures import Interrupted  # noqa: E402
from tests.runtime.cluster.dask_processes import dask_processes  # noqa: E402

SPACE = CellDesignSpace(8, 8, least=0.3)


def made(folder: Path, count: int = 150, seeds: int = 8) -> GrownCells:
    """Cells, with the chunks in a new folder."""
    folder.mkdir(exist_ok=True)
    return grow(SPACE, count, seeds, folder, "cells", 1)


def same(one: GrownCells, other: GrownCells) -> None:
    np.testing.assert_array_equal(one.cells.quarters, other.cells.quarters)
    np.testing.assert_array_equal(one.cells.stiffness, other.cells.stiffness)
    assert one.rounds == other.rounds


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """Of a scheduler and a worker in this process: what travels is the same."""
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None, protocol="tcp", host="127.0.0.1"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def flaky(path: str, fails: int) -> int:
    """Fails so many times."""
    with Path(path).open("a") as file:
        file.write("x")
    tries = Path(path).stat().st_size
    if tries <= fails:
        raise OSError("not yet")
    return tries


def test_values_come_back_by_number_and_equal_calls_are_made_once(client: Any, tmp_path: Path) -> None:
    path = str(tmp_path / "calls")
    found = {each.number: each.value for each in run_calls(client, flaky, [(path, 0), (path, 0)])}
    assert found == {0: 1, 1: 1}


def test_a_call_that_fails_is_tried_again_so_often(client: Any, tmp_path: Path) -> None:
    often = [(str(tmp_path / name), fails) for name, fails in (("few", RETRIES), ("many", RETRIES + 1))]
    found = {each.number: each.value for each in run_calls(client, flaky, often)}
    assert found[0] == RETRIES + 1
    assert isinstance(found[1], FailedCall) and "not yet" in found[1].message
    assert (tmp_path / "many").stat().st_size == RETRIES + 1
    with pytest.raises(SamplingFailed, match=f"a call failed on the cluster, {RETRIES + 1} times"):
        list(ClusterWorkers(client).run(flaky, [(str(tmp_path / "never"), 100)]))


def test_cells_are_those_of_one_machine(client: Any, tmp_path: Path) -> None:
    address = ClusterAddress("dask://" + client.scheduler.address.removeprefix("tcp://"))
    with on_cluster(address):
        there = made(tmp_path / "there")
    same(there, made(tmp_path / "here"))


def test_a_user_who_stops_is_heard(client: Any) -> None:
    with watched(Watch(wanted=lambda: True)), pytest.raises(Interrupted):
        list(ClusterWorkers(client).run(time.sleep, [(0.3,)]))


def test_a_scheduler_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("metac.runtime.cluster.connection.ANSWER_WITHIN", 1)
    with (
        on_cluster(ClusterAddress("dask://127.0.0.1:1")),
        pytest.raises(ClusterFailure, match=r"no scheduler answers at dask://127\.0\.0\.1:1"),
        open_workers(1),
    ):
        pass


def test_a_scheduler_without_workers_is_told() -> None:
    with (
        distributed.LocalCluster(n_workers=0, processes=False, dashboard_address=None, protocol="tcp") as cluster,
        pytest.raises(ClusterFailure, match="has no workers"),
        connected(ClusterAddress("dask://" + cluster.scheduler_address.removeprefix("tcp://"))),
    ):
        pass


@pytest.mark.slow
def test_a_worker_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "there" / "chunks"
    with dask_processes(tmp_path, 2) as dask, on_cluster(dask.address):
        dask.await_workers()

        def kill_one() -> bool:
            if any(folder.glob("seeds-*.npz")):
                dask.workers[0].send_signal(signal.SIGKILL)
            return False

        with watched(Watch(wanted=kill_one)):
            there = made(tmp_path / "there", 600, 64)
        assert dask.workers[0].wait() == -signal.SIGKILL and dask.workers[1].poll() is None
    same(there, made(tmp_path / "here", 600, 64))


@pytest.mark.slow
def test_a_scheduler_that_is_gone_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_calls, "LOST_AFTER", 2.0)
    with dask_processes(tmp_path, 1) as dask:
        dask.await_workers()
        with (
            connected(dask.address) as client,
            pytest.raises(ClusterFailure, match="the connection to the scheduler is lost"),
        ):
            for _ in run_calls(client, time.sleep, [(0.01,), (30.0,)]):
                dask.processes[0].kill()
