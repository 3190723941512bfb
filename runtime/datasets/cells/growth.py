"""How a cell family grows: seeds first, then rounds of perturbation, in chunks that are cached at once.

All that is drawn at random follows from the family's seed, the round and the number of the chunk, and each round is chosen
from all cells of the rounds before. So the cells are the same however many processes make them and however often they were
interrupted, and a larger family begins with the cells of a smaller one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metac.runtime.artefacts.watch import present_watch
from metac.runtime.datasets.cells.family import CellFamily, Cells
from metac.runtime.datasets.cells.perturbation import perturbed
from metac.runtime.datasets.cells.selection import choose
from metac.runtime.datasets.cells.topology_seeds import optimised
from metac.runtime.datasets.chunks import Chunks
from metac.runtime.datasets.failures import SamplingFailed
from metac.runtime.datasets.worker_pool import WorkerPool

CHUNKS = "chunks"
SEEDS_PER_CHUNK = 16
"""Topology optimisations in a chunk."""
CHILDREN_PER_CHUNK = 256
"""Perturbations in a chunk."""
LEAST_ROUND = 512
GROWTH = 8
"""A round perturbs an eighth as many cells as there are, or `LEAST_ROUND`."""
POOREST = 0.01
"""Share of new cells among those tried, below which a round, or the search for seeds, is given up."""
PATIENCE = 512
"""Seed designs that are tried before that share is judged."""
BETWEEN_LINES = 2.0
"""Seconds between two lines of progress."""


def grow(family: CellFamily, count: int, seeds: int, folder: Path, title: str, processes: int) -> Cells:
    """The first `count` cells of a family that starts from `seeds` designs; `folder` caches the chunks.

    Raises:
        Interrupted: if the user wants to stop; finished chunks stay cached.
        SamplingFailed: if too few cells can be found, chunks cannot be written, or a worker process ended.
    """
    with WorkerPool(processes) as workers:
        growth = _Growth(family, count, folder / CHUNKS, title, workers)
        growth.find_seeds(min(seeds, count))
        while growth.found < count:
            growth.perturb()
    return growth.cells.chosen(slice(count))


def make_seeds(family: CellFamily, chunk: int) -> Cells:
    """One chunk of the seeds."""
    return optimised(family, SEEDS_PER_CHUNK, np.random.default_rng([family.seed, 0, chunk]))


def make_children(family: CellFamily, parents: NDArray[np.bool_], around: int, chunk: int) -> Cells:
    """One chunk of a round: a child of each quarter, where it is sound."""
    random = np.random.default_rng([family.seed, around, chunk])
    return family.homogenised(family.admitted(perturbed(parents, random)))


class _Growth:
    def __init__(self, family: CellFamily, count: int, folder: Path, title: str, workers: WorkerPool) -> None:
        self._family, self._count, self._title, self._workers = family, count, title, workers
        self._chunks = Chunks(folder, title)
        quarters = np.zeros((0, family.rows, family.columns), bool)
        self.cells = Cells(quarters, np.zeros((0, len(family.scale))))
        self._known: set[bytes] = set()
        self._round = 0
        self._started, self._reported, self._before = time.monotonic(), 0.0, -1

    @property
    def found(self) -> int:
        """Cells so far."""
        return len(self.cells.quarters)

    def find_seeds(self, wanted: int) -> None:
        """Topology optimisations, until so many led to a cell."""
        chunks = 0
        while self.found < wanted:
            more = -(-(wanted - self.found) // SEEDS_PER_CHUNK)
            calls = [(self._family, chunk) for chunk in range(chunks, chunks + more)]
            self._add(self._made("seeds", make_seeds, calls, chunks))
            chunks += more
            if chunks * SEEDS_PER_CHUNK >= PATIENCE and self.found < POOREST * chunks * SEEDS_PER_CHUNK:
                raise self._too_few(f"{chunks * SEEDS_PER_CHUNK:,} topology optimisations led to {self.found:,} cells")
        self.cells = self.cells.chosen(slice(wanted))

    def perturb(self) -> None:
        """One round."""
        self._round += 1
        size = max(LEAST_ROUND, self.found // GROWTH)
        random = np.random.default_rng([self._family.seed, self._round])
        parents = self.cells.quarters[choose(self.cells.stiffness / self._family.scale, size, random)]
        chunks = range(-(-size // CHILDREN_PER_CHUNK))
        calls = [
            (self._family, parents[CHILDREN_PER_CHUNK * chunk : CHILDREN_PER_CHUNK * (chunk + 1)], self._round, chunk)
            for chunk in chunks
        ]
        before = self.found
        self._add(self._made(f"round-{self._round:04d}", make_children, calls, 0))
        if self.found - before < POOREST * size:
            raise self._too_few(f"round {self._round} perturbed {size:,} cells and found {self.found - before:,} new ones")

    def _add(self, made: list[Cells]) -> None:
        """Take over what is not there yet."""
        found = Cells.joined(made)
        new = []
        for index, quarter in enumerate(found.quarters):
            if (content := np.packbits(quarter).tobytes()) not in self._known:
                self._known.add(content)
                new.append(index)
        self.cells = Cells.joined([self.cells, found.chosen(new)])

    def _made(self, name: str, function: Callable[..., Cells], calls: list[tuple[Any, ...]], first: int) -> list[Cells]:
        """Chunks in order: read from the cache where they are there, made and saved where not."""
        names = [f"{name}-{first + number:05d}" for number in range(len(calls))]
        chunks = [self._cached(name) for name in names]
        missing = [number for number, chunk in enumerate(chunks) if chunk is None]
        fresh = sum(len(chunk.quarters) for chunk in chunks if chunk is not None)
        for number, made in self._workers.run(function, [calls[number] for number in missing]):
            chunks[missing[number]] = made
            self._chunks.save(names[missing[number]], pack(made))
            fresh += len(made.quarters)
            self._report(fresh)
        return [chunk for chunk in chunks if chunk is not None]

    def _cached(self, name: str) -> Cells | None:
        try:
            return None if (arrays := self._chunks.cached(name)) is None else unpack(arrays, self._family)
        except (KeyError, ValueError):
            return None

    def _too_few(self, what: str) -> SamplingFailed:
        family = self._family
        return SamplingFailed(
            f"{self._title} stays at {self.found:,} of {self._count:,} cells: {what}",
            remedy=f"wider bounds on the share of solid, {family.least:g} .. {family.most:g} now, or fewer cells",
        )

    def _report(self, fresh: int) -> None:
        """Show progress, now and then."""
        now, done = time.monotonic(), self.found + fresh
        if self._before < 0:
            self._before, self._started = done, now  # what was there before took no time
        if now - self._reported < BETWEEN_LINES:
            return
        self._reported = now
        what = f"round {self._round}" if self._round else "topology optimisation"
        present_watch().phase(f"making {self._title}: {min(done, self._count):,} of {self._count:,} cells, {what}")


def pack(cells: Cells) -> dict[str, NDArray[Any]]:
    """As arrays for a file, a bit a pixel."""
    count, rows, columns = cells.quarters.shape
    flat = cells.quarters.reshape(count, rows * columns)
    return {"quarters": np.packbits(flat, axis=1), "stiffness": cells.stiffness}


def unpack(arrays: dict[str, NDArray[Any]], family: CellFamily) -> Cells:
    """What `pack` made; raises ValueError or KeyError for anything else."""
    stiffness, packed = arrays["stiffness"], arrays["quarters"]
    flat = np.unpackbits(packed, axis=1, count=family.rows * family.columns).astype(bool)
    if stiffness.shape != (len(flat), len(family.scale)):
        raise ValueError("cells and stiffnesses do not go together")
    return Cells(flat.reshape(-1, family.rows, family.columns), stiffness)
