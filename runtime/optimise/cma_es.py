"""Covariance matrix adaptation (CMA-ES) in a box, with restarts of growing population.

The strategy is that of the package `cmaes` (Nomura and Shibata, arXiv 2402.01373; Hansen, arXiv 1604.00772), restarts those
of Auger and Hansen (IEEE CEC 2005: IPOP): a start ends where it has converged, and the next one begins at a random place
with twice the candidates. Where the best place of all lies elsewhere than where its start converged, its valley is searched
next, by a start with a narrow spread.

All that happens follows from the seed and the losses that were told, so these are the state that a checkpoint keeps: told
once more, they bring the strategy to the same bits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from cmaes import CMA
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
FEWEST_DIMENSIONS = 2
"""That the package knows; a single parameter gets one beside it that does nothing."""
RESAMPLED = 10
"""How often a candidate outside of the box is drawn again."""
NARROW = 0.1
"""The spread of a start that searches one valley, over that of the others."""
SAME = 1e-6
"""Relative difference of losses up to which two places count as one minimum."""
SMALL = 1e-12
"""The same, as a difference: what the package takes for converged."""
REFUSED = 1e300
"""The loss of what cannot be simulated: worse than everything, and finite."""


class Candidate(NamedTuple):
    """A place with its loss."""

    at: Numbers
    """`[parameter]`, shares of the box."""
    loss: float


@dataclass
class Start:
    """One start of the strategy."""

    strategy: CMA
    refines: bool = False
    """Whether it began at the best place of the start before it."""
    best: Candidate | None = None
    reached: float = np.inf
    """The lowest loss of its last generation."""
    evaluations: int = 0
    converged: bool = False

    @property
    def left_behind(self) -> bool:
        """Whether it converged elsewhere than in the valley of its best place."""
        if not self.converged or self.best is None:
            return False
        return self.best.loss < self.reached - max(SMALL, SAME * max(abs(self.reached), abs(self.best.loss)))


@dataclass
class EvolutionStrategy:
    """Asks for the losses of candidates, generation by generation, until all starts have converged.

    Args:
        begin: `[parameter]`, the mean of the first start, shares of the box 0 .. 1.
        spread: standard deviation of the first generation of each start.
        population: candidates of a generation in the first start; None: 4 + ⌊3 ln n⌋.
        restarts: most starts.
        seed: of all randomness.
    """

    begin: Numbers
    spread: float
    population: int | None
    restarts: int
    seed: int
    starts: list[Start] = field(default_factory=list, init=False)
    told: list[Numbers] = field(default_factory=list, init=False)
    """The losses of each generation, those of failures as `REFUSED`."""

    def __post_init__(self) -> None:
        self._asked: Numbers | None = None
        self.starts.append(self._start())

    @property
    def generations(self) -> int:
        """So far, in all starts."""
        return len(self.told)

    @property
    def ended(self) -> bool:
        """Whether the last start has converged, with no valley left to look into."""
        return self.starts[-1].converged and not self._refines and self._wide >= self.restarts

    @property
    def _refines(self) -> bool:
        """Whether the next start searches the valley of the best place: the last one found it and converged elsewhere."""
        last, best = self.starts[-1], self.best
        return last.left_behind and last.best is best

    @property
    def _wide(self) -> int:
        """Starts that were no refinements."""
        return sum(not each.refines for each in self.starts)

    @property
    def best(self) -> Candidate | None:
        """Of all starts; None where nothing could be simulated yet."""
        return min((each.best for each in self.starts if each.best is not None), key=lambda each: each.loss, default=None)

    @property
    def state(self) -> Numbers:
        """All losses, in order: what `replay` takes."""
        return np.concatenate([np.zeros(0), *self.told])

    def ask(self) -> Numbers:
        """`[candidate, parameter]` of the next generation."""
        if self._asked is None:
            if self.starts[-1].converged:
                self.starts.append(self._start())
            strategy = self.starts[-1].strategy
            self._asked = np.array([strategy.ask() for _ in range(strategy.population_size)])
        return self._asked[:, : len(self.begin)]

    def tell(self, losses: Iterable[float]) -> None:
        """The losses of the candidates that were asked for; what is not finite counts as failed."""
        values = np.fromiter(losses, float)
        values = np.where(np.isfinite(values), values, REFUSED)
        start, places, asked = self.starts[-1], self.ask(), self._asked
        assert asked is not None
        lowest = int(np.argmin(values))
        if values[lowest] < REFUSED and (start.best is None or values[lowest] < start.best.loss):
            start.best = Candidate(places[lowest].copy(), float(values[lowest]))
        start.strategy.tell([(at, float(loss)) for at, loss in zip(asked, values, strict=True)])
        start.evaluations += len(values)
        start.reached = float(values[lowest])
        start.converged = start.strategy.should_stop()
        self.told.append(values)
        self._asked = None

    def replay(self, losses: Numbers) -> None:
        """Tell again what was told before; ValueError for losses of another strategy."""
        done = 0
        while done < len(losses):
            count = len(self.ask())
            if done + count > len(losses):
                raise ValueError(f"{len(losses)} losses are no whole number of generations")
            self.tell(losses[done : done + count])
            done += count

    def _start(self) -> Start:
        number, size = len(self.starts), max(len(self.begin), FEWEST_DIMENSIONS)
        refines, best = bool(self.starts) and self._refines, self.best
        wide, mean = (0 if refines else self._wide), np.full(size, 0.5)
        mean[: len(self.begin)] = best.at if refines and best is not None else self.begin
        if number and not refines:
            mean = np.random.default_rng([self.seed, number]).uniform(size=size)
        first = self.population or 4 + int(3 * np.log(size))
        bounds = np.tile([0.0, 1.0], (size, 1))
        seed = int(np.random.default_rng([self.seed, number, 1]).integers(2**31))
        spread = self.spread * (NARROW if refines else 1.0)
        population = first * 2**wide
        # A few draws until one lies in the box, then the nearest place in it: near a corner more only cost time.
        strategy = CMA(mean, spread, bounds=bounds, seed=seed, population_size=population, n_max_resampling=RESAMPLED)
        return Start(strategy, refines)
