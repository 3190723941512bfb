"""How much a cell is like those that a latent space has learned from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.measure import Measure
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.stdlib.models.vae import Vae


class Familiarity:
    """Of the mean of a cell's latent variables (`compiler/interfaces/latent.py: LatentSpace.familiarity`).

    Raises `FieldError` M0529 where the body has other rows and columns than the cells that the model knows, or a multiple.
    """

    def __init__(self, *, of: Any, model: Vae) -> None:
        self.of, self.model = of, model

    @cached_property
    def value(self) -> Array:
        """A number, 1 where the cell is as near to others as these are to each other."""
        space, density = self.model.space, self.of.density
        rows, columns = space.cell
        times = density.shape[0] // rows
        if times < 1 or density.shape != (times * rows, times * columns):
            found = "{} and {}".format(*density.shape)
            message = f"the model knows cells of {rows} rows and {columns} columns, the body has {found}"
            raise FieldError("of", message, code="M0529", help="take a body of one decoded cell, or train on such cells")
        # A check on a finer grid gives each pixel as several.
        coarse = density.reshape(rows, times, columns, times).mean(axis=(1, 3))
        return space.familiarity(space.encode(coarse))


if TYPE_CHECKING:
    Satisfies[Measure](Familiarity)
