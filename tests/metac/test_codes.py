"""Error codes belong to who raises them, and `metac explain` knows all of them."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path

import pytest

from metac.api.codes import all_codes, own_codes
from metac.commands.main import main

ROOT = Path(__file__).parents[2]
FOLDERS = ("dsl", "compiler", "runtime", "stdlib", "metac/api", "metac/commands")


def raised() -> dict[str, set[Path]]:
    """By code: the Python files in which it stands as a text."""
    found: dict[str, set[Path]] = {}
    for file in (file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"M\d{4}", node.value):
                found.setdefault(node.value, set()).add(file)
    return found


def test_every_code_that_is_raised_is_registered_and_the_reverse() -> None:
    used, known = raised().keys(), own_codes().keys()
    assert not used - known, "raised, but in no codes.toml"
    assert not known - used, "in a codes.toml, but nobody raises it"


def test_every_code_stands_beside_the_code_that_raises_it() -> None:
    used = raised()
    for code, entry in own_codes().items():
        folder = Path(entry.file).resolve().parent
        assert any(file.is_relative_to(folder) for file in used[code]), f"{code} is not raised in {folder}"


def test_the_language_knows_syntax_only() -> None:
    assert {code[:3] for code, entry in own_codes().items() if Path(entry.file).parent.name == "dsl"} == {"M01"}


def test_every_code_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    for code, entry in own_codes().items():
        assert main(["explain", code.lower()]) == 0
        assert capsys.readouterr().out == f"{code}: {entry.title}\n\n{entry.explanation}\n"
        assert entry.title and not entry.title.endswith(".") and len(entry.explanation.strip()) > 40
        assert entry.title[0] == entry.title[0].upper()


def plug_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    folder = tmp_path / "lab_parts" / "loads"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").write_text("raise SystemExit('a plug-in runs no code to be explained')")
    (folder / "codes.toml").write_text(text, encoding="utf-8")
    entries = [importlib.metadata.EntryPoint("lab", "lab_parts", "metac.library")]
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: entries if group == "metac.library" else [])


def test_a_plug_in_explains_its_codes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plug_in(tmp_path, monkeypatch, "[LAB001]\ntitle = 'A press that is too small'\nexplanation = 'Take a larger one.'\n")
    assert main(["explain", "lab001"]) == 0
    assert capsys.readouterr().out == "LAB001: A press that is too small\n\nTake a larger one.\n"
    assert all_codes()[0].keys() == own_codes().keys() | {"LAB001"}


def test_a_plug_in_that_takes_a_code_of_ours_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plug_in(tmp_path, monkeypatch, "[M0402]\ntitle = 'Mine'\nexplanation = 'Mine.'\n")
    assert main(["explain", "M0402"]) == 0
    shown = capsys.readouterr()
    assert "Mine" not in shown.out and "M0402 is given in" in shown.err


def test_a_check_reads_no_codes() -> None:
    watch = (
        "import sys; from metac.commands.main import main; main(['check', sys.argv[1]]); "
        "heavy = {'tomllib', 'jax', 'numpy', 'sympy', 'metac.api.codes', 'metac.dsl.diagnostics.codes'}; "
        "print(sorted(heavy & sys.modules.keys()))"
    )
    spec = str(ROOT / "specs" / "quickstart.meta")
    shown = subprocess.run([sys.executable, "-c", watch, spec], capture_output=True, text=True, check=True)
    assert shown.stdout.splitlines()[-1] == "[]"
