"""Files that are no specs."""

from __future__ import annotations

from pathlib import Path

import pytest

from metac.dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from metac.dsl.files import read_source
from metac.dsl.limits import MAXIMAL_SIZE


def refused(path: Path) -> Diagnostic:
    with pytest.raises(DiagnosticError) as caught:
        read_source(path)
    (found,) = caught.value.diagnostics
    assert found.labels[0].span.source.name == str(path)
    return found


def test_a_text_is_read_without_its_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "a.meta"
    path.write_bytes("\ufefflet ν = 1\r\n".encode())
    assert read_source(path).text == "let ν = 1\r\n"
    assert read_source(path, name="shown").name == "shown"


def test_a_missing_file_gets_a_guess(tmp_path: Path) -> None:
    (tmp_path / "sheet.meta").write_text("")
    assert "sheet.meta" in (refused(tmp_path / "shete.meta").help or "")
    assert "sheet.meta" in (refused(tmp_path / "sheet").help or "")
    assert refused(tmp_path / "nowhere" / "a.meta").code == "M0122"


def test_a_folder_is_no_spec(tmp_path: Path) -> None:
    assert refused(tmp_path).code == "M0123"


def test_a_name_that_no_file_can_have(tmp_path: Path) -> None:
    assert refused(tmp_path / ("x" * 5000)).code == "M0123"
    assert refused(tmp_path / "a\0b").code == "M0123"


@pytest.mark.parametrize(
    ("data", "place"),
    [(b"\x89PNG\0\0", (1, 1)), ("let a = 1".encode("utf-16"), (1, 1)), (b"let a = 1\n# \xe4", (2, 3))],
    ids=["binary", "UTF-16", "Latin-1"],
)
def test_other_encodings(tmp_path: Path, data: bytes, place: tuple[int, int]) -> None:
    path = tmp_path / "a.meta"
    path.write_bytes(data)
    found = refused(path)
    span = found.labels[0].span
    assert (found.code, span.source.position(span.start)) == ("M0124", place)


def test_the_size_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "a.meta"
    path.write_bytes(b"#" * MAXIMAL_SIZE)
    assert len(read_source(path).text) == MAXIMAL_SIZE
    path.write_bytes(b"#" * (MAXIMAL_SIZE + 1))
    assert refused(path).code == "M0121"
