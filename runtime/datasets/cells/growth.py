"""How a data base of cells grows: seeds first, then rounds of perturbation, in chunks that are cached at once.

One half of the seeds is drawn evenly, the other towards gaps of the properties that those before leave; after `LATE_ROUND`
rounds more may go to the gaps that are left then. All that is drawn at random follows from the design space's seed, the
round and the number of the chunk, and each round is chosen from all cells of the rounds before. So the cells are the same
however many processes make them and however often they were interrupted, and a larger data base begins with the cells of a
smaller one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from metac.runtime.artefacts.watch import present_watch
from metac.runtime.datasets.cells.cell_bounds import within_bounds
from metac.runtime.datasets.cells.design_space import CellDesignSpace, Cells
from metac.runtime.datasets.cells.growth_history import PERTURBATION, GrowthHistory, RoundRecord
from metac.runtime.datasets.cells.perturbation import perturbed
from metac.runtime.datasets.cells.property_gaps import targets_in_gaps
from metac.runtime.datasets.cells.selection import choose
from metac.runtime.datasets.cells.topology_seeds import Targets, draw_targets, optimised
from metac.runtime.datasets.chunks import Chunks
from metac.runtime.datasets.failures import SamplingFailed
from metac.runtime.datasets.workers import Workers, open_workers

CHUNKS = "chunks"
SEEDS_PER_CHUNK = 16
"""Topology optimisations in a chunk."""
GAP_CHUNKS = 8
"""Most chunks of seeds towards gaps before the gaps are looked for again."""
CHILDREN_PER_CHUNK = 256
"""Perturbations in a chunk."""
LATE_ROUND = 10
"""Rounds of perturbation after which late seeds are looked for."""
FIRST_LATE_CHUNK = 10**6
"""Number of the first chunk of late seeds; those of the earlier ones towards gaps start at 0."""
GAP_SEEDS, GAP_TARGETS, PARENTS = range(10**9, 10**9 + 3)
"""What random numbers are for, where that of seeds is 0 and that of children the number of the round."""
LEAST_ROUND = 512
GROWTH = 8
"""A round perturbs an eighth as many cells as there are, or `LEAST_ROUND`."""
POOREST = 0.01
"""Share of new cells among those tried, below which a round, or the search for seeds, is given up."""
PATIENCE = 512
"""Seed designs that are tried before that share is judged."""
BETWEEN_LINES = 2.0
"""Seconds between two lines of progress."""


class GrownCells(NamedTuple):
    """A data base, and how it grew."""

    cells: Cells
    rounds: list[RoundRecord]


def grow(
    space: CellDesignSpace, count: int, seeds: int, folder: Path, title: str, processes: int, late_seeds: int = 0
) -> GrownCells:
    """The first `count` cells of a data base that starts from `seeds` designs; `folder` caches the chunks.

    The solid itself is the first of them where the design space admits it. `late_seeds` designs more follow `LATE_ROUND`
    rounds.

    Raises:
        Interrupted: if the user wants to stop; finished chunks stay cached.
        SamplingFailed: if too few cells can be found, chunks cannot be written, or a worker process ended.
    """
    with open_workers(processes) as workers:
        growth = _Growth(space, count, folder / CHUNKS, title, workers)
        growth.find_seeds(min(seeds, count))
        while growth.found < count:
            growth.perturb()
            if growth.rounds == LATE_ROUND:
                growth.find_late_seeds(late_seeds)
    return GrownCells(growth.cells, growth.history.rounds)


def make_seeds(space: CellDesignSpace, chunk: int) -> Cells:
    """One chunk of the seeds that are drawn evenly."""
    random = np.random.default_rng([space.seed, 0, chunk])
    return within_bounds(space, optimised(space, draw_targets(space, SEEDS_PER_CHUNK, random), random))


def make_gap_seeds(space: CellDesignSpace, targets: Targets, chunk: int) -> Cells:
    """One chunk of those for given targets."""
    return within_bounds(space, optimised(space, targets, np.random.default_rng([space.seed, GAP_SEEDS, chunk])))


def make_children(space: CellDesignSpace, parents: NDArray[np.bool_], around: int, chunk: int) -> Cells:
    """One chunk of a round: a child of each quarter, where it is sound."""
    random = np.random.default_rng([space.seed, around, chunk])
    return within_bounds(space, space.homogenised(space.admitted(perturbed(parents, random))))


class _Growth:
    def __init__(self, space: CellDesignSpace, count: int, folder: Path, title: str, workers: Workers) -> None:
        self._space, self._count, self._title, self._workers = space, count, title, workers
        self._chunks = Chunks(folder, title)
        quarters = np.zeros((0, space.rows, space.columns), bool)
        self.cells = Cells(quarters, np.zeros((0, len(space.scale))))
        self.history = GrowthHistory(space.scale)
        self._known: set[bytes] = set()
        self.rounds = 0
        self._started, self._reported, self._before = time.monotonic(), 0.0, -1

    @property
    def found(self) -> int:
        """Cells so far."""
        return len(self.cells.quarters)

    def find_seeds(self, wanted: int) -> None:
        """The solid where it is admitted, then topology optimisations, until so many led to a cell."""
        if self._space.most == 1:
            solid = np.ones((1, self._space.rows, self._space.columns), bool)
            self._add("solid", 1, [self._space.homogenised(solid)], wanted)
        drawn = self._find("seeds", wanted - (wanted - self.found) // 2, self._drawn_chunks, 0)
        self._find("gaps", wanted, self._gap_chunks, drawn)

    def find_late_seeds(self, wanted: int) -> None:
        """Topology optimisations towards the gaps that the rounds so far left, until so many led to a new cell."""
        self._find("late-gaps", min(self.found + wanted, self._count), self._gap_chunks, 0, self.found, FIRST_LATE_CHUNK)

    def _find(
        self,
        name: str,
        wanted: int,
        chunks_of: Callable[[int, int], list[Any]],
        before: int,
        known: int = 0,
        first: int = 0,
    ) -> int:
        """Optimise in batches of chunks until there are so many cells; the number of chunks, those `before` among them.

        `known` cells do not count when it is judged whether enough were found; `first` is the number of the first chunk.
        """
        chunks = 0
        while self.found < wanted:
            calls = chunks_of(first + chunks, -(-(wanted - self.found) // SEEDS_PER_CHUNK))
            function = make_seeds if name == "seeds" else make_gap_seeds
            self._add(name, len(calls) * SEEDS_PER_CHUNK, self._made(name, function, calls, first + chunks), wanted)
            chunks += len(calls)
            tried, found = (before + chunks) * SEEDS_PER_CHUNK, self.found - known
            if tried >= PATIENCE and found < POOREST * tried:
                raise self._too_few(f"{tried:,} topology optimisations led to {found:,} cells")
        return before + chunks

    def _drawn_chunks(self, first: int, missing: int) -> list[Any]:
        return [(self._space, chunk) for chunk in range(first, first + missing)]

    def _gap_chunks(self, first: int, missing: int) -> list[Any]:
        """Chunks of targets in the gaps that the cells so far leave."""
        chunks = min(missing, GAP_CHUNKS)
        random = np.random.default_rng([self._space.seed, GAP_TARGETS, first])
        targets = targets_in_gaps(self._space, self.cells.stiffness, chunks * SEEDS_PER_CHUNK, random)
        parts = [slice(SEEDS_PER_CHUNK * number, SEEDS_PER_CHUNK * (number + 1)) for number in range(chunks)]
        return [
            (self._space, Targets(targets.stiffness[part], targets.volume[part]), first + number)
            for number, part in enumerate(parts)
        ]

    def perturb(self) -> None:
        """One round."""
        self.rounds += 1
        size = max(LEAST_ROUND, self.found // GROWTH)
        random = np.random.default_rng([self._space.seed, PARENTS, self.rounds])
        parents = self.cells.quarters[choose(self.cells.stiffness / self._space.scale, size, random)]
        chunks = range(-(-size // CHILDREN_PER_CHUNK))
        calls = [
            (self._space, parents[CHILDREN_PER_CHUNK * chunk : CHILDREN_PER_CHUNK * (chunk + 1)], self.rounds, chunk)
            for chunk in chunks
        ]
        before, name = self.found, f"{PERTURBATION}{self.rounds:04d}"
        new = self._add(name, size, self._made(name, make_children, calls, 0), self._count)
        if new < POOREST * size and before + new < self._count:
            raise self._too_few(f"round {self.rounds} perturbed {size:,} cells and found {new:,} new ones")

    def _add(self, name: str, tried: int, made: list[Cells], most: int) -> int:
        """Take over what is not there yet, up to `most` cells in all; how many were found."""
        found = Cells.joined(made)
        new: list[int] = []
        for index, quarter in enumerate(found.quarters):
            if self.found + len(new) == most:
                break
            if (content := np.packbits(quarter).tobytes()) not in self._known:
                self._known.add(content)
                new.append(index)
        taken = found.chosen(new)
        self.cells = Cells.joined([self.cells, taken])
        self.history.record(name, tried, taken)
        return len(new)

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
            return None if (arrays := self._chunks.cached(name)) is None else unpack(arrays, self._space)
        except (KeyError, ValueError):
            return None

    def _too_few(self, what: str) -> SamplingFailed:
        space = self._space
        return SamplingFailed(
            f"{self._title} stays at {self.found:,} of {self._count:,} cells: {what}",
            remedy=f"take a wider `volume` than {space.least:g} .. {space.most:g}, a smaller `feature`, or fewer cells",
        )

    def _report(self, fresh: int) -> None:
        """Show progress, now and then."""
        now, done = time.monotonic(), self.found + fresh
        if self._before < 0:
            self._before, self._started = done, now  # what was there before took no time
        if now - self._reported < BETWEEN_LINES:
            return
        self._reported = now
        what = f"round {self.rounds}" if self.rounds else "topology optimisation"
        present_watch().phase(f"making {self._title}: {min(done, self._count):,} of {self._count:,} cells, {what}")


def pack(cells: Cells) -> dict[str, NDArray[Any]]:
    """As arrays for a file, a bit a pixel."""
    count, rows, columns = cells.quarters.shape
    flat = cells.quarters.reshape(count, rows * columns)
    return {"quarters": np.packbits(flat, axis=1), "stiffness": cells.stiffness}


def unpack(arrays: dict[str, NDArray[Any]], space: CellDesignSpace) -> Cells:
    """What `pack` made; raises ValueError or KeyError for anything else."""
    stiffness, packed = arrays["stiffness"], arrays["quarters"]
    flat = np.unpackbits(packed, axis=1, count=space.rows * space.columns).astype(bool)
    if stiffness.shape != (len(flat), len(space.scale)):
        raise ValueError("cells and stiffnesses do not go together")
    return Cells(flat.reshape(-1, space.rows, space.columns), stiffness)
