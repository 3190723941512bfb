"""Every bad spec in this folder, `CODE_what.meta`, must print exactly what stands beside it in `CODE_what.txt`.

`METAC_UPDATE_GOLDEN=1 pytest tests/golden` rewrites the expected texts; read the difference before committing it.
"""

from __future__ import annotations

import importlib.metadata
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from metac.api.codes import own_codes
from metac.compiler.pipeline import check
from metac.dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from metac.dsl.diagnostics.render import render
from metac.dsl.files import read_source
from metac.dsl.limits import MAXIMAL_SIZE
from metac.dsl.parser import parse

FOLDER = Path(__file__).parent
WIDTH = 100
UPDATE = bool(os.environ.get("METAC_UPDATE_GOLDEN"))


def _too_large(path: Path) -> None:
    path.write_text("# much\n" * (MAXIMAL_SIZE // 7 + 1), encoding="utf-8")


MADE: dict[str, Callable[[Path], object]] = {
    "M0121_file_too_large": _too_large,
    "M0122_no_such_file": lambda path: path.with_name("M0122_no_such_fill.meta").write_text("", encoding="utf-8"),
    "M0123_a_folder": lambda path: path.mkdir(),
}
"""Specs that cannot lie in a folder as they are."""

NEVER = {"M0515"}
"""Codes of what no spec is known to do: assertions of the compiler, tested in `tests/compiler`."""

SPECS = sorted(path.stem for path in FOLDER.glob("*.meta"))


def diagnose(path: Path) -> tuple[Diagnostic, ...]:
    """What `metac check` finds in a file; comments `# --set name=value` in it are values from outside."""
    try:
        source = read_source(path)
    except DiagnosticError as error:
        return error.diagnostics
    parsed = parse(source)
    if parsed.diagnostics:
        return parsed.diagnostics
    given = [
        line.removeprefix("# --set ").partition("=") for line in source.text.splitlines() if line.startswith("# --set ")
    ]
    return check(source, {name: value for name, _, value in given}).diagnostics


def compare(stem: str, shown: str) -> None:
    expected = FOLDER / f"{stem}.txt"
    if UPDATE:
        expected.write_text(shown, encoding="utf-8")
    assert shown == expected.read_text(encoding="utf-8")
    assert f"[{stem.split('_')[0]}]" in shown, "the file's name says which code it is about"


@pytest.fixture(autouse=True)
def plug_ins(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Installs the packages that comments `# plug-in NAME` in a spec name; those beside this file exist."""
    stem = getattr(request.node, "callspec", None) and request.node.callspec.params["stem"]
    path = FOLDER / f"{stem}.meta"
    lines = path.read_bytes().splitlines() if path.is_file() else []
    names = [line.decode().split()[-1] for line in lines if line.startswith(b"# plug-in ")]
    entries = [importlib.metadata.EntryPoint(name, name, "metac.library") for name in names]
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: entries if group == "metac.library" else [])


@pytest.mark.parametrize("stem", SPECS)
def test_a_bad_spec_prints_what_it_should(stem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)
    compare(stem, render(diagnose(Path(f"{stem}.meta")), width=WIDTH))


@pytest.mark.parametrize("stem", sorted(MADE))
def test_a_bad_file_prints_what_it_should(stem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path(f"{stem}.meta")
    MADE[stem](path)
    compare(stem, render(diagnose(path), width=WIDTH))


def test_every_code_of_the_checker_has_a_golden_file() -> None:
    shown = {stem.split("_")[0] for stem in [*SPECS, *MADE]}
    wanted = {code for code, entry in own_codes().items() if entry.stage in ("parse", "check")}
    assert not wanted - shown - NEVER, "no spec shows what these codes look like"


def test_no_golden_file_stands_alone() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == {*SPECS, *MADE}
