"""Small libraries for tests: definitions whose classes are never run, so that only the compiler is tested."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from metac.compiler import graph
from metac.compiler.pipeline import CheckResult, check
from metac.dsl.source import Source

LIBRARY = (Path(__file__).parent / "small_library.meta").read_text(encoding="utf-8")
SHEET = """
material  rubber = mat { E = 50 MPa }
body      sheet  = block { material = rubber }
generator warp   = warping {}
body      design = moved { body = sheet, by = warp }
load      pull   = pulling { body = design, strain = 10 % }
"""
GOAL = "match ratio(pull) to -0.5\n"
STUDY = "study fit = fitting { vary = warp }\n"


@dataclass(frozen=True)
class Compiler:
    """Checks texts that may use the small library; `sheet`, `goal` and `study` are parts of a sound spec."""

    folder: Path
    sheet: str = SHEET
    goal: str = GOAL
    study: str = STUDY

    def check(self, text: str, overrides: Mapping[str, Any] | None = None) -> CheckResult:
        return check(Source("<test>", text + "\n" + LIBRARY), overrides, folder=self.folder)

    def codes(self, text: str, overrides: Mapping[str, Any] | None = None, severity: str = "error") -> list[str]:
        return [found.code for found in self.check(text, overrides).diagnostics if found.severity == severity]

    def design(self, text: str, overrides: Mapping[str, Any] | None = None) -> graph.DesignGraph:
        return self.check(text, overrides).design_or_raise()

    def value(self, text: str, overrides: Mapping[str, Any] | None = None) -> graph.Expression:
        """The typed expression of a text that is a number."""
        node = self.design(f"let value = {text}\nbody b = block {{ material = mat {{ E = 1 MPa, nu = value }} }}", overrides)
        return node.nodes["_mat_1"].fields["nu"]


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Compiler:
    """A compiler whose project is a folder with `m.py`, of whose class `M` nothing can be told before it is run."""
    (tmp_path / "m.py").write_text("M = type('M', (), {})\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return Compiler(tmp_path)
