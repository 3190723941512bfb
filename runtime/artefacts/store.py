"""The cache of what is built once: data sets, trained networks.

An entry is a folder of files named by its kind and key, with a manifest of their hashes. It is made in a folder beside it,
which stays where the work is interrupted, so that it can resume there, and takes its place in one piece when it is whole.
One process at a time works on an entry; others wait for it.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from metac.runtime.artefacts.keys import file_hash
from metac.runtime.artefacts.places import cache_folder, private_folder
from metac.runtime.artefacts.watch import present_watch
from metac.runtime.errors import RuntimeFailure
from metac.runtime.runs.atomic import sync_folder, write_json
from metac.runtime.runs.failures import Interrupted

FOLDER = "artefacts"
MANIFEST = "manifest.json"
UNFINISHED = ".unfinished"
LOCK = ".lock"
PAUSE = 0.2
"""Seconds between two looks whether another process is done."""


class CacheUnusable(RuntimeFailure):
    """The cache's folder cannot be made or written."""

    code = "M0624"

    def __init__(self, message: str) -> None:
        super().__init__(message, remedy="free some space, or name another folder in METAC_CACHE")


@dataclass(frozen=True)
class CacheEntry:
    """One entry of the cache."""

    kind: str
    key: str
    title: str
    """For people: what it is."""
    path: Path
    bytes: int
    made: str
    """When, local time; empty where it is not finished."""

    @property
    def finished(self) -> bool:
        """Whether it can be used."""
        return bool(self.made)


class Store:
    """The entries in one folder, by default that of the user's cache. Raises CacheUnusable where there is none."""

    def __init__(self, folder: Path | None = None) -> None:
        found = folder if folder is not None else private_folder(FOLDER)
        if found is None:
            raise CacheUnusable(f"{cache_folder() / FOLDER} cannot be made, written, or protected from other users")
        self.folder = found

    def entry(self, kind: str, key: str, title: str, make: Callable[[Path], None]) -> Path:
        """The folder of an entry; where it is missing or damaged, `make(folder)` writes its files first.

        `make` finds what it left there when it was interrupted. Entries are read-only by agreement.

        Raises:
            CacheUnusable: if the cache cannot be written.
            Interrupted: if the user stops while another process makes the entry.
            Whatever `make` raises; what it wrote stays for the next attempt.
        """
        path = self.folder / f"{kind}-{key}"
        if self._sound(path):
            return path
        with self._locked(path, title):
            if self._sound(path):
                return path  # made by another process in the meantime
            work = path.with_name(path.name + UNFINISHED)
            try:
                if path.exists():
                    present_watch().note(f"{title} in the cache is damaged, and made again")
                    shutil.rmtree(path)
                work.mkdir(parents=True, exist_ok=True)
                write_json(work / MANIFEST, {"title": title})
            except OSError as error:
                raise CacheUnusable(f"{work} cannot be written: {error.strerror or error}") from error
            make(work)
            self._finish(work, path, title)
        return path

    def entries(self) -> list[CacheEntry]:
        """What is in the cache, newest first."""
        found = []
        for path in self.folder.iterdir():
            if not path.is_dir() or path.name.startswith("."):
                continue
            kind, _, key = path.name.removesuffix(UNFINISHED).partition("-")
            manifest = _manifest(path)
            made = "" if path.name.endswith(UNFINISHED) else str(manifest.get("made", "?"))
            found.append(CacheEntry(kind, key, str(manifest.get("title", "damaged")), path, _size(path), made))
        return sorted(found, key=lambda entry: (entry.made, entry.key), reverse=True)

    def remove(self, entry: CacheEntry) -> bool:
        """Remove an entry; False where another process works on it."""
        path = self.folder / f"{entry.kind}-{entry.key}"
        lock = self._lock(path)
        if lock is None:
            return False
        try:
            shutil.rmtree(entry.path, ignore_errors=True)
            return not entry.path.exists()
        finally:
            path.with_name(path.name + LOCK).unlink(missing_ok=True)
            os.close(lock)

    def _sound(self, path: Path) -> bool:
        """Whether an entry is there with every file as it was written."""
        files = _manifest(path).get("files")
        if not isinstance(files, dict):
            return False
        try:
            return all(file_hash(path / name) == content for name, content in files.items())
        except OSError:
            return False

    def _finish(self, work: Path, path: Path, title: str) -> None:
        try:
            for file in work.iterdir():
                if file.is_dir():
                    shutil.rmtree(file)  # chunks, checkpoints
            files = {file.name: file_hash(file) for file in sorted(work.iterdir()) if file.name != MANIFEST}
            write_json(work / MANIFEST, {"title": title, "made": time.strftime("%Y-%m-%d %H:%M:%S"), "files": files})
            work.replace(path)
        except OSError as error:
            raise CacheUnusable(f"{path} cannot be written: {error.strerror or error}") from error
        sync_folder(path.parent)

    @contextmanager
    def _locked(self, path: Path, title: str) -> Iterator[None]:
        watch, reported = present_watch(), False
        while (lock := self._lock(path)) is None:
            if not reported:
                watch.phase(f"waiting for another process that makes {title}")
                reported = True
            if watch.wanted():
                raise Interrupted
            time.sleep(PAUSE)
        try:
            yield
        finally:
            os.close(lock)

    def _lock(self, path: Path) -> int | None:
        """A handle that holds the entry's lock, or None where another process holds it."""
        name = path.with_name(path.name + LOCK)
        while True:
            try:
                handle = os.open(name, os.O_RDWR | os.O_CREAT, 0o600)
            except OSError as error:
                raise CacheUnusable(f"{name} cannot be written: {error.strerror or error}") from error
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(handle)
                return None
            # Whoever held it may have removed the file: then this lock guards nothing.
            with suppress(OSError):
                if os.path.samestat(os.fstat(handle), name.stat()):
                    return handle
            os.close(handle)


def _manifest(path: Path) -> dict[str, object]:
    try:
        found = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _size(path: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
