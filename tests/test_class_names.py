"""One class name stands for one thing, so that a search for it finds the file."""

from __future__ import annotations

import ast
from collections import defaultdict
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDERS = ("dsl", "compiler", "runtime", "stdlib", "metac", "benchmarks", "editors")
SHARED = {
    # Private to each backend of the sparse solvers, which all have the same two steps.
    "_Analysis": "runtime/linear_solvers",
    "_Factor": "runtime/linear_solvers",
}
"""Names that stand in several files on purpose, and the folder that they stay in."""
GENERATED = "dsl/generated_parser.py"
"""By lark, with names of its own."""


@cache
def defined() -> dict[str, set[str]]:
    """The files in which each class name is defined."""
    found: dict[str, set[str]] = defaultdict(set)
    for file in (file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py")):
        path = file.relative_to(ROOT)
        if path.as_posix() == GENERATED or any((ROOT / parent).is_symlink() for parent in path.parents):
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                found[node.name].add(path.as_posix())
    return found


def test_no_class_name_stands_for_two_things() -> None:
    several = {name: sorted(files) for name, files in defined().items() if len(files) > 1 and name not in SHARED}
    assert not several


def test_no_exception_is_left_over() -> None:
    for name, folder in SHARED.items():
        files = defined()[name]
        assert len(files) > 1 and {Path(file).parent.as_posix() for file in files} == {folder}
