"""docs/architecture.md: every place that it names exists, and its picture is that of the code."""

from __future__ import annotations

import ast
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
LINK = re.compile(r"\[`(?P<file>[\w/]+\.py):(?P<name>[\w.]+)`\]\((?P<target>[^)]+)\)")
LINKS = sorted({(found["file"], found["name"], found["target"]) for found in LINK.finditer(PAGE)})


def names_in(file: Path) -> set[str]:
    """Functions and classes of a file, and methods as `Class.method`."""
    found: set[str] = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found.update(f"{node.name}.{member.name}" for member in node.body if isinstance(member, ast.FunctionDef))
    return found


def test_there_are_three_walks() -> None:
    assert len(LINKS) > 30
    assert len(re.findall(r"^## A \w+, from", PAGE, re.MULTILINE)) == 3
    plain = set(re.findall(r"`([\w/]+\.py):[\w.]+`", PAGE))
    assert plain == {file for file, _, _ in LINKS}, "each place is a link"


@pytest.mark.parametrize(("file", "name", "target"), LINKS, ids=lambda part: part)
def test_the_place_exists(file: str, name: str, target: str) -> None:
    assert (ROOT / "docs" / target).resolve() == ROOT / file
    assert name in names_in(ROOT / file)


def load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("draw_folders", ROOT / "docs" / "draw_folders.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_picture_is_that_of_the_code() -> None:
    assert load_script().drawn(PAGE) == PAGE, "draw it again: python docs/draw_folders.py"


def test_the_picture_keeps_the_directions() -> None:
    found = load_script().arrows()
    assert ("compiler", "dsl") in found and ("stdlib", "compiler.interfaces") in found
    assert {source for source, _ in found} <= {"metac", "compiler", "compiler.interfaces", "stdlib"}
    assert not {("stdlib", "compiler"), ("stdlib", "dsl"), ("compiler", "runtime")} & found
