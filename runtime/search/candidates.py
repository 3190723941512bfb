"""The candidates that are worth a simulation: of all designs that were drawn, the ones that promise most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metac.runtime.errors import RuntimeFailure
from metac.runtime.learn.supervised.labelled_data import number_designs


class NothingFound(RuntimeFailure):
    """No design that was drawn can be used."""


@dataclass(frozen=True)
class Candidates:
    """Different designs, the most promising first."""

    designs: NDArray[np.uint8]
    """`[candidate, feature]`."""
    predicted: NDArray[np.float64]
    """`[candidate, label]`, label units."""
    error: NDArray[np.float64]
    """`[candidate]`: what the goals would contribute to the loss, were the prediction right."""
    drawn: int = 0
    """Designs drawn so far."""
    valid: int = 0
    """Those that can be built."""

    @classmethod
    def empty(cls, features: int, labels: int) -> Candidates:
        """Without any."""
        return cls(np.zeros((0, features), np.uint8), np.zeros((0, labels)), np.zeros(0))

    def joined(self, other: Candidates, keep: int, limit: float = np.inf) -> Candidates:
        """Both together: each design once, errors up to the limit, at most so many."""
        designs = np.concatenate([self.designs, other.designs])
        predicted = np.concatenate([self.predicted, other.predicted])
        error = np.concatenate([self.error, other.error])
        order = np.argsort(error, kind="stable")
        order = order[error[order] <= limit]
        if len(order):
            group, _ = number_designs(designs[order])
            _, first = np.unique(group, return_index=True)
            order = order[np.sort(first)][:keep]
        drawn, valid = self.drawn + other.drawn, self.valid + other.valid
        return Candidates(designs[order], predicted[order], error[order], drawn, valid)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """For a checkpoint."""
        return {"designs": self.designs, "predicted": self.predicted, "error": self.error}

    @classmethod
    def restored(cls, arrays: Mapping[str, NDArray[Any]], numbers: Mapping[str, Any]) -> Candidates:
        """The inverse of `arrays`, with `drawn` and `valid` of `numbers`."""
        designs, predicted, error = (arrays[name] for name in ("designs", "predicted", "error"))
        return cls(designs, predicted, error, int(numbers["drawn"]), int(numbers["valid"]))


@dataclass(frozen=True)
class SimulatedCandidates:
    """Results of the simulations of the first candidates, one row each."""

    values: NDArray[np.float64]
    """`[candidate, goal]`: each goal's value, or how far a curve or tensor is off; internal units."""
    miss: NDArray[np.float64]
    """`[candidate]`: what `match` and `require` contribute to the loss; infinite where the simulation failed."""
    rank: NDArray[np.float64]
    """`[candidate]`: what `minimize` and `maximize` contribute."""
    met: NDArray[np.bool_]
    """`[candidate]`: whether all of `match` and `require` is met."""

    @classmethod
    def empty(cls, goals: int) -> SimulatedCandidates:
        """Of none."""
        return cls(np.zeros((0, goals)), np.zeros(0), np.zeros(0), np.zeros(0, bool))

    def joined(self, other: SimulatedCandidates) -> SimulatedCandidates:
        """These, then others."""
        pairs = zip(self._parts, other._parts, strict=True)
        return SimulatedCandidates(*(np.concatenate(pair) for pair in pairs))

    def order(self) -> NDArray[np.int64]:
        """The best first: those that meet the goals by what is minimised, then the others by how far they miss."""
        first = np.where(self.met, self.rank, self.miss)
        return np.lexsort((self.miss, first, ~self.met))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """For a checkpoint."""
        return dict(zip(("values", "miss", "rank", "met"), self._parts, strict=True))

    @classmethod
    def restored(cls, arrays: Mapping[str, NDArray[Any]]) -> SimulatedCandidates:
        """The inverse of `arrays`."""
        return cls(*(arrays[name] for name in ("values", "miss", "rank", "met")))

    @property
    def _parts(self) -> tuple[NDArray[Any], ...]:
        return self.values, self.miss, self.rank, self.met
