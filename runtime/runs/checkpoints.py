"""Checkpoints: arrays and numbers in one npz file without code, written whole or not at all."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from metac.runtime.runs.atomic import plain, write_bytes

FOLDER = "checkpoints"
NUMBER_SAVED = 3
_NUMBERS = "numbers"
_DIGEST = "digest"
_NAME = re.compile(r"(\d{8,})\.npz")


@dataclass(frozen=True)
class Checkpoint:
    """What a run resumes from."""

    records: int
    """Lines of the history that stand before it."""
    arrays: Mapping[str, np.ndarray]
    numbers: Mapping[str, Any]


def save(folder: Path, checkpoint: Checkpoint) -> Path:
    """Write a checkpoint into `folder/checkpoints` and remove all but the last few.

    Raises:
        OSError: if it cannot be written; the checkpoints before are then untouched.
    """
    numbers = json.dumps(plain({"records": checkpoint.records, "numbers": checkpoint.numbers}), allow_nan=False).encode()
    arrays = {name: np.asarray(array) for name, array in checkpoint.arrays.items()}
    content: dict[str, Any] = {f"array:{name}": array for name, array in arrays.items()}
    content[_NUMBERS] = np.frombuffer(numbers, dtype=np.uint8)
    content[_DIGEST] = np.frombuffer(_digest(numbers, arrays), dtype=np.uint8)
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **content)
    (folder / FOLDER).mkdir(exist_ok=True)
    path = folder / FOLDER / f"{checkpoint.records:08d}.npz"
    write_bytes(path, buffer.getvalue())
    for old in _paths(folder)[:-NUMBER_SAVED]:
        old.unlink(missing_ok=True)
    return path


def latest(folder: Path) -> tuple[Checkpoint | None, list[str]]:
    """The last checkpoint that can be read, and a message for each later one that cannot."""
    damaged = []
    for path in reversed(_paths(folder)):
        try:
            return _load(path), damaged
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            damaged.append(f"{path.name} is damaged ({error}); going back to the one before")
    return None, damaged


def drop_after(folder: Path, records: int) -> None:
    """Remove checkpoints that are later than the given number of history lines."""
    for path in _paths(folder):
        if int(path.stem) > records:
            path.unlink(missing_ok=True)


def _paths(folder: Path) -> list[Path]:
    """All checkpoints of a run, oldest first."""
    return sorted(
        (path for path in (folder / FOLDER).glob("*.npz") if _NAME.fullmatch(path.name)), key=lambda p: int(p.stem)
    )


def _load(path: Path) -> Checkpoint:
    with np.load(path, allow_pickle=False) as file:
        numbers = file[_NUMBERS].tobytes()
        arrays = {name.removeprefix("array:"): file[name] for name in file.files if name.startswith("array:")}
        if file[_DIGEST].tobytes() != _digest(numbers, arrays):
            raise ValueError("its digest does not match")
    head = json.loads(numbers)
    return Checkpoint(head["records"], arrays, head["numbers"])


def _digest(numbers: bytes, arrays: Mapping[str, np.ndarray]) -> bytes:
    """SHA-256 over everything in a checkpoint: zip's own checksum covers files one by one, not that all are there."""
    digest = hashlib.sha256(numbers)
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.digest()
