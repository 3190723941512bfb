"""The recorder: history, checkpoints when due, and stopping on request."""

import numpy as np
import pytest

from metac.runtime.runs.checkpoints import latest
from metac.runtime.runs.failures import Interrupted
from metac.runtime.runs.folder import RunFolder
from metac.runtime.runs.history import read
from metac.runtime.runs.recorder import Recorder


@pytest.fixture
def folder(tmp_path):
    made = RunFolder.create(tmp_path / "run")
    yield made.path
    made.close()


def steps(recorder, count, first=0):
    for step in range(first, first + count):
        recorder.step(
            {"step": step, "loss": 1.0, "best": 1.0}, lambda step=step: {"arrays": {"a": np.array(step)}, "numbers": {}}
        )


def test_checkpoints_are_written_when_due(folder):
    recorder = Recorder(folder, every_steps=4)
    steps(recorder, 10)
    assert latest(folder)[0].records == 8
    recorder.save()
    assert latest(folder)[0].records == 10 and latest(folder)[0].arrays["a"] == 9
    recorder.close()


def test_time_makes_a_checkpoint_due(folder):
    recorder = Recorder(folder, every_steps=1000, every_seconds=0.0)
    steps(recorder, 3)
    assert latest(folder)[0].records == 3
    recorder.close()


def test_the_end_of_a_descent_is_saved(folder):
    recorder = Recorder(folder)
    steps(recorder, 2)
    recorder.step({"step": 2, "loss": 0.5, "end": "step limit"}, lambda: {"arrays": {}, "numbers": {}})
    assert latest(folder)[0].records == 3
    recorder.close()


def test_a_wish_to_stop_saves_first(folder):
    recorder = Recorder(folder, stop_requested=lambda: True)
    with pytest.raises(Interrupted):
        steps(recorder, 1)
    assert latest(folder)[0].records == 1
    recorder.close()


def test_going_on_cuts_history_and_later_checkpoints(folder):
    recorder = Recorder(folder, every_steps=2)
    steps(recorder, 5)
    recorder.close()
    (folder / "checkpoints" / "00000004.npz").write_bytes(b"damaged")
    checkpoint, _ = latest(folder)
    assert checkpoint.records == 2
    again = Recorder(folder, resumed=checkpoint, every_steps=2)
    assert len(again.records) == 2
    steps(again, 1, first=2)
    again.close()
    assert [record["step"] for record in read(folder / "history.jsonl")] == [0, 1, 2]
    assert [path.name for path in (folder / "checkpoints").iterdir()] == ["00000002.npz"]


def test_without_a_folder_everything_stays_in_memory():
    recorder = Recorder()
    steps(recorder, 3)
    assert len(recorder.records) == 3 and recorder.save() is False
    recorder.close()


def test_what_a_study_does_not_say_is_added(monkeypatch):
    """The lowest loss so far, whether or not there is one yet, and the time of each step alone."""
    now = [10.0]
    monkeypatch.setattr("metac.runtime.runs.recorder.time.monotonic", lambda: now[0])
    recorder = Recorder()
    for step, loss in enumerate([None, None, 2.0, 3.0, None, 1.0]):
        now[0] += 1.0 + step
        recorder.step({"step": step, "loss": loss}, lambda: {"arrays": {}, "numbers": {}})
    assert [record["best"] for record in recorder.records] == [None, None, 2.0, 2.0, 2.0, 1.0]
    assert [record["seconds"] for record in recorder.records] == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert all(record["stage"] == 0 and record["restart"] == 0 for record in recorder.records)


def test_what_a_study_says_is_kept():
    recorder = Recorder()
    said = {"step": 0, "loss": None, "best": None, "stage": 1, "restart": 2, "seconds": 0.5}
    for _ in range(2):
        recorder.step(said, lambda: {"arrays": {}, "numbers": {}})
    assert recorder.records == [said, said]
