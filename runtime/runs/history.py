"""The history of a run: one JSON object a line, one line a step."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from metac.runtime.runs.atomic import plain, write_bytes
from metac.runtime.runs.failures import FolderFailure

STUDY = "study"
"""Key of the study's name in the records of runs of several studies."""


class History:
    """Appends records to a file and knows how many there are."""

    def __init__(self, path: Path, records: int = 0) -> None:
        """Continue after the first `records` lines; what stands behind them is cut off.

        Raises:
            OSError: if the file cannot be written.
            FolderFailure: if it has fewer lines.
        """
        self.path, self.records = path, records
        lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
        whole = [line for line in lines if line.endswith(b"\n")]
        if len(whole) < records:
            raise FolderFailure(
                f"{path} has {len(whole)} lines, but the checkpoint stands after {records}",
                remedy="start the run again in another folder",
            )
        if lines[:records] != lines or not path.exists():
            write_bytes(path, b"".join(whole[:records]))
        self._file = path.open("ab")

    def append(self, record: Mapping[str, Any]) -> None:
        """Add a line."""
        line = json.dumps(plain(record), ensure_ascii=False, allow_nan=False) + "\n"
        self._file.write(line.encode())
        self._file.flush()
        self.records += 1

    def sync(self) -> None:
        """Make all lines durable."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read(path: Path) -> list[dict[str, Any]]:
    """All whole records of a history; empty where there is none."""
    if not path.exists():
        return []
    records = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            records.append(json.loads(line))
        except ValueError:
            break
    return records
