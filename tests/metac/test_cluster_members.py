"""A sweep on Dask workers of which one is killed: the folders and tables are those of processes on one machine."""

from __future__ import annotations

import json
import signal
import threading
from pathlib import Path

import numpy as np
import pytest

from metac.commands.main import main
from metac.commands.remote_member import folder_files, write_files

pytest.importorskip("distributed", reason='sweeps on a cluster need Dask: pip install "metac-design[cluster]"')

from tests.runtime.cluster.dask_processes import dask_processes, wait_for

SPEC = """\
param number: Int = 100
dataset cells = orthotropic { count = number, seeds = 10, cell = [16, 16] }
"""


def test_folders_travel_as_files(tmp_path: Path) -> None:
    (tmp_path / "a" / "checkpoints").mkdir(parents=True)
    (tmp_path / "a" / "run.json").write_text("{}")
    (tmp_path / "a" / ".lock").write_text("")
    (tmp_path / "a" / "checkpoints" / "1.npz").write_bytes(b"\x00\x01")
    files = folder_files(tmp_path / "a")
    assert files == {"run.json": b"{}", "checkpoints/1.npz": b"\x00\x01"}
    write_files(tmp_path / "b", files)
    assert folder_files(tmp_path / "b") == files
    with pytest.raises(ValueError, match="no file of the folder"):
        write_files(tmp_path / "b", {"../c": b""})


def test_a_wrong_address_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.meta").write_text("let a = 1\n")
    assert main(["run", str(tmp_path / "a.meta"), "--cluster", "tcp://host:1"]) == 4
    assert "M0661" in capsys.readouterr().err


@pytest.mark.slow
def test_a_sweep_loses_nothing_where_a_worker_is_killed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("METAC_CACHE", str(tmp_path / "cache-there"))
    (tmp_path / "cells.meta").write_text(SPEC)
    sweep = ["sweep", str(tmp_path / "cells.meta"), "--over", "number=100,110,120"]
    with dask_processes(tmp_path, 2) as dask:
        dask.await_workers()

        def kill_one() -> None:
            """Once both are at work."""
            wait_for(lambda: len(list(tmp_path.glob("metac-member-*"))) >= 2, 120)
            dask.workers[0].send_signal(signal.SIGKILL)

        killer = threading.Thread(target=kill_one)
        killer.start()
        code = main([*sweep, "--out", str(tmp_path / "there"), "--cluster", dask.address.text])
        killer.join()
        assert dask.workers[0].wait() == -signal.SIGKILL
    monkeypatch.setenv("METAC_CACHE", str(tmp_path / "cache-here"))
    shown = capsys.readouterr()
    assert "number=120 │" in shown.err
    assert main([*sweep, "--out", str(tmp_path / "here")]) == code
    there, here = (json.loads((tmp_path / name / "results.json").read_text())["members"] for name in ("there", "here"))
    assert [(each["label"], each["folder"], each["verdict"]) for each in there] == [
        (each["label"], each["folder"], each["verdict"]) for each in here
    ]
    for one, other in zip(there, here, strict=True):
        made = [np.load(tmp_path / name / one["folder"] / "cells.npz")["cells"] for name in ("there", "here")]
        np.testing.assert_array_equal(*made)
        names = {path.name for path in (tmp_path / "here" / other["folder"]).iterdir()}
        assert {path.name for path in (tmp_path / "there" / one["folder"]).iterdir()} == names
