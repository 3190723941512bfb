"""One candidate is chosen for each cell of a grid, at a cost for each pair of neighbours: a Markov random field."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy.typing import NDArray

Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ChoiceCosts:
    """Finite costs; row 0 is the top row."""

    own: Float[np.ndarray, "row column candidate"]
    """Of each candidate (the nodal weights of Wang et al., eq. 16)."""
    across: Float[np.ndarray, "row right candidate candidate"]
    """`[row, column, candidate, candidate of the cell to the right]`, one column fewer."""
    down: Float[np.ndarray, "below column candidate candidate"]
    """`[row, column, candidate, candidate of the cell below]`, one row fewer."""

    def __post_init__(self) -> None:
        rows, columns, count = self.own.shape
        wanted = ((rows, columns - 1, count, count), (rows - 1, columns, count, count))
        if (self.across.shape, self.down.shape) != wanted:
            raise ValueError("costs of candidates and pairs do not go together")
        if not all(np.isfinite(costs).all() for costs in (self.own, self.across, self.down)):
            raise ValueError("a cost is not finite")

    def energy(self, choice: Int[np.ndarray, "row column"]) -> float:
        """The sum of all costs of a choice."""
        own, across, down = self.parts(choice)
        return float(own.sum() + across.sum() + down.sum())

    def parts(self, choice: Integers) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Costs of the cells, of pairs side by side, of pairs one below the other."""
        own = np.take_along_axis(self.own, choice[..., None], axis=-1)[..., 0]
        return own, picked(self.across, choice[:, :-1], choice[:, 1:]), picked(self.down, choice[:-1], choice[1:])


def picked(costs: NDArray[np.float64], first: Integers, second: Integers) -> NDArray[np.float64]:
    """`[row, column]`: entries of `costs[row, column, first, second]`."""
    row, column = np.indices(first.shape)
    return costs[row, column, first, second]
