"""Cells exchanged for other candidates by what that does to the misses of goals, to first order, and to what pairs cost."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from metac.runtime.assembly.choice import ChoiceCosts
from metac.runtime.assembly.trws import STEPS, cost_beside

LEAST = 1e-300
"""Sum of squares, over `accuracy`, below which nothing is missed."""


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
    First order in the stiffness of each cell, but what several do to the same goal adds up before it is squared. Candidates
    that alone would change the misses by more than `radius` times their size are left out: first order says nothing there.
    """
    choice, start = choice.copy(), float(misses @ misses)
    if start <= accuracy * LEAST:
        return choice  # Nothing is missed.
    row, column = (index.ravel() for index in np.indices(choice.shape))
    base = np.take_along_axis(changes, choice[None, ..., None], axis=-1)
    changes = changes - base  # nothing changes where nothing is exchanged
    flat = changes.reshape(len(misses), len(row), -1)
    left = misses.copy()
    far = np.linalg.norm(flat, axis=0) > radius * np.sqrt(start)
    for _ in range(most):
        picked = flat[:, np.arange(len(row)), choice.ravel()]
        steps = flat - picked[..., None]
        gain = accuracy / start * (2 * np.einsum("g,gcn->cn", left, steps) + np.einsum("gcn,gcn->cn", steps, steps))
        beside = np.sum([cost_beside(costs, choice, row, column, side) for side in range(len(STEPS))], axis=0)
        gain += beside - np.take_along_axis(beside, choice.ravel()[:, None], axis=-1)
        gain[far] = np.inf
        cell, candidate = np.unravel_index(int(gain.argmin()), gain.shape)
        if gain[cell, candidate] >= -1e-12:
            break
        left += steps[:, cell, candidate]
        choice[row[cell], column[cell]] = candidate
    return choice
