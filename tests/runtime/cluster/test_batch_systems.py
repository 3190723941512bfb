"""Workers as jobs of a batch system: here one whose commands start processes of this machine."""

from __future__ import annotations

import os
import signal
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("dask", reason='a cluster needs Dask: pip install "metac-design[cluster]"')
import dask

from metac.runtime.cluster.address import ClusterAddress, on_cluster
from metac.runtime.cluster.connection import connected
from metac.runtime.cluster.failures import ClusterFailure
from metac.runtime.datasets.cells.design_space import CellDesignSpace
from metac.runtime.datasets.cells.growth import grow
from tests.runtime.cluster.dask_processes import wait_for

# Not imported here: that would take SIGINT from all tests.
pytestmark = pytest.mark.skipif(
    find_spec("dask_jobqueue") is None, reason='batch systems need dask-jobqueue: pip install "metac-design[cluster]"'
)

COMMANDS = {
    # Dask removes the script as soon as it is submitted.
    "sbatch": 'cd "$(dirname "$0")"; cp "$1" job-$$.sh; setsid bash job-$$.sh > job-$$.log 2>&1 & '
    'echo $! >> "$(dirname "$0")/jobs"; echo "Submitted batch job $!"',
    "scancel": 'kill -- "-$1"; echo "$1" >> "$(dirname "$0")/cancelled"',
    "squeue": "exit 0",
}


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of its commands."""
    for name, body in COMMANDS.items():
        (tmp_path / name).write_text(f"#!/bin/bash\n{body}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return tmp_path


@pytest.mark.parametrize("name", ["slurm", "pbs"])
def test_a_machine_without_the_batch_system_is_told(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ClusterFailure, match="which is not here"), connected(ClusterAddress(name)):
        pass


def test_ctrl_c_stays_a_wish_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package takes SIGINT when it is imported, and would end the process."""
    for name in [name for name in sys.modules if name.startswith("dask_jobqueue")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setenv("PATH", "")
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(ClusterFailure), connected(ClusterAddress("slurm")):
        pass
    assert "dask_jobqueue.runner" in sys.modules and signal.getsignal(signal.SIGINT) is before


@pytest.mark.usefixtures("slurm")
def test_jobs_that_are_not_described_are_told() -> None:
    with pytest.raises(ClusterFailure, match="slurm gives no workers") as caught, connected(ClusterAddress("slurm")):
        pass
    assert "jobqueue.yaml" in caught.value.remedy


@pytest.mark.slow
def test_jobs_make_the_same_cells_and_are_ended(slurm: Path, tmp_path: Path) -> None:
    space = CellDesignSpace(8, 8, least=0.3)
    jobs = {"cores": 1, "memory": "1GB", "interface": "lo", "python": sys.executable, "local-directory": str(tmp_path)}
    folders = [tmp_path / name for name in ("there", "here")]
    for folder in folders:
        folder.mkdir()
    described = {f"jobqueue.slurm.{name}": value for name, value in jobs.items()}
    with dask.config.set(described), on_cluster(ClusterAddress("slurm", 2)):
        there = grow(space, 150, 8, folders[0], "cells", 1)
    here = grow(space, 150, 8, folders[1], "cells", 1)
    np.testing.assert_array_equal(there.cells.quarters, here.cells.quarters)
    started = (slurm / "jobs").read_text().split()
    assert len(started) == 2
    wait_for(lambda: sorted((slurm / "cancelled").read_text().split()) == sorted(started))
