"""Contents of files that a design names: another file under the same name is another design."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from metac.compiler import graph
from metac.compiler.constant_values import Environment, value_or_none
from metac.compiler.interfaces.spec_files import file_named
from metac.dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError, Label

MOST_FILES = 100_000
MOST_BYTES = 64 * 2**30
"""What a folder of data may hold, with all below it: a spec that names `/` gets a message, and nothing of it is read."""


class _TooMuch(Exception):
    """A folder holds more than a data set does; its text says what."""


def file_contents(design: graph.DesignGraph, values: Environment) -> dict[str, dict[str, str]]:
    """By node and field, the SHA-256 of what the named files, or all files of a folder, hold; empty for those not there.

    Which fields name such files, the definitions say (`contents = file`). Call it where names of files start from the
    spec's folder (`files_relative_to`). Raises DiagnosticError M0644, at the field, for a folder that holds too much.
    """
    found: dict[str, dict[str, str]] = {}
    for name, node in design.nodes.items():
        for field, ends in node.definition.contents.items():
            named = value_or_none(node.fields.get(field), values)
            if isinstance(named, str):
                try:
                    found.setdefault(name, {})[field] = _content(named, ends)
                except _TooMuch as problem:
                    raise DiagnosticError((_too_much(node, field, problem),)) from problem
    return found


def _too_much(node: graph.Node, field: str, problem: _TooMuch) -> Diagnostic:
    return Diagnostic(
        "M0644",
        f"`{field}` names {problem}",
        (Label(node.field_spans.get(field, node.span), "too much to be read"),),
        help="name the folder that holds the data alone",
    )


def _content(name: str, ends: tuple[str, ...]) -> str:
    hashed = hashlib.sha256()
    try:
        place = file_named(name)
        for file in _all_of(place, ends) if place.is_dir() else _together(place, ends):
            # Devices and pipes have no content that could be the same twice; what reads them refuses them.
            if file.is_file():
                title = file.relative_to(place).as_posix() + ":" if place.is_dir() else ""
                content = file.read_bytes()
                hashed.update(f"{title}{len(content)}:".encode() + content)
    except (OSError, RuntimeError, ValueError):
        return ""
    return hashed.hexdigest()


def _all_of(folder: Path, names: tuple[str, ...]) -> list[Path]:
    """What counts in a folder: the files of these names, or all files where none are said; raises _TooMuch."""
    if names:
        return [folder / name for name in names]
    found = list(islice(_below(folder), MOST_FILES + 1))
    if len(found) > MOST_FILES:
        raise _TooMuch(f"a folder with more than {MOST_FILES:,} files")
    if sum(map(_size, found)) > MOST_BYTES:
        raise _TooMuch(f"a folder with more than {MOST_BYTES / 2**30:.0f} GiB of files")
    return sorted(found)


def _size(file: Path) -> int:
    """Bytes of a file; none of what is no file, or cannot be looked at."""
    try:
        return file.stat().st_size if file.is_file() else 0
    except OSError:
        return 0


def _below(folder: Path) -> Iterator[Path]:
    for place, _, names in os.walk(folder):
        yield from (Path(place, name) for name in names)


def _together(file: Path, ends: tuple[str, ...]) -> list[Path]:
    """The file, and those that belong to it: of the same name but for its end."""
    for end in ends:
        if file.name.endswith(end):
            return [file.with_name(file.name.removesuffix(end) + other) for other in ends]
    return [file]
