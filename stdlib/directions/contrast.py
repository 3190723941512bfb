"""The direction from cells that fulfil one condition to those that fulfil another."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.latent import LearnedCells
from metac.compiler.interfaces.model import LatentModel
from metac.stdlib.directions.mean_difference import cells_at_hand, cells_of, mean_difference, trained_on

if TYPE_CHECKING:
    from metac.compiler.interfaces.direction import Direction
    from metac.compiler.interfaces.satisfies import Satisfies

Condition = Callable[..., ArrayLike]
"""Of C11, C12, C22, C66, MPa, arrays of one size: which cells fulfil it."""


class Contrast:
    """Direction: fields as in `contrast.meta`. Judged by `metac check` where the cells need only be read.

    Raises `FieldError` M0608 where no cell fulfils a condition, or the means of both sets are the same.
    """

    def __init__(
        self, *, model: LatentModel, low: Condition, high: Condition, of: str, built: NDArray[np.float64] | None = None
    ) -> None:
        self.model, self.of, self._vector = model, str(of), built
        if built is None and (cells := cells_at_hand(model)) is not None:
            self._vector = between_sets(cells, low, high)

    @staticmethod
    def build(model: LatentModel, low: Condition, high: Condition) -> NDArray[np.float64]:
        """The vector, of the latent space that is there by now."""
        return between_sets(cells_of(model.space), low, high)

    def at(self, latents: NDArray[np.floating]) -> NDArray[np.float64]:
        """One vector for all places."""
        assert self._vector is not None, "made without what `build` gives"
        return np.broadcast_to(self._vector, latents.shape)


def between_sets(cells: LearnedCells, low: Condition, high: Condition) -> NDArray[np.float64]:
    """`[latent]`: from the mean of the cells of `low` to that of those of `high`; raises FieldError, see `Contrast`."""
    known = trained_on(cells)
    sets = {field: _fulfilling(known, condition, field) for field, condition in (("low", low), ("high", high))}
    return mean_difference(known.latents, sets["low"], sets["high"], "high")


def _fulfilling(cells: LearnedCells, condition: Condition, field: str) -> NDArray[np.int64]:
    with np.errstate(divide="ignore", invalid="ignore"):
        holds = np.broadcast_to(np.asarray(condition(*cells.stiffness.T), bool), len(cells.stiffness))
    if not holds.any():
        ranges = ", ".join(
            f"{name} {low:.3g} .. {high:.3g}"
            for name, low, high in zip(
                ("C11", "C12", "C22", "C66"), cells.stiffness.min(axis=0), cells.stiffness.max(axis=0), strict=True
            )
        )
        message = f"none of {len(holds):,} cells fulfils this condition"
        raise FieldError(field, message, code="M0608", help=f"ask for less: the cells have (MPa) {ranges}")
    return np.flatnonzero(holds)


if TYPE_CHECKING:
    Satisfies[Direction](Contrast)
