"""The direction from cells with small values of a property to those with large ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.latent import LearnedCells
from metac.compiler.interfaces.model import LatentModel
from metac.stdlib.directions.mean_difference import cells_at_hand, cells_of, mean_difference, trained_on

if TYPE_CHECKING:
    from metac.compiler.interfaces.direction import Direction
    from metac.compiler.interfaces.satisfies import Satisfies


class Quantiles:
    """Direction: fields as in `quantiles.meta`. Judged by `metac check` where the cells need only be read.

    Raises `FieldError` M0608 where a property is the same for all cells, or there are too few for two ends.
    """

    def __init__(self, *, model: LatentModel, of: str, share: float, built: NDArray[np.float64] | None = None) -> None:
        self.model, self.of, self._vector = model, str(of), built
        if built is None and (cells := cells_at_hand(model)) is not None:
            self._vector = between_quantiles(cells, self.of, float(share))

    @staticmethod
    def build(model: LatentModel, of: str, share: float) -> NDArray[np.float64]:
        """The vector, of the latent space that is there by now."""
        return between_quantiles(cells_of(model.space), str(of), float(share))

    def at(self, latents: NDArray[np.floating]) -> NDArray[np.float64]:
        """One vector for all places."""
        assert self._vector is not None, "made without what `build` gives"
        return np.broadcast_to(self._vector, latents.shape)


def between_quantiles(cells: LearnedCells, of: str, share: float) -> NDArray[np.float64]:
    """`[latent]`: from the mean of the lowest share to that of the highest; raises FieldError, see `Quantiles`."""
    from metac.runtime.learn.autoencoders.traversal import property_of

    known = trained_on(cells)
    values, count = property_of(known.stiffness, of), len(known.latents)
    each = max(1, round(share * count))
    if 2 * each > count:
        message = f"{share:.3g} of {count} cells at each end are more than all"
        raise FieldError("share", message, code="M0608", help="take a smaller `share`, or train on more cells")
    ranked = np.sort(values)
    if not ranked[-1] > ranked[0]:
        raise FieldError("of", f"{of} is the same for all {count} cells", code="M0608", help="take another property")
    # Of cells with the same value all count: else the order of the data would turn the direction.
    low, high = np.flatnonzero(values <= ranked[each - 1]), np.flatnonzero(values >= ranked[-each])
    return mean_difference(known.latents, low, high, "of")


if TYPE_CHECKING:
    Satisfies[Direction](Quantiles)
