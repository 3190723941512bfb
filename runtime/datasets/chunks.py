"""Parts of a long work as files of arrays: each is whole or not there, and made once."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from metac.runtime.artefacts.watch import present_watch
from metac.runtime.datasets.failures import SamplingFailed
from metac.runtime.runs.atomic import save_arrays
from metac.runtime.runs.failures import Interrupted

Arrays = dict[str, NDArray]


@dataclass(frozen=True)
class Parts:
    """Files in a folder, which is made when it is needed."""

    folder: Path
    title: str
    """Of the work, for people."""

    def made(self, names: Sequence[str], make: Callable[[int], Arrays], threads: int, unit: str) -> list[Arrays]:
        """By name: what is kept, or `make(number)`, kept as it comes; several at once, and in any order.

        Raises:
            Interrupted: if the user wants to stop; parts that are done are kept.
            SamplingFailed: if a part cannot be written.
            Whatever `make` raises.
        """
        watch = present_watch()
        parts = {number: part for number, name in enumerate(names) if (part := self.kept(name)) is not None}
        pool = ThreadPoolExecutor(threads, thread_name_prefix="metac-parts")
        try:
            futures = {pool.submit(make, number): number for number in range(len(names)) if number not in parts}
            for future in as_completed(futures):
                number = futures[future]
                parts[number] = future.result()
                self.keep(names[number], parts[number])
                watch.phase(f"making {self.title}: {len(parts):,} of {len(names):,} {unit}")
                if watch.wanted() and len(parts) < len(names):
                    raise Interrupted
        finally:
            pool.shutdown(cancel_futures=True)
        return [parts[number] for number in range(len(names))]

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.npz"

    def kept(self, name: str) -> Arrays | None:
        """A part that is there, and whole."""
        try:
            with np.load(self._path(name), allow_pickle=False) as file:
                return {key: file[key] for key in file.files}
        except (OSError, ValueError, EOFError, zipfile.BadZipFile):
            return None

    def keep(self, name: str, arrays: Arrays) -> None:
        """Write a part. Raises SamplingFailed where that cannot be."""
        try:
            self.folder.mkdir(exist_ok=True)
            save_arrays(self._path(name), arrays)
        except OSError as error:
            raise SamplingFailed(
                f"a part of {self.title} cannot be kept: {error.strerror or error}; those before it are",
                remedy="free some space, or name another folder in METAC_CACHE; the work goes on from what is kept",
            ) from error
