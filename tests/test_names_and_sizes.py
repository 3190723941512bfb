"""One class name stands for one thing, so that a search for it finds the file; functions fit on a screen."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDERS = ("dsl", "compiler", "runtime", "stdlib", "metac", "benchmarks")
GENERATED = ROOT / "dsl" / "generated_parser.py"
"""By lark, with names and functions of its own."""
LONGEST = 60
"""Lines of a function, its documentation included."""
SHARED = {
    # Private to each backend of the sparse solvers, which all have the same two steps.
    "_Analysis": "runtime/linear_solvers",
    "_Factor": "runtime/linear_solvers",
}
"""Names that stand in several files on purpose, and the folder that they stay in."""

Named = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@cache
def definitions() -> dict[str, list[Named]]:
    """The classes and functions of each file, by its path; each file once, whatever links to it."""
    files = {file.resolve() for folder in FOLDERS for file in (ROOT / folder).rglob("*.py")} - {GENERATED}
    trees = {file.relative_to(ROOT).as_posix(): ast.parse(file.read_text(encoding="utf-8")) for file in sorted(files)}
    return {file: list(named(tree)) for file, tree in trees.items()}


def named(node: ast.AST) -> Iterator[Named]:
    """What is defined in a node, at any depth; expressions hold none, and walking them would take most of the time."""
    for part in ("body", "orelse", "finalbody", "handlers", "cases"):
        below = getattr(node, part, ())
        for each in below if isinstance(below, list) else ():
            if isinstance(each, Named):
                yield each
            yield from named(each)


@cache
def classes() -> dict[str, set[str]]:
    """The files in which each class name is defined."""
    found: dict[str, set[str]] = defaultdict(set)
    for file, nodes in definitions().items():
        for node in nodes:
            if isinstance(node, ast.ClassDef):
                found[node.name].add(file)
    return found


def test_no_class_name_stands_for_two_things() -> None:
    several = {name: sorted(files) for name, files in classes().items() if len(files) > 1 and name not in SHARED}
    assert not several


def test_no_exception_is_left_over() -> None:
    for name, folder in SHARED.items():
        files = classes()[name]
        assert len(files) > 1 and {Path(file).parent.as_posix() for file in files} == {folder}


def test_functions_fit_on_a_screen() -> None:
    lengths = {
        f"{file}: {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for file, nodes in definitions().items()
        for node in nodes
        if not isinstance(node, ast.ClassDef)
    }
    assert len(lengths) > 1000
    assert not {name: length for name, length in lengths.items() if length > LONGEST}
