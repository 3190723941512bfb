"""The cache: entries are made once, whole or not at all, by one process at a time, and again where they are damaged."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from metac.runtime.artefacts import places
from metac.runtime.artefacts.keys import code_of, key_of, source_hash
from metac.runtime.artefacts.store import CacheUnusable, Store
from metac.runtime.artefacts.watch import Watch, watched
from metac.runtime.runs.failures import Interrupted

KEY = "ab" * 32


def writer(content: str, made: list[str]):
    def make(folder: Path) -> None:
        made.append(content)
        (folder / "result.txt").write_text(content, encoding="utf-8")

    return make


def test_an_entry_is_made_once(tmp_path: Path) -> None:
    made: list[str] = []
    first = Store(tmp_path).entry("model", KEY, "a model", writer("one", made))
    second = Store(tmp_path).entry("model", KEY, "a model", writer("two", made))
    assert first == second
    assert made == ["one"]
    assert (first / "result.txt").read_text(encoding="utf-8") == "one"


@pytest.mark.parametrize("damage", ["changed", "cut short", "removed", "manifest"])
def test_a_damaged_entry_is_made_again(tmp_path: Path, damage: str) -> None:
    made: list[str] = []
    store, notes = Store(tmp_path), []
    path = store.entry("model", KEY, "a model", writer("some text", made))
    file = path / ("manifest.json" if damage == "manifest" else "result.txt")
    if damage == "changed":
        file.write_text("some tent", encoding="utf-8")
    elif damage == "removed":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:5])
    with watched(Watch(note=notes.append)):
        store.entry("model", KEY, "a model", writer("some text", made))
    assert len(made) == 2
    assert (path / "result.txt").read_text(encoding="utf-8") == "some text"
    assert notes == ["a model in the cache is damaged, and made again"]


def test_interrupted_work_is_kept_and_not_taken_for_a_result(tmp_path: Path) -> None:
    store = Store(tmp_path)

    def interrupted(folder: Path) -> None:
        (folder / "half.txt").write_text("half", encoding="utf-8")
        raise KeyboardInterrupt

    def go_on(folder: Path) -> None:
        half = (folder / "half.txt").read_text(encoding="utf-8")
        (folder / "half.txt").unlink()
        (folder / "result.txt").write_text(half + " and half", encoding="utf-8")

    with pytest.raises(KeyboardInterrupt):
        store.entry("model", KEY, "a model", interrupted)
    assert [entry.finished for entry in store.entries()] == [False]
    path = store.entry("model", KEY, "a model", go_on)
    assert (path / "result.txt").read_text(encoding="utf-8") == "half and half"
    assert [entry.finished for entry in store.entries()] == [True]


def test_entries_tell_what_they_are_and_can_be_removed(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.entry("model", KEY, "a model", writer("text", []))
    (entry,) = store.entries()
    assert (entry.kind, entry.key, entry.title) == ("model", KEY, "a model")
    assert entry.bytes > 4
    assert store.remove(entry)
    assert store.entries() == []
    assert list(tmp_path.iterdir()) == []


SLOW = """
import sys, time
from pathlib import Path
from metac.runtime.artefacts.store import Store

folder, log, key = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]

def make(work):
    with log.open("a") as file:
        file.write("x")
    time.sleep(0.5)
    (work / "result.txt").write_text("done")

Store(folder).entry("model", key, "a model", make)
"""


def test_processes_wait_for_each_other(tmp_path: Path) -> None:
    store, log = tmp_path / "store", tmp_path / "log"
    store.mkdir()
    command = [sys.executable, "-c", SLOW, str(store), str(log), KEY]
    processes = [subprocess.Popen(command) for _ in range(2)]
    assert [process.wait() for process in processes] == [0, 0]
    assert log.read_text(encoding="utf-8") == "x", "only one of them made it"
    assert [entry.finished for entry in Store(store).entries()] == [True]


def test_waiting_ends_when_the_user_wants_to_stop(tmp_path: Path) -> None:
    store, phases = Store(tmp_path), []

    def within(_: Path) -> None:
        # flock holds between two handles of one process as well.
        with watched(Watch(phase=phases.append, wanted=lambda: True)), pytest.raises(Interrupted):
            Store(tmp_path).entry("model", KEY, "a model", writer("text", []))
        raise RuntimeError("the end")

    with pytest.raises(RuntimeError, match="the end"):
        store.entry("model", KEY, "a model", within)
    assert phases == ["waiting for another process that makes a model"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.write_text("", encoding="utf-8")
    monkeypatch.setenv("METAC_CACHE", str(file))
    assert places.private_folder("artefacts") is None
    with pytest.raises(CacheUnusable, match="cannot be made"):
        Store()


def test_a_full_disk_is_told_and_leaves_no_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("metac.runtime.artefacts.store.write_json", full)
    with pytest.raises(CacheUnusable, match="No space left on device"):
        Store(tmp_path).entry("model", KEY, "a model", writer("text", []))
    assert not (tmp_path / f"model-{KEY}").exists()


def test_keys_follow_meaning_and_not_order() -> None:
    assert key_of({"a": 1, "b": [1.5, "x"]}) == key_of({"b": [1.5, "x"], "a": 1})
    assert key_of({"a": 1}) != key_of({"a": 2})


def test_code_counts_without_its_comments_and_documentation(tmp_path: Path) -> None:
    texts = {
        "plain.py": "def f(x):\n    return x + 1\n",
        "told.py": '"""What."""\n# why\ndef f(x):\n    """How."""\n    return x + 1  # one more\n',
        "other.py": "def f(x):\n    return x + 2\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    plain, told, other = (source_hash(tmp_path / name) for name in texts)
    assert plain == told != other
    assert code_of([str(tmp_path / "plain.py"), None]) == {"plain.py": plain}
