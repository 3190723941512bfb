"""How badly cells fit their neighbours and what is wanted of them (Wang et al., eqs. 16 and 17).

Cells are mirrored by both mid-lines, so that half an edge says all of it, and a cell's right edge is like its left one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy.typing import NDArray

from metac.runtime.assembly.choice import ChoiceCosts
from metac.runtime.assembly.tractions import EdgeTractions

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
PAIRS_AT_ONCE = 1 << 22
"""Numbers of a table that are worked on together."""


@dataclass(frozen=True, eq=False)
class EdgeStock:
    """What cells show to their neighbours."""

    quarters: Bool[np.ndarray, "cell row column"]
    """Upper left quarters, true for solid."""
    tractions: EdgeTractions

    @property
    def left(self) -> Bool[np.ndarray, "cell row"]:
        """Pixels along the left edge, which is the right one too."""
        return self.quarters[:, :, 0]

    @property
    def top(self) -> Bool[np.ndarray, "cell column"]:
        """Pixels along the top edge, which is the bottom one too."""
        return self.quarters[:, 0]


class Weights(NamedTuple):
    """What the costs of an assembly are multiplied by."""

    deviation: float
    geometric: float
    mechanical: float


def geometric_incompatibility(first: Bool[np.ndarray, "*pair pixel"], second: Bool[np.ndarray, "*pair pixel"]) -> Array:
    """Solid pixels that meet void, over all solid pixels on both sides of an edge; 1 where neither side has any."""
    solid = first.sum(axis=-1) + second.sum(axis=-1)
    return np.where(solid > 0, (first ^ second).sum(axis=-1) / np.maximum(solid, 1), 1.0)


def mechanical_incompatibility(first: Float[np.ndarray, "*pair number"], second: Float[np.ndarray, "*pair number"]) -> Array:
    """Σ|t₁ − t₂| / Σ(|t₁| + |t₂|) of the tractions on an edge under all unit strains: 0 for equal ones, 1 at most."""
    total = np.abs(first).sum(axis=-1) + np.abs(second).sum(axis=-1)
    return np.asarray(np.abs(first - second).sum(axis=-1) / np.where(total > 0, total, 1.0))


def deviation(
    stiffness: Float[np.ndarray, "*#cell 4"], wanted: Float[np.ndarray, "*#cell 4"], scale: Float[np.ndarray, " 4"]
) -> Array:
    """The largest deviation of C11, C12, C22, C66 from what is wanted (eq. 16), over the solid's.

    Over the solid's stiffness: in MPa, some hundredths, it would be drowned by what pairs cost, 0 to 2 each.
    """
    return np.asarray(np.max(np.abs(stiffness - wanted) / scale, axis=-1))


def choice_costs(
    stock: EdgeStock, candidates: Int[np.ndarray, "row column candidate"], own: Array, weights: Weights
) -> ChoiceCosts:
    """Costs of `candidates` out of a stock; `own[row, column, candidate]`: `deviation` of each."""

    def pairs(first: Integers, second: Integers, pixels: NDArray[np.bool_], tractions: Array) -> Array:
        return _pair_table(first, second, pixels, tractions.reshape(len(tractions), -1), weights)

    across = pairs(candidates[:, :-1], candidates[:, 1:], stock.left, stock.tractions.left)
    down = pairs(candidates[:-1], candidates[1:], stock.top, stock.tractions.top)
    return ChoiceCosts(weights.deviation * own, across, down)


def _pair_table(first: Integers, second: Integers, pixels: NDArray[np.bool_], tractions: Array, weights: Weights) -> Array:
    """`[…, candidate, candidate]`: what each pair costs."""
    count = first.shape[-1]
    pairs = np.stack(np.broadcast_arrays(first[..., :, None], second[..., None, :]), axis=-1).reshape(-1, 2)
    if not len(pairs):
        return np.zeros((*first.shape, count))
    # The same two cells meet at many edges: each pair once, in one order, as costs are symmetric.
    pairs = np.sort(pairs, axis=1)
    keys, where = np.unique(pairs[:, 0] * len(pixels) + pairs[:, 1], return_inverse=True)
    one, other = np.divmod(keys, len(pixels))
    cost = np.empty(len(keys))
    step = max(1, PAIRS_AT_ONCE // (pixels.shape[1] + tractions.shape[1]))
    for start in range(0, len(keys), step):
        a, b = one[start : start + step], other[start : start + step]
        cost[start : start + step] = weights.geometric * geometric_incompatibility(pixels[a], pixels[b])
        cost[start : start + step] += weights.mechanical * mechanical_incompatibility(tractions[a], tractions[b])
    return cost[where].reshape(*first.shape, count)


class Fit(NamedTuple):
    """How the cells of an assembly fit each other."""

    geometric: float
    """Mean over all edges."""
    mechanical: float
    """Mean over all edges."""
    disconnected: tuple[tuple[tuple[int, int], tuple[int, int]], ...]
    """Pairs of neighbours, `(row, column)` each, between which no solid pixel meets another."""


def fit_of(stock: EdgeStock, chosen: Int[np.ndarray, "row column"]) -> Fit:
    """Of `chosen` cells of a stock."""
    edges = []
    for step, pixels, tractions in (((0, 1), stock.left, stock.tractions.left), ((1, 0), stock.top, stock.tractions.top)):
        first = chosen[: chosen.shape[0] - step[0], : chosen.shape[1] - step[1]]
        second, flat = chosen[step[0] :, step[1] :], tractions.reshape(len(tractions), -1)
        meet = (pixels[first] & pixels[second]).any(axis=-1)
        apart = [((int(i), int(j)), (int(i) + step[0], int(j) + step[1])) for i, j in np.argwhere(~meet)]
        geometric = geometric_incompatibility(pixels[first], pixels[second]).ravel()
        edges.append((geometric, mechanical_incompatibility(flat[first], flat[second]).ravel(), apart))
    means = [float(np.concatenate([edge[k] for edge in edges]).mean()) if chosen.size > 1 else 0.0 for k in (0, 1)]
    return Fit(means[0], means[1], tuple(pair for edge in edges for pair in edge[2]))
