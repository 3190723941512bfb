"""`metac check --fix`: never worse, and settled after once."""

import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metac.commands.fixes import fixed
from metac.commands.main import main
from metac.commands.rewriting import rewrite
from metac.compiler.pipeline import check
from metac.dsl.source import Source

GOLDEN = Path(__file__).parents[1] / "golden"
SPECS = sorted(GOLDEN.glob("M0[1-4]*.meta"))


def found(source: Source):
    return check(source, folder=GOLDEN).diagnostics


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(SPECS))
def test_fixes_never_make_it_worse_and_doing_them_again_changes_nothing(path: Path) -> None:
    source = Source(path.name, path.read_bytes().decode("utf-8", errors="replace"))
    before = found(source)
    first = fixed(source, found)
    assert len(first.left) <= len(before) - len(first.applied)
    assert sum(each.severity == "error" for each in first.left) <= sum(each.severity == "error" for each in before)
    assert tuple(first.left) == tuple(found(first.source))
    again = fixed(first.source, found)
    assert (again.source.text, again.applied) == (first.source.text, ())


TEXT = """# a comment that stays
material a = neo_hookeen { E = 50 Mpa, nu = 0.46 }\r
require 2 ** 3 < 3
"""


def test_the_file_has_the_fixes_and_all_else_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.meta"
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.encode())
    main(["check", str(path), "--fix"])
    text = path.read_bytes()
    assert text.startswith(b"\xef\xbb\xbf# a comment that stays\n")
    assert b"neo_hookean { E = 50 MPa, nu = 0.46 }\r\n" in text
    told = capsys.readouterr().err
    assert "`neo_hookeen` \u2192 `neo_hookean`" in told
    assert "`Mpa` \u2192 `MPa`" in told
    main(["check", str(path), "--fix"])
    assert path.read_bytes() == text


def test_a_spec_without_findings_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "a.meta"
    text = (Path(__file__).parents[2] / "specs" / "quickstart.meta").read_bytes()
    path.write_bytes(text)
    before = path.stat().st_mtime_ns
    main(["check", str(path), "--fix"])
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (text, before)


def test_a_fix_that_settles_nothing_is_not_taken() -> None:
    source = Source("a", "let a = xa\nlet xb = 1")
    assert fixed(source, lambda text: found(source)).applied == ()


def test_standard_input_has_no_file(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    class Stream:
        class buffer:
            read = staticmethod(lambda size: b"let a = 1\n")

    monkeypatch.setattr("sys.stdin", Stream)
    main(["check", "-", "--fix"])
    assert "no file to put fixes into" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.meta"
    path.write_text(TEXT)

    def full(self: Path, data: bytes) -> int:
        self.write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    main(["check", str(path), "--fix"])
    assert "fixes cannot be written: No space left on device" in capsys.readouterr().err
    assert path.read_text() == TEXT.replace("\r", "") and list(tmp_path.iterdir()) == [path]


def test_a_file_keeps_its_permissions_and_a_link_what_it_points_to(tmp_path: Path) -> None:
    path, link = tmp_path / "a.meta", tmp_path / "link.meta"
    path.write_text(TEXT)
    path.chmod(0o640)
    link.symlink_to(path.name)
    main(["check", str(link), "--fix"])
    assert link.is_symlink() and "neo_hookean" in path.read_text() and stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_file_that_is_not_meant_to_be_changed_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.meta"
    path.write_text(TEXT)
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(PermissionError):
        rewrite(path, "other")
    assert "neo_hookeen" in path.read_text()
