"""Cells exchanged for other candidates by what that does to the misses of goals, to first order, and to what pairs cost."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy.typing import NDArray

from metac.runtime.assembly.choice import ChoiceCosts
from metac.runtime.assembly.trws import STEPS, cost_beside

LEAST = 1e-300
"""Sum of squares, over `accuracy`, below which nothing is missed."""


def least_beside(
    costs: ChoiceCosts,
    choice: Int[np.ndarray, "row column"],
    more: Float[np.ndarray, "row column candidate"],
    count: int,
) -> Bool[np.ndarray, "row column candidate"]:
    """Which `count` candidates of each cell cost least beside what the neighbours are, with what `more` they cost.

    That which is chosen is among them.
    """
    row, column = (index.ravel() for index in np.indices(choice.shape))
    beside = _beside(costs, choice, row, column) + more.reshape(len(row), -1)
    np.put_along_axis(beside, choice.ravel()[:, None], -np.inf, axis=-1)
    found = np.zeros(beside.shape, bool)
    np.put_along_axis(found, np.argsort(beside, axis=-1)[:, :count], True, axis=-1)
    return found.reshape(costs.own.shape)


def _beside(costs: ChoiceCosts, choice: NDArray[np.int64], row: NDArray[np.int64], column: NDArray[np.int64]) -> Any:
    """`[cell, candidate]`: what its pairs cost."""
    return np.sum([cost_beside(costs, choice, row, column, side) for side in range(len(STEPS))], axis=0)


def exchanged(
    costs: ChoiceCosts,
    choice: Int[np.ndarray, "row column"],
    misses: Float[np.ndarray, " goal"],
    changes: Float[np.ndarray, "goal row column candidate"],
    accuracy: float,
    most: int,
    radius: float = np.inf,
) -> Int[np.ndarray, "row column"]:
    """One cell after the other, at most `most`, exchanged for the candidate that lowers the following sum most.

    It is `accuracy` times the sum of squares of `misses` and their `changes`, over that at the start, and what pairs cost.
    `changes` are those of each cell alone; what several do to the same goal adds up before it is squared, so that no two
    neighbours are exchanged together. Candidates that alone would change the misses by more than `radius` times their size
    are left out.
    """
    choice, start = choice.copy(), float(misses @ misses)
    if start <= accuracy * LEAST:
        return choice  # Nothing is missed.
    row, column = (index.ravel() for index in np.indices(choice.shape))
    base = np.take_along_axis(changes, choice[None, ..., None], axis=-1)
    changes = changes - base  # nothing changes where nothing is exchanged
    flat = changes.reshape(len(misses), len(row), -1)
    left = misses.copy()
    size = np.linalg.norm(flat, axis=0)
    far = ~np.isfinite(size) | (size > radius * np.sqrt(start))
    flat = np.where(far, 0.0, flat)
    for _ in range(most):
        picked = flat[:, np.arange(len(row)), choice.ravel()]
        steps = flat - picked[..., None]
        gain = accuracy / start * (2 * np.einsum("g,gcn->cn", left, steps) + np.einsum("gcn,gcn->cn", steps, steps))
        beside = _beside(costs, choice, row, column)
        gain += beside - np.take_along_axis(beside, choice.ravel()[:, None], axis=-1)
        gain[far] = np.inf
        cell, candidate = np.unravel_index(int(gain.argmin()), gain.shape)
        if gain[cell, candidate] >= -1e-12:
            break
        left += steps[:, cell, candidate]
        choice[row[cell], column[cell]] = candidate
        far[np.abs(row - row[cell]) + np.abs(column - column[cell]) == 1] = True
    return choice
