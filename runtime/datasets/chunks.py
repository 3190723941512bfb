"""Chunks of a data set cached as files of arrays: each is whole or not there, and made once."""

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
class Chunks:
    """Files in a folder, which is made when it is needed."""

    folder: Path
    title: str
    """Of the data set, for people."""

    def made(self, names: Sequence[str], make: Callable[[int], Arrays], threads: int, unit: str) -> list[Arrays]:
        """The chunks in the order of `names`: the cached one, or `make(number)`, saved as soon as it is made.

        `threads` chunks are made at once, in any order.

        Raises:
            Interrupted: if the user wants to stop; finished chunks stay cached.
            SamplingFailed: if a chunk cannot be written.
            Whatever `make` raises.
        """
        watch = present_watch()
        chunks = {number: chunk for number, name in enumerate(names) if (chunk := self.cached(name)) is not None}
        pool = ThreadPoolExecutor(threads, thread_name_prefix="metac-chunks")
        try:
            futures = {pool.submit(make, number): number for number in range(len(names)) if number not in chunks}
            for future in as_completed(futures):
                number = futures[future]
                chunks[number] = future.result()
                self.save(names[number], chunks[number])
                watch.phase(f"making {self.title}: {len(chunks):,} of {len(names):,} {unit}")
                if watch.wanted() and len(chunks) < len(names):
                    raise Interrupted
        finally:
            pool.shutdown(cancel_futures=True)
        return [chunks[number] for number in range(len(names))]

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.npz"

    def cached(self, name: str) -> Arrays | None:
        """The arrays of a chunk; None where its file is missing or damaged."""
        try:
            with np.load(self._path(name), allow_pickle=False) as file:
                return {key: file[key] for key in file.files}
        except (OSError, ValueError, EOFError, zipfile.BadZipFile):
            return None

    def save(self, name: str, arrays: Arrays) -> None:
        """Write a chunk. Raises SamplingFailed where that is impossible."""
        try:
            self.folder.mkdir(exist_ok=True)
            save_arrays(self._path(name), arrays)
        except OSError as error:
            raise SamplingFailed(
                f"a chunk of {self.title} cannot be saved: {error.strerror or error}; those before it are cached",
                remedy="free some space, or name another folder in METAC_CACHE; the next run resumes from the cached chunks",
            ) from error
