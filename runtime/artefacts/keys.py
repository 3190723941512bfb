"""Keys of the cache: equal where everything that an entry depends on is equal, the code that makes it included."""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

BLOCK = 1 << 20


def key_of(depends_on: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of plain values: mappings, lists, texts, numbers. Raises TypeError for anything else."""
    text = json.dumps(depends_on, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def file_hash(path: Path) -> str:
    """SHA-256 (hex) of a file's bytes. Raises OSError where it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def source_hash(path: Path) -> str:
    """SHA-256 (hex) of what a Python file says: its syntax tree without documentation, comments and layout."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            # Texts that stand alone document something and do nothing.
            node.body = [each for each in body if not _is_text(each)]  # pyright: ignore[reportAttributeAccessIssue]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


def _is_text(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def code_of(files: Iterable[str | None]) -> dict[str, str]:
    """By file name: `source_hash` of the Python files of modules (`module.__file__`)."""
    return {Path(file).name: source_hash(Path(file)) for file in files if file is not None}


def series(*packages: str) -> dict[str, str]:
    """By package: its version without the last part, as repairs do not change what is computed."""
    found = {}
    for package in packages:
        try:
            found[package] = ".".join(version(package).split(".")[:2])
        except PackageNotFoundError:
            found[package] = ""
    return found
