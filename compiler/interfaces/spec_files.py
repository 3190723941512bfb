"""Names of files in fields, relative to the spec's folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

_FOLDER: ContextVar[Path] = ContextVar("folder of the spec", default=Path())


@contextmanager
def files_relative_to(folder: Path) -> Iterator[None]:
    """Let the names of files in fields start from a folder: that of the spec."""
    token = _FOLDER.set(folder)
    try:
        yield
    finally:
        _FOLDER.reset(token)


def file_named(name: str) -> Path:
    """The file or folder that a field names: an absolute path, one in the home (`~`), or one from the spec's folder."""
    return _FOLDER.get() / Path(name).expanduser()
