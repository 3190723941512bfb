"""`metac cache`: what is cached between runs, and how to remove it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metac.commands import exit_codes, options

if TYPE_CHECKING:
    from metac.runtime.artefacts.store import CacheEntry

EXAMPLES = """
metac cache                    what is cached, how large it is, and where
metac cache --clear            remove everything
metac cache --clear diffusion  remove trained diffusion models
metac cache --clear 3f2a       remove the entries whose key begins so
metac cache --clear compiled   remove compiled programs
"""
FOLDERS = {"compiled": "compiled programs", "meshes": "meshes", "formulas": "formulas of laws and functions"}
"""Folders of plain files in the cache: what the files are."""
SHORT = 12
"""Characters of a key that are shown."""


def add(subparsers: Any) -> None:
    """Add the sub-command."""
    command = options.parser(
        subparsers,
        "cache",
        "show or clear what is cached between runs",
        "Show what is cached between runs: trained models, by the content of all that they depend on, compiled\n"
        "programs, meshes, and formulas that were worked out. All of it is made again when it is needed. The folder is\n"
        "$METAC_CACHE, or metac in the user's cache folder.",
        EXAMPLES,
    )
    command.add_argument(
        "--clear",
        metavar="WHAT",
        nargs="?",
        const="",
        help="remove entries: of a kind, those whose key begins so, `compiled`, `meshes`, `formulas`, or all",
    )
    command.set_defaults(action=cache)


def cache(arguments: argparse.Namespace) -> int:
    """List the entries, or remove some."""
    from metac.runtime.artefacts.places import cache_folder
    from metac.runtime.artefacts.store import Store

    if arguments.clear is not None:
        return _clear(Store(), arguments.clear)
    entries = Store().entries()
    for entry in entries:
        state = entry.made or "unfinished"
        print(
            f"{entry.kind:<10} {entry.key[:SHORT]}  {state:<19}  {size(entry.bytes):>9}  {entry.title}\n{'':10} {entry.path}"
        )
    count = f"{len(entries)} {'entry' if len(entries) == 1 else 'entries'}, {size(sum(each.bytes for each in entries))}"
    files = [f"{text}, {size(sum(file.stat().st_size for file in _files(name)))}" for name, text in FOLDERS.items()]
    print("; ".join([count, *files, f"in {cache_folder()}"]))
    return exit_codes.MET


def _clear(store: Any, what: str) -> int:
    removed = freed = 0
    chosen: list[CacheEntry] = [
        entry for entry in store.entries() if not what or entry.kind == what or entry.key.startswith(what)
    ]
    busy = []
    for entry in chosen:
        if store.remove(entry):
            removed, freed = removed + 1, freed + entry.bytes
        else:
            busy.append(entry)
    for folder in FOLDERS if not what else {what} & FOLDERS.keys():
        for file in _files(folder):
            removed, freed = removed + 1, freed + file.stat().st_size
            file.unlink(missing_ok=True)
    print(f"removed {removed} {'entry' if removed == 1 else 'entries'}, {size(freed)}")
    for entry in busy:
        print(f"another process works on {entry.title}; it is not removed")
    return exit_codes.FAILED if busy else exit_codes.MET


def _files(name: str) -> list[Path]:
    """The files of one of FOLDERS."""
    from metac.runtime.artefacts.places import private_folder

    folder = private_folder(name)
    return [] if folder is None else [file for file in folder.iterdir() if file.is_file()]


def size(count: int) -> str:
    """Bytes for people."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}"
    return f"{count} bytes"
