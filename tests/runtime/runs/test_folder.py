"""Run folders: made once, used by one process at a time."""

import pytest

from metac.runtime.runs.failures import FolderFailure
from metac.runtime.runs.folder import RunFolder, unused
from metac.runtime.runs.history import History, read


def test_a_new_folder_and_its_notes(tmp_path):
    folder = RunFolder.create(tmp_path / "deep" / "run")
    folder.update(status="running", seed=3)
    folder.update(status="finished")
    assert folder.about() == {"status": "finished", "seed": 3}
    folder.close()


def test_an_empty_folder_is_taken_and_a_full_one_is_not(tmp_path):
    RunFolder.create(tmp_path).close()
    with pytest.raises(FolderFailure, match="not empty") as caught:
        RunFolder.create(tmp_path)
    assert "resume" not in caught.value.remedy
    folder = RunFolder(tmp_path)
    folder.update(status="running")
    with pytest.raises(FolderFailure) as caught:
        RunFolder.create(tmp_path)
    assert f"metac resume {tmp_path}" in caught.value.remedy


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "a").write_text("")
    for make in (RunFolder.create, RunFolder.open):
        with pytest.raises(FolderFailure):
            make(tmp_path / "a")
    with pytest.raises(FolderFailure):
        RunFolder.create(tmp_path / "a" / "b")


def test_two_processes_cannot_use_it_at_once(tmp_path):
    folder = RunFolder.create(tmp_path / "run")
    folder.update(status="running")
    with pytest.raises(FolderFailure, match="another process"):
        RunFolder.open(tmp_path / "run")
    folder.close()
    RunFolder.open(tmp_path / "run").close()


def test_a_damaged_note_is_told(tmp_path):
    folder = RunFolder.create(tmp_path / "run")
    (folder.path / "run.json").write_text("[1")
    with pytest.raises(FolderFailure, match="cannot be read"):
        folder.about()
    folder.close()


def test_the_next_free_name(tmp_path):
    assert unused(tmp_path / "runs", "sheet").name == "sheet-1"
    (tmp_path / "sheet-1").mkdir()
    (tmp_path / "sheet-3").mkdir()
    assert unused(tmp_path, "sheet").name == "sheet-2"


def test_a_history_is_cut_to_its_checkpoint(tmp_path):
    path = tmp_path / "history.jsonl"
    history = History(path)
    for step in range(5):
        history.append({"step": step, "loss": float("nan")})
    history.close()
    with path.open("a") as file:
        file.write('{"step": 5, "lo')
    again = History(path, 3)
    again.append({"step": 33})
    again.close()
    assert [record["step"] for record in read(path)] == [0, 1, 2, 33]
    with pytest.raises(FolderFailure, match="4 lines, but the checkpoint stands after 9"):
        History(path, 9)
