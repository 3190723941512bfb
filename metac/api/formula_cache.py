"""Formulas that were worked out once, derivatives of laws say, as text files in the user's cache."""

from __future__ import annotations

from pathlib import Path

from metac.runtime.artefacts.places import private_folder

NAME = "formulas"
"""The folder in the cache."""
LARGEST = 8 * 2**20
"""Bytes of a file that is read; formulas have some kilobytes."""


class FormulaFolder:
    """One file a key; what cannot be read or written is not there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, key: str) -> str | None:
        """The text of a key, or None."""
        file = self._folder / f"{key}.json"
        try:
            return file.read_text(encoding="utf-8") if file.stat().st_size <= LARGEST else None
        except (OSError, UnicodeDecodeError):
            return None

    def write(self, key: str, text: str) -> None:
        """Keep a text, whole or not at all."""
        from metac.runtime.runs.atomic import write_text

        try:
            write_text(self._folder / f"{key}.json", text)
        except OSError:
            return


def enable() -> None:
    """Let the compiler keep formulas between processes, where there is a folder that only the user can write."""
    from metac.compiler.lower.formula_cache import keep_in

    folder = private_folder(NAME)
    keep_in(None if folder is None else FormulaFolder(folder))
