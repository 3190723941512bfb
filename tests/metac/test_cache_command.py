"""`metac cache`: lists, tells sizes, clears what is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from metac.commands.cache import size
from metac.commands.main import main
from metac.runtime.artefacts.store import Store


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("METAC_CACHE", str(tmp_path))

    def make(folder: Path) -> None:
        (folder / "weights.npz").write_bytes(bytes(2_000_000))

    for kind, key in (("diffusion", "aa" * 32), ("diffusion", "bb" * 32), ("dataset", "cc" * 32)):
        Store().entry(kind, key, f"the {kind} of cells", make)
    (tmp_path / "compiled").mkdir()
    (tmp_path / "compiled" / "program").write_bytes(bytes(3000))
    return tmp_path


def kinds() -> list[str]:
    return sorted(entry.kind for entry in Store().entries())


def test_it_tells_what_is_kept_and_where(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cache"]) == 0
    told = capsys.readouterr().out
    assert "the diffusion of cells" in told
    assert "aaaaaaaaaaaa" in told
    assert "2.0 MB" in told
    assert "3 entries, 6.0 MB; compiled programs, 3.0 kB; meshes, 0 bytes; formulas" in told
    assert told.rstrip().endswith(f"in {cache}")


@pytest.mark.parametrize(
    ("what", "left", "programs"),
    [
        ([], [], 0),
        (["diffusion"], ["dataset"], 1),
        (["bb"], ["dataset", "diffusion"], 1),
        (["compiled"], ["dataset", "diffusion", "diffusion"], 0),
        (["nothing"], ["dataset", "diffusion", "diffusion"], 1),
    ],
)
def test_it_clears_what_is_named(cache: Path, what: list[str], left: list[str], programs: int) -> None:
    assert main(["cache", "--clear", *what]) == 0
    assert kinds() == left
    assert len(list((cache / "compiled").iterdir())) == programs


def test_it_leaves_what_another_process_works_on(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def within(_: Path) -> None:
        assert main(["cache", "--clear", "dataset"]) == 4
        raise RuntimeError("the end")

    for entry in Store().entries():
        if entry.kind == "dataset":
            (entry.path / "weights.npz").unlink()
    with pytest.raises(RuntimeError, match="the end"):
        Store().entry("dataset", "cc" * 32, "the dataset of cells", within)
    assert "another process works on the dataset of cells" in capsys.readouterr().out


def test_a_cache_that_cannot_be_used_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("METAC_CACHE", str(tmp_path / "file"))
    assert main(["cache"]) == 4
    assert "M0624" in capsys.readouterr().err


def test_sizes_are_for_people() -> None:
    assert [size(count) for count in (5, 1500, 2_300_000, 7_000_000_000)] == ["5 bytes", "1.5 kB", "2.3 MB", "7.0 GB"]
