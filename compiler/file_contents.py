"""Contents of files that a design names: another file under the same name is another design."""

from __future__ import annotations

import hashlib
from pathlib import Path

from metac.compiler import graph
from metac.compiler.constant_values import Environment, value_or_none
from metac.compiler.interfaces.spec_files import file_named


def file_contents(design: graph.Design, values: Environment) -> dict[str, dict[str, str]]:
    """By node and field, the SHA-256 of what the named files, or all files of a folder, hold; empty for those not there.

    Which fields name such files, the definitions say (`contents = file`). Call it where names of files start from the
    spec's folder (`files_relative_to`).
    """
    found: dict[str, dict[str, str]] = {}
    for name, node in design.nodes.items():
        for field, ends in node.definition.contents.items():
            named = value_or_none(node.fields.get(field), values)
            if isinstance(named, str):
                found.setdefault(name, {})[field] = _content(named, ends)
    return found


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
    """What counts in a folder: the files of these names, or all files where none are said."""
    return [folder / name for name in names] if names else sorted(folder.rglob("*"))


def _together(file: Path, ends: tuple[str, ...]) -> list[Path]:
    """The file, and those that belong to it: of the same name but for its end."""
    for end in ends:
        if file.name.endswith(end):
            return [file.with_name(file.name.removesuffix(end) + other) for other in ends]
    return [file]
