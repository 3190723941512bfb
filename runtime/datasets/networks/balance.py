"""Undersampling: fewer of the designs that are many (Pahlavani et al., supplement, data resampling)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

RATIO_LIMITS = (0.0, 0.3)
"""Poisson's ratios that separate the three ranges of the paper."""


def few_of_each_tuple(labels: NDArray[np.float64], decimals: Sequence[int], most: int) -> NDArray[np.int64]:
    """Rows, ascending: the first `most` of those whose labels `[sample, label]` round to the same `decimals`, by label."""
    scaled = np.rint(labels * 10.0 ** np.asarray(decimals)).astype(np.int64)
    return _first(np.unique(scaled, axis=0, return_inverse=True)[1], most)


def as_many_of_each_range(ratios: NDArray[np.float64]) -> NDArray[np.int64]:
    """Rows, ascending: as many from each range of Poisson's ratios `[sample, ratio]` as the rarest one has.

    Each ratio lies below, between or above `RATIO_LIMITS`; ranges of two ratios are all pairs of these, and so on.
    """
    places = np.searchsorted(RATIO_LIMITS, ratios, side="right")
    group = places @ (len(RATIO_LIMITS) + 1) ** np.arange(ratios.shape[1])
    counts = np.bincount(group)
    return _first(group, int(counts[counts > 0].min(initial=len(group))))


def _first(group: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Rows, ascending: the first `most` of each group `[sample]`."""
    group = group.ravel()
    order = np.argsort(group, kind="stable")
    placed = group[order]
    rank = np.arange(len(group)) - np.searchsorted(placed, placed)
    return np.sort(order[rank < most])
