"""Checkpoints survive damage and hold no code."""

import numpy as np
import pytest

from metac.runtime.runs import checkpoints
from metac.runtime.runs.atomic import plain, replacing, write_bytes
from metac.runtime.runs.checkpoints import NUMBER_SAVED, Checkpoint, latest, save


@pytest.fixture
def folder(tmp_path):
    (tmp_path / checkpoints.FOLDER).mkdir()
    return tmp_path


def checkpoint(records):
    arrays = {"theta/0": np.linspace(0, 1, 7) * records, "state/0": np.array(records, dtype=np.int32)}
    return Checkpoint(records, arrays, {"step": records, "loss": 0.1 + 0.2, "failed": [{"message": "é"}]})


def test_a_checkpoint_comes_back_bit_for_bit(folder):
    save(folder, checkpoint(5))
    found, damaged = latest(folder)
    assert damaged == [] and found.records == 5 and found.numbers == checkpoint(5).numbers
    for name, array in checkpoint(5).arrays.items():
        np.testing.assert_array_equal(found.arrays[name], array)
        assert found.arrays[name].dtype == array.dtype


def test_only_the_last_few_are_kept(folder):
    for records in range(1, 9):
        save(folder, checkpoint(records))
    kept = sorted(path.name for path in (folder / checkpoints.FOLDER).iterdir())
    assert kept == [f"{records:08d}.npz" for records in range(9 - NUMBER_SAVED, 9)]


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "text"])
def test_a_damaged_checkpoint_falls_back_to_the_one_before(folder, damage):
    save(folder, checkpoint(1))
    last = save(folder, checkpoint(2))
    content = bytearray(last.read_bytes())
    if damage == "flip":
        content[len(content) // 2] ^= 0xFF
    last.write_bytes({"cut": bytes(content[:-40]), "flip": bytes(content), "empty": b"", "text": b"hello"}[damage])
    found, damaged = latest(folder)
    assert found.records == 1
    assert len(damaged) == 1 and "00000002.npz is damaged" in damaged[0]


def test_swapped_arrays_are_noticed(folder):
    path = save(folder, checkpoint(2))
    with np.load(path) as file:
        content = dict(file)
    content["array:theta/0"] = content["array:theta/0"] + 1
    np.savez(path, **content)
    assert latest(folder)[0] is None


def test_pickles_are_not_read(folder):
    np.savez(folder / checkpoints.FOLDER / "00000009.npz", numbers=np.array([{"a": 1}], dtype=object))
    found, damaged = latest(folder)
    assert found is None and len(damaged) == 1


def test_nothing_there(folder):
    assert latest(folder) == (None, [])


def test_a_file_is_whole_or_untouched(tmp_path):
    path = tmp_path / "a.txt"
    write_bytes(path, b"old")
    with pytest.raises(RuntimeError), replacing(path) as temporary:
        temporary.write_bytes(b"half")
        raise RuntimeError
    assert path.read_bytes() == b"old" and [entry.name for entry in tmp_path.iterdir()] == ["a.txt"]


def test_values_for_json():
    value = {"a": np.float64(1.5), "b": np.arange(2), "c": float("inf"), "d": (True, None), "e": np.array(float("nan"))}
    assert plain(value) == {"a": 1.5, "b": [0, 1], "c": "inf", "d": [True, None], "e": "nan"}
