"""One choice of cells for a system, and what it was chosen from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metac.runtime.assembly.choice import ChoiceCosts
from metac.runtime.assembly.incompatibility import EdgeStock, Fit
from metac.runtime.assembly.trws import Assembled


@dataclass(frozen=True, eq=False)
class CandidatePool:
    """What each cell is chosen from."""

    cells: NDArray[np.int64]
    """`[number]`: cells of the data."""
    numbers: NDArray[np.int64]
    """`[row, column, candidate]`: which of them."""
    edges: EdgeStock
    """Of these cells."""
    costs: ChoiceCosts

    def picked(self, choice: NDArray[np.int64]) -> NDArray[np.int64]:
        """`[row, column]`: numbers of the candidates that are chosen."""
        return np.take_along_axis(self.numbers, choice[..., None], axis=-1)[..., 0]


@dataclass(frozen=True, eq=False)
class Round:
    """One choice of cells."""

    chosen: NDArray[np.int64]
    """`[row, column]`: cells of the data."""
    variables: NDArray[np.float64]
    """`[row, column, …]`: what was wanted, as the generator varies it."""
    assembled: Assembled
    """The bound is −∞ where cells were exchanged."""
    pool: CandidatePool
    fit: Fit
    wanted: Any
    """The evaluation of what was wanted."""
    homogenised: Any
    """Of the chosen cells' stiffness."""
    exact: Any
    """Of all pixels; None where they are not solved for."""

    @property
    def judged(self) -> Any:
        """The evaluation that counts."""
        return self.homogenised if self.exact is None else self.exact
