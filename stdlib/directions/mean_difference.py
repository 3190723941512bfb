"""The cells that a latent space was trained on, and the direction between the means of two sets of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.latent import LearnedCells
from metac.compiler.interfaces.model import KnownCellsModel, LatentModel

if TYPE_CHECKING:
    from metac.compiler.interfaces.latent import LatentSpace

SMALLEST = 1e-9
"""Distance of two means, in that of a cell from the mean of all, below which there is no direction between them."""


def cells_at_hand(model: LatentModel) -> LearnedCells | None:
    """Cells of a model that need only be read; None where it must be made first, or says itself what is wrong."""
    if not isinstance(model, KnownCellsModel):
        return None
    try:
        return model.known_cells()
    except FieldError:
        return None


def cells_of(space: LatentSpace) -> LearnedCells:
    """Those of a latent space that is there."""
    return LearnedCells(np.asarray(space.latents), np.asarray(space.stiffness), np.asarray(space.validation))


def trained_on(cells: LearnedCells) -> LearnedCells:
    """Without those that it was not trained on: what is told of these is no matter of how the direction was found."""
    kept = np.setdiff1d(np.arange(len(cells.latents)), cells.validation)
    return LearnedCells(cells.latents[kept], cells.stiffness[kept], np.zeros(0, np.int64))


def mean_difference(
    latents: NDArray[np.floating], low: NDArray[np.int64], high: NDArray[np.int64], field: str
) -> NDArray[np.float64]:
    """The unit vector from the mean of `latents[low]` to that of `latents[high]`; raises FieldError M0608 on `field` where
    both are the same."""
    values = latents.astype(float)
    difference = values[high].mean(axis=0) - values[low].mean(axis=0)
    length, spread = np.linalg.norm(difference), np.sqrt(((values - values.mean(axis=0)) ** 2).sum(axis=1).mean())
    if not length > SMALLEST * spread:
        message = "the cells at both ends have the same mean: there is no direction from one to the other"
        raise FieldError(field, message, code="M0608", help="take sets of cells that differ")
    return difference / length
