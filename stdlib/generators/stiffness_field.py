"""A field of stiffness, and the cells that were chosen for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.assembly.stock import CellStock
from metac.runtime.multiscale.macro import entries_of, variables_of
from metac.stdlib.generators.cell_field import FieldOfCells
from metac.stdlib.generators.square_cells import require_mirrored, require_square

if TYPE_CHECKING:
    from jax import Array
    from numpy.typing import NDArray

    from metac.compiler.interfaces.dataset import CellDataset
    from metac.compiler.interfaces.generator import MacroGenerator
    from metac.compiler.interfaces.satisfies import Satisfies

SPREAD = 0.02
"""Standard deviation of the first variables around those of one cell."""


class StiffnessField(FieldOfCells):
    """Its variables are `[row, column, 4]` (see `runtime/multiscale/macro.py`).

    `cells`: columns and rows. Raises `FieldError` M0537 on `data` where its cells are not square, or mirrored.
    """

    def __init__(self, *, cells: Sequence[int], data: CellDataset) -> None:
        super().__init__(cells)
        require_square(data.cell)
        require_mirrored(data.mirrored)
        self._data = data

    @cached_property
    def stock(self) -> CellStock:
        """The cells that are solid at their corners; made when they are first needed.

        Goals read corners, and grips hold one: in void they would go anywhere, with no force to speak of.
        """
        data = self._data
        rows, columns = data.cell
        quarters = data.cells()[:, : rows // 2, : columns // 2].astype(bool)
        numbers = np.flatnonzero(quarters[:, 0, 0])
        if not len(numbers):
            raise FieldError("data", "no cell of it is solid at its corners, which are what goals read", code="M0537")
        return CellStock(quarters[numbers], data.stiffness()[numbers], data.solid, float(data.contrast), numbers)

    def init(self, key: Array) -> dict[str, Array]:
        """Near the cell that is nearest to the median of the data."""
        usual = self.variables_of(np.full((self.rows, self.columns), self.stock.median))
        return self.wanting(usual + SPREAD * jax.random.normal(key, usual.shape, dtype=float))

    def entries(self, variables: Array) -> Array:
        """`[row, column, 4]`, MPa."""
        return entries_of(variables)

    def outside(self, variables: Array, margin: float) -> Array:
        """See `MacroGenerator`."""
        stock = self.stock
        return jnp.maximum(margin - stock.region.signed_distance(entries_of(variables) / stock.scale), 0.0)

    def variables_of(self, chosen: NDArray[np.int64]) -> Array:
        """Of the stiffness of these cells."""
        return variables_of(jnp.asarray(self.stock.stiffness[chosen]))


if TYPE_CHECKING:
    Satisfies[MacroGenerator](StiffnessField)
