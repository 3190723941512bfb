"""Packages that bring definitions: which are installed, and where their folders stand. None of their code runs here."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

ENTRY_POINTS = "metac.library"
"""The group of entry points in which a package registers its folder."""


def plug_ins() -> Iterator[tuple[EntryPoint, Path | None]]:
    """The plug-ins that are installed, with their folders; None where there is no such package."""
    from importlib.metadata import entry_points

    for entry in entry_points(group=ENTRY_POINTS):
        yield entry, _folder_of_package(entry.value)


def plug_in_folders() -> tuple[Path, ...]:
    """The folders of the plug-ins that are installed and can be read."""
    return tuple(folder for _, folder in plug_ins() if folder is not None)


def plug_in_packages() -> frozenset[str]:
    """The top packages of the plug-ins that are installed: whose classes definitions may name."""
    return frozenset(entry.value.split(".")[0] for entry, _ in plug_ins())


def _folder_of_package(name: str) -> Path | None:
    """The folder of an installed package, found without running any of its code; None where there is none."""
    top, *inner = name.split(".")
    try:
        spec = find_spec(top)
    except (ImportError, ValueError):
        return None
    for location in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(location).joinpath(*inner)
        if folder.is_dir():
            return folder
    return None
