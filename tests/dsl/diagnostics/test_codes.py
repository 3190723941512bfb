"""Reading files of error codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from metac.dsl.diagnostics.codes import BadCodes, code_files, explanation_of, read_codes

PRESS = '[LAB001]\ntitle = "A press that is too small"\nexplanation = """\nTake a larger one.\n"""\n'


def codes(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "codes.toml").write_text(text, encoding="utf-8")
    return folder


def test_codes_are_read_from_all_folders(tmp_path: Path) -> None:
    codes(tmp_path / "loads", PRESS)
    codes(tmp_path / "bodies" / "thin", PRESS.replace("001", "002") + 'stage = "run"\n')
    codes(tmp_path / ".hidden", "no toml")
    found = read_codes(code_files(tmp_path))
    assert list(found) == ["LAB001", "LAB002"]
    assert [entry.stage for entry in found.values()] == ["check", "run"]
    assert explanation_of("LAB001", found["LAB001"]) == "LAB001: A press that is too small\n\nTake a larger one.\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[LAB001", "codes.toml"),
        ("[press]\ntitle = 'a'\nexplanation = 'b'\n", "`press` is no code"),
        ("[LAB001]\ntitle = 'a'\n", "needs `title` and `explanation`"),
        ("LAB001 = 3\n", "needs `title` and `explanation`"),
        ("[LAB001]\ntitle = 'a'\nexplanation = 'b'\nseverity = 'c'\n", "may have `stage`"),
        ("[LAB001]\ntitle = 3\nexplanation = 'b'\n", "texts only"),
        ("[LAB001]\ntitle = 'a'\nexplanation = 'b'\nstage = 'late'\n", "one of parse, check, run"),
    ],
)
def test_a_bad_file_is_named(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(BadCodes, match=told):
        read_codes(code_files(codes(tmp_path, text)))


def test_a_code_is_given_once(tmp_path: Path) -> None:
    codes(tmp_path / "a", PRESS)
    codes(tmp_path / "b", PRESS)
    with pytest.raises(BadCodes, match=r"LAB001 is given in .*a.codes.toml already"):
        read_codes(code_files(tmp_path))
