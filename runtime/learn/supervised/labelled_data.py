"""Labelled designs as networks take them: scaled, and split into sets that share no design."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Rows = NDArray[np.int64]


class LabelledSamples(NamedTuple):
    """One row a sample; a tree of arrays."""

    designs: NDArray[np.uint8]
    """`[sample, feature]`, 0 or 1."""
    settings: NDArray[np.float32]
    """`[sample, setting]`, scaled."""
    labels: NDArray[np.float32]
    """`[sample, label]`, scaled."""

    def take(self, rows: Rows) -> LabelledSamples:
        """Some samples; `rows` may have several axes."""
        return LabelledSamples(self.designs[rows], self.settings[rows], self.labels[rows])


@dataclass(frozen=True)
class Scaling:
    """To 0 … 1 over the range that a column has in a data set; a column that does not vary becomes 0."""

    low: tuple[float, ...]
    high: tuple[float, ...]

    @classmethod
    def of(cls, columns: NDArray[np.float64]) -> Scaling:
        """Of `[sample, column]`."""
        return cls(tuple(columns.min(axis=0).tolist()), tuple(columns.max(axis=0).tolist()))

    @property
    def span(self) -> NDArray[np.float64]:
        """`[column]`; 1 for one that does not vary."""
        span = np.subtract(self.high, self.low)
        return np.where(span > 0, span, 1.0)

    def scale(self, columns: ArrayLike) -> NDArray[np.float32]:
        """`[…, column]` scaled."""
        return ((np.asarray(columns, float) - np.asarray(self.low)) / self.span).astype(np.float32)

    def restore(self, columns: ArrayLike) -> NDArray[np.float64]:
        """The inverse of `scale`."""
        return np.asarray(columns, float) * self.span + np.asarray(self.low)

    def describe(self) -> dict[str, Any]:
        """As plain values."""
        return {"low": list(self.low), "high": list(self.high)}

    @classmethod
    def read(cls, description: Mapping[str, Sequence[float]]) -> Scaling:
        """The inverse of `describe`. Raises KeyError or TypeError where it describes none."""
        return cls(tuple(map(float, description["low"])), tuple(map(float, description["high"])))


class DataSplit(NamedTuple):
    """Rows of the samples that a network learns from, that tell when to end, and that it is judged by."""

    training: Rows
    validation: Rows
    test: Rows


def split_designs(designs: NDArray[np.uint8], validation: float, test: float, seed: int) -> DataSplit:
    """Random sets; all samples of one design, at other settings or drawn twice, fall into the same set.

    Args:
        designs: `[sample, feature]`.
        validation: share of the designs.
        test: likewise.
        seed: of the choice.
    """
    group, count = number_designs(designs)
    ends = np.cumsum(_counts(count, (test, validation)))
    place = np.random.Generator(np.random.PCG64(seed)).permutation(count)[group]
    held, between = place < ends[0], (place >= ends[0]) & (place < ends[1])
    return DataSplit(*(np.flatnonzero(rows) for rows in (~held & ~between, between, held)))


def folds(designs: NDArray[np.uint8], rows: Rows, count: int, seed: int) -> list[tuple[Rows, Rows]]:
    """k-fold cross-validation over `rows`: for each fold the rows to learn from, and those left out."""
    group, groups = number_designs(designs[rows])
    part = np.random.Generator(np.random.PCG64([seed, count])).permutation(groups)[group] % count
    return [(rows[part != number], rows[part == number]) for number in range(count)]


def _counts(count: int, shares: tuple[float, ...]) -> list[int]:
    """Of designs: a share that is not zero gets one design at least, and one is left."""
    counts = [0 if share == 0 else max(1, round(share * count)) for share in shares]
    if sum(counts) >= count:
        raise ValueError(f"{count} designs are too few for sets to learn from, to tell when to end, and to be judged by")
    return counts


def number_designs(designs: NDArray[np.uint8]) -> tuple[NDArray[np.int64], int]:
    """`[sample]`: a number for each different design, and how many there are."""
    packed = np.ascontiguousarray(np.packbits(designs != 0, axis=1))
    _, group = np.unique(packed.view(np.dtype((np.void, packed.shape[1]))).ravel(), return_inverse=True)
    return group.astype(np.int64).ravel(), int(group.max()) + 1
