"""Data bases grow alike whatever happens: with one process or three, interrupted, killed, on a full disk."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial import ConvexHull

from metac.runtime.artefacts.watch import Watch, watched
from metac.runtime.datasets import chunks
from metac.runtime.datasets.cells import growth
from metac.runtime.datasets.cells.cell_bounds import ratios_to_bounds, within_bounds
from metac.runtime.datasets.cells.design_space import CellDesignSpace, Cells
from metac.runtime.datasets.cells.growth import grow
from metac.runtime.datasets.cells.growth_history import designs_optimised
from metac.runtime.datasets.cells.property_gaps import targets_in_gaps
from metac.runtime.datasets.cells.property_index import PropertyIndex
from metac.runtime.datasets.cells.topology_seeds import draw_targets
from metac.runtime.datasets.failures import SamplingFailed
from metac.runtime.datasets.worker_pool import WorkerPool
from metac.runtime.runs.failures import Interrupted

SPACE = CellDesignSpace(8, 8, least=0.3)
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
    monkeypatch.setattr(growth, "open_workers", Here)


def make(folder: Path, processes: int = 2, count: int = COUNT, space: CellDesignSpace = SPACE) -> Cells:
    return grow(space, count, SEEDS, folder, "cells", processes).cells


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
    assert share.min() >= SPACE.least
    assert share.max() <= SPACE.most


@pytest.mark.usefixtures("alone")
def test_the_number_of_processes_and_their_order_change_nothing(straight: Cells, tmp_path: Path) -> None:
    same(make(tmp_path, 1), straight)


@pytest.mark.usefixtures("alone")
def test_a_larger_data_base_begins_with_a_smaller_one(straight: Cells, tmp_path: Path) -> None:
    same(make(tmp_path, count=150), straight.chosen(slice(150)))


@pytest.mark.usefixtures("alone")
def test_another_seed_makes_other_cells(straight: Cells, tmp_path: Path) -> None:
    other = make(tmp_path, count=20, space=CellDesignSpace(8, 8, least=0.3, seed=1))
    assert not np.array_equal(other.quarters, straight.quarters[:20])


@pytest.mark.usefixtures("alone")
def test_each_round_is_recorded(straight: Cells, tmp_path: Path) -> None:
    cells, rounds = grow(SPACE, COUNT, SEEDS, tmp_path, "cells", 1)
    same(cells, straight)
    names = [each.name for each in rounds]
    assert names[:2] == ["solid", "seeds"]
    assert "gaps" in names
    assert names[-1].startswith("round-")
    assert sum(each.new for each in rounds) == rounds[-1].cells == COUNT
    assert all(each.new <= each.tried for each in rounds)
    seeds = max(each.cells for each in rounds if not each.name.startswith("round-"))
    assert seeds == SEEDS
    points = straight.stiffness / SPACE.scale
    np.testing.assert_allclose(rounds[-1].hull, ConvexHull(points).volume, rtol=1e-9)
    np.testing.assert_allclose(rounds[-1].least, points.min(axis=0))
    np.testing.assert_allclose(rounds[-1].largest, points.max(axis=0))
    hulls = [each.hull for each in rounds]
    assert all(before <= after * (1 + 1e-12) for before, after in pairwise(hulls))


@pytest.mark.usefixtures("alone")
def test_late_seeds_follow_some_rounds_and_change_nothing_before(
    straight: Cells, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growth, "LATE_ROUND", 1)
    cells, rounds = grow(SPACE, COUNT, SEEDS, tmp_path, "cells", 1, late_seeds=4)
    assert [each.new for each in rounds if each.name == "late-gaps"] == [4]
    (after,) = (each.cells for each in rounds if each.name == "round-0001")
    same(cells.chosen(slice(after)), straight.chosen(slice(after)))
    assert len(cells.quarters) == COUNT
    assert designs_optimised(rounds) == SEEDS + 4


def test_no_cell_exceeds_a_bound_and_the_solid_reaches_them(straight: Cells) -> None:
    ratios = ratios_to_bounds(SPACE, straight.stiffness, straight.quarters.mean(axis=(1, 2)))
    assert ratios.max() <= 1 + 1e-9
    assert straight.quarters[0].all()
    np.testing.assert_allclose(ratios[0], 1, rtol=1e-12)
    np.testing.assert_allclose(straight.stiffness[0], SPACE.solid[[0, 0, 1, 2], [0, 1, 1, 2]], rtol=1e-10)
    assert ratios[1:].max() > 0.5, "bounds that are far off would say nothing"


def test_a_cell_that_its_mesh_puts_above_a_bound_is_left_out() -> None:
    quarter = np.ones((1, 8, 8), bool)
    quarter[0, 0, 0] = False
    coarse = SPACE.homogenised(quarter)
    share = quarter.mean(axis=(1, 2))
    assert ratios_to_bounds(SPACE, coarse.stiffness, share).max() > 1 + 1e-4
    assert not len(within_bounds(SPACE, coarse).quarters)
    fine = CellDesignSpace(64, 64).homogenised(quarter.repeat(8, axis=1).repeat(8, axis=2))
    assert ratios_to_bounds(SPACE, fine.stiffness, share).max() < 1, "the mesh is to blame, not the cell"


def test_what_exceeds_a_bound_is_seen() -> None:
    stiffness = np.array([[0.5, 0.2, 0.5, 0.2]]) * SPACE.scale
    assert (ratios_to_bounds(SPACE, stiffness, np.array([0.95])) < 1).all()
    assert (ratios_to_bounds(SPACE, stiffness, np.array([0.3])) > 1).all()
    along_one = np.array([[0.5, 0.0, 0.01, 0.01]]) * SPACE.scale
    bulk, shear, energy = ratios_to_bounds(SPACE, along_one, np.array([0.5]))[0]
    assert bulk < 1 and shear < 1 and energy > 1, "Voigt's bound holds for each direction"


def test_targets_in_gaps_lie_where_no_cell_is_and_within_bounds(straight: Cells) -> None:
    random = np.random.default_rng(3)
    found = targets_in_gaps(SPACE, straight.stiffness, 64, random)
    assert found.stiffness.shape == (64, 4)
    assert (ratios_to_bounds(SPACE, found.stiffness * SPACE.scale, found.volume) <= 1).all()
    index = PropertyIndex(straight.stiffness, SPACE.scale)
    there = [index.nearest(each * SPACE.scale).distances[0] for each in found.stiffness]
    even = [index.nearest(each * SPACE.scale).distances[0] for each in draw_targets(SPACE, 64, random).stiffness]
    assert np.mean(there) > 1.2 * np.mean(even)


def test_the_nearest_cells_are_found(straight: Cells) -> None:
    index = PropertyIndex(straight.stiffness, SPACE.scale)
    wanted = np.array([0.3, 0.1, 0.4, 0.1])
    apart = np.linalg.norm((straight.stiffness - wanted) / SPACE.scale, axis=1)
    found = index.nearest(wanted, 5)
    np.testing.assert_array_equal(found.indices, np.argsort(apart)[:5])
    np.testing.assert_allclose(found.distances, np.sort(apart)[:5])
    assert len(index.nearest(wanted, COUNT + 7).indices) == COUNT


def test_perturbation_widens_the_space_of_properties(straight: Cells) -> None:
    seeds, rest = straight.stiffness[1:SEEDS], straight.stiffness[SEEDS:]  # the first is the solid
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
    monkeypatch.setattr(growth, "open_workers", Here)
    same(make(tmp_path), straight)
    after = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert before.items() <= after.items(), "what was there is not made again"


def test_a_killed_process_loses_no_more_than_what_it_worked_on(
    straight: Cells, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "import sys; from pathlib import Path; from metac.runtime.datasets.cells.design_space import CellDesignSpace\n"
        "from metac.runtime.datasets.cells.growth import grow\n"
        f"grow(CellDesignSpace(8, 8, least=0.3), {COUNT}, {SEEDS}, Path(sys.argv[1]), 'cells', 1)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)])
    folder = tmp_path / growth.CHUNKS
    while process.poll() is None and not any(folder.glob("seeds-*.npz")):
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    monkeypatch.setattr(growth, "open_workers", Here)
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
        make(tmp_path, space=CellDesignSpace(8, 8, least=0.3000001, most=0.3000002))
    assert "a wider `volume`" in caught.value.remedy


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
