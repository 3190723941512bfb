"""Families grow alike whatever happens: with one process or three, interrupted, killed, on a full disk."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from metac.runtime.artefacts.watch import Watch, watched
from metac.runtime.datasets import chunks
from metac.runtime.datasets.cells import growth
from metac.runtime.datasets.cells.family import CellFamily, Cells
from metac.runtime.datasets.cells.growth import grow
from metac.runtime.datasets.failures import SamplingFailed
from metac.runtime.datasets.worker_pool import WorkerPool
from metac.runtime.runs.failures import Interrupted

FAMILY = CellFamily(8, 8, least=0.3)
COUNT, SEEDS = 300, 12


class Here:
    """Does the work of helpers in this process, which is sooner for little work."""

    def __init__(self, count: int) -> None: ...
    def __enter__(self) -> Here:
        return self

    def __exit__(self, *_: object) -> None: ...
    def run(self, function: Callable[..., Any], calls: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, Any]]:
        for number in reversed(range(len(calls))):
            yield number, function(*calls[number])


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "WorkerPool", Here)


def make(folder: Path, processes: int = 2, count: int = COUNT, family: CellFamily = FAMILY) -> Cells:
    return grow(family, count, SEEDS, folder, "cells", processes)


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> Cells:
    return make(tmp_path_factory.mktemp("straight"))


def same(first: Cells, second: Cells) -> None:
    np.testing.assert_array_equal(first.quarters, second.quarters)
    np.testing.assert_array_equal(first.stiffness, second.stiffness)


def test_as_many_cells_as_asked_for_all_different(straight: Cells) -> None:
    assert straight.quarters.shape == (COUNT, 8, 8)
    assert straight.stiffness.shape == (COUNT, 4)
    assert len({quarter.tobytes() for quarter in straight.quarters}) == COUNT
    share = straight.quarters.mean(axis=(1, 2))
    assert share.min() >= FAMILY.least
    assert share.max() <= FAMILY.most


@pytest.mark.usefixtures("alone")
def test_the_number_of_processes_and_their_order_change_nothing(straight: Cells, tmp_path: Path) -> None:
    same(make(tmp_path, 1), straight)


@pytest.mark.usefixtures("alone")
def test_a_larger_family_begins_with_a_smaller_one(straight: Cells, tmp_path: Path) -> None:
    same(make(tmp_path, count=150), straight.chosen(slice(150)))


@pytest.mark.usefixtures("alone")
def test_another_seed_makes_other_cells(straight: Cells, tmp_path: Path) -> None:
    other = make(tmp_path, count=20, family=CellFamily(8, 8, least=0.3, seed=1))
    assert not np.array_equal(other.quarters, straight.quarters[:20])


def test_perturbation_widens_the_space_of_properties(straight: Cells) -> None:
    seeds, rest = straight.stiffness[:SEEDS], straight.stiffness[SEEDS:]
    assert (rest.min(axis=0) < seeds.min(axis=0)).any()
    assert (rest.max(axis=0) > seeds.max(axis=0)).any()


def test_a_user_who_stops_is_heard_and_nothing_done_is_lost(
    straight: Cells, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / growth.CHUNKS
    with watched(Watch(wanted=lambda: any(folder.glob("seeds-*.npz")))), pytest.raises(Interrupted):
        make(tmp_path)
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert before
    monkeypatch.setattr(growth, "WorkerPool", Here)
    same(make(tmp_path), straight)
    after = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert before.items() <= after.items(), "what was there is not made again"


def test_a_killed_process_loses_no_more_than_what_it_worked_on(
    straight: Cells, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "import sys; from pathlib import Path; from metac.runtime.datasets.cells.family import CellFamily\n"
        "from metac.runtime.datasets.cells.growth import grow\n"
        f"grow(CellFamily(8, 8, least=0.3), {COUNT}, {SEEDS}, Path(sys.argv[1]), 'cells', 1)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)])
    folder = tmp_path / growth.CHUNKS
    while process.poll() is None and not any(folder.glob("seeds-*.npz")):
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    monkeypatch.setattr(growth, "WorkerPool", Here)
    same(make(tmp_path), straight)


def test_helpers_end_with_the_process_that_they_help() -> None:
    code = (
        "import os, sys, time; from metac.runtime.datasets.worker_pool import WorkerPool\n"
        "workers = WorkerPool(1).__enter__()\n"
        "print(next(iter(workers.run(os.getpid, [()])))[1], flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert process.stdout is not None
    helper = int(process.stdout.readline())
    process.kill()
    process.wait()
    process.stdout.close()
    deadline = time.monotonic() + 20
    while _runs(helper) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _runs(helper)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]


@pytest.mark.usefixtures("alone")
def test_a_damaged_part_is_made_again(straight: Cells, tmp_path: Path) -> None:
    make(tmp_path)
    path = next((tmp_path / growth.CHUNKS).glob("round-*.npz"))
    path.write_bytes(path.read_bytes()[:100])
    same(make(tmp_path), straight)


@pytest.mark.usefixtures("alone")
def test_a_full_disk_reports_what_is_cached(tmp_path: Path, straight: Cells, monkeypatch: pytest.MonkeyPatch) -> None:
    written = []

    def full(path: Path, arrays: dict) -> None:
        if "round" in path.name:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written.append(path)
        save(path, arrays)

    save = chunks.save_arrays
    monkeypatch.setattr(chunks, "save_arrays", full)
    with pytest.raises(SamplingFailed, match="No space left on device; those before it are") as caught:
        make(tmp_path)
    assert "METAC_CACHE" in caught.value.remedy
    monkeypatch.setattr(chunks, "save_arrays", save)
    assert written
    same(make(tmp_path), straight)


@pytest.mark.usefixtures("alone")
def test_bounds_that_no_cell_meets_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "PATIENCE", 16)
    with pytest.raises(SamplingFailed, match=r"stays at 0 of 300 cells: 16 topology optimisations led to 0 cells") as caught:
        make(tmp_path, family=CellFamily(8, 8, least=0.3000001, most=0.3000002))
    assert "wider bounds" in caught.value.remedy


@pytest.mark.usefixtures("alone")
def test_rounds_that_find_nothing_new_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "POOREST", 0.99)
    monkeypatch.setattr(growth, "PATIENCE", 10**6)
    with pytest.raises(SamplingFailed, match="round 1 perturbed 512 cells and found"):
        make(tmp_path)


def test_what_fails_in_a_helper_is_told() -> None:
    with WorkerPool(1) as workers, pytest.raises(SamplingFailed, match="ZeroDivisionError"):
        list(workers.run(divmod, [(1, 0)]))


def test_a_helper_that_is_killed_is_told() -> None:
    with WorkerPool(1) as workers, pytest.raises(SamplingFailed, match="a worker process failed: it ended"):
        list(workers.run(os._exit, [(1,)]))
