"""The folder of one run."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from metac.runtime.runs.atomic import sync_folder, write_json, write_text
from metac.runtime.runs.failures import FolderFailure

ABOUT = "run.json"
SPEC = "spec.meta"
IMPORTS = "imports"
PLAN = "plan.json"
RESULT = "result.json"
HISTORY = "history.jsonl"
THETA = "theta.npz"


class RunFolder:
    """A run's files; one process at a time works in it.

    `run.json` says what ran (versions, seed, platform, overrides, hash of the plan) and its `status`: running, interrupted,
    failed or finished.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: int | None = None

    @classmethod
    def create(cls, path: Path) -> RunFolder:
        """Make a new folder, or take an empty one, and lock it.

        Raises:
            FolderFailure: if something is in it already, or it cannot be made.
        """
        folder = cls(path)
        try:
            if path.exists() and (not path.is_dir() or any(path.iterdir())):
                remedy = f"choose another folder with --out, or resume it: metac resume {path}"
                if not (path / ABOUT).is_file():
                    remedy = "choose another folder with --out"
                raise FolderFailure(f"{path} exists and is not empty", remedy=remedy)
            path.mkdir(parents=True, exist_ok=True)
            folder._hold()
            sync_folder(path)
        except OSError as error:
            raise unwritable(path, error) from error
        return folder

    @classmethod
    def existing(cls, path: Path) -> RunFolder:
        """An existing run's folder, to read from: not locked.

        Raises:
            FolderFailure: if it is not a run's folder.
        """
        if not (path / ABOUT).is_file():
            what = "is not a folder" if not path.is_dir() else f"has no {ABOUT}"
            raise FolderFailure(
                f"{path} is not a run's folder: it {what}", remedy="give the folder that `metac run` printed"
            )
        return cls(path)

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """Take an existing run's folder and lock it.

        Raises:
            FolderFailure: if it is not a run's folder, or another process works in it.
        """
        folder = cls.existing(path)
        try:
            folder._hold()
        except OSError as error:
            raise unwritable(path, error) from error
        return folder

    def _hold(self) -> None:
        self._lock = os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self.close()
            raise FolderFailure(f"another process works in {self.path}", remedy="wait for it, or end it first") from error

    def close(self) -> None:
        """Let other processes have the folder."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def about(self) -> dict[str, Any]:
        """What `run.json` holds.

        Raises:
            FolderFailure: if it cannot be read.
        """
        try:
            about = json.loads((self.path / ABOUT).read_text(encoding="utf-8"))
            if not isinstance(about, dict):
                raise ValueError("not an object")
            return about
        except (OSError, ValueError) as error:
            raise FolderFailure(
                f"{self.path / ABOUT} cannot be read: {error}", remedy="start the run again in another folder"
            ) from error

    def update(self, **changes: Any) -> None:
        """Change entries of `run.json`."""
        known = self.about() if (self.path / ABOUT).exists() else {}
        write_json(self.path / ABOUT, known | changes)

    def write(self, name: str, content: str | Mapping[str, Any]) -> Path:
        """Write a file of the folder, whole or not at all."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            write_text(path, content)
        else:
            write_json(path, content)
        return path

    def read(self, name: str) -> str:
        """The text of a file of the folder.

        Raises:
            FolderFailure: if it cannot be read.
        """
        try:
            return (self.path / name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise FolderFailure(
                f"{self.path / name} cannot be read: {error}", remedy="start the run again in another folder"
            ) from error


def unwritable(path: Path, error: OSError) -> FolderFailure:
    """A failure for a folder that the system does not let us write."""
    reason = error.strerror or str(error)
    return FolderFailure(
        f"{path} cannot be written: {reason}", remedy="free some space, or choose another folder with --out"
    )


def unused(parent: Path, name: str) -> Path:
    """The first of `parent/name-1`, `parent/name-2`, … that does not exist."""
    taken = set()
    with suppress(OSError):
        taken = {entry.name for entry in parent.iterdir()}
    number = 1
    while f"{name}-{number}" in taken:
        number += 1
    return parent / f"{name}-{number}"
