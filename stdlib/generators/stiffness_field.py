"""A field of stiffness, and the cells that were chosen for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.assembly.stock import CellStock
from metac.runtime.multiscale.cell_grid import CellGrid
from metac.runtime.multiscale.exact import CellModuli
from metac.runtime.multiscale.macro import entries_of, variables_of
from metac.runtime.multiscale.memory import require_memory
from metac.runtime.multiscale.superelement import CellShape
from metac.stdlib.generators.square_cells import require_square

if TYPE_CHECKING:
    from jax import Array
    from numpy.typing import NDArray

    from metac.compiler.interfaces.dataset import CellDataset
    from metac.compiler.interfaces.generator import MacroGenerator
    from metac.compiler.interfaces.satisfies import Satisfies

SPREAD = 0.02
"""Standard deviation of the first variables around those of one cell."""
KINDS_TOGETHER = 32
"""Numbers of kinds are multiples of this."""


@dataclass(frozen=True, eq=False)
class CellField:
    """What a body is made of: homogenised elements, or cells where these have been chosen."""

    entries: Array
    """`[row, column, 4]`: C11, C12, C22, C66, MPa."""
    cells: CellModuli | None
    """The chosen cells; None before any are."""
    stock: CellStock
    """What there is to choose from."""

    @property
    def shape(self) -> CellShape:
        """Of the cells, 1 mm thick, with the pixels of those that are chosen."""
        cells = self.cells
        return self.stock.shape(1 if cells is None else cells.moduli.shape[1] // self.stock.quarters.shape[1])

    def refined(self, times: int) -> CellField | None:
        """The same cells with `times` as many pixels along each side of one; None while they are homogenised elements."""
        if self.cells is None:
            return None
        moduli = jnp.kron(self.cells.moduli, jnp.ones((1, times, times)))
        return CellField(self.entries, CellModuli(self.cells.kinds, moduli), self.stock)


class StiffnessField:
    """Free parameters are `variables[row, column, 4]` (see `runtime/multiscale/macro.py`), and of an assembled system
    `moduli[kind, y, x]` of its kinds of cells and `kinds[row, column]`, which one each is. There are no kinds before.

    `cells`: columns and rows. Raises `FieldError` M0537 on `data` where its cells are not square, or mirrored.
    """

    def __init__(self, *, cells: Sequence[int], data: CellDataset) -> None:
        self.columns, self.rows = (int(count) for count in cells)
        require_square(data.cell)
        if not data.mirrored:
            raise FieldError("data", "cells of a system are mirrored by both mid-lines, and these are not", code="M0537")
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
        stock = self.stock
        usual = variables_of(jnp.asarray(stock.stiffness[stock.median]))
        noise = SPREAD * jax.random.normal(key, (self.rows, self.columns, 4), dtype=float)
        return self.wanting(usual + noise)

    def require_memory(self) -> None:
        """Raise SystemTooLarge where memory does not suffice for all pixels, whatever cells are chosen."""
        require_memory(CellGrid(self.rows, self.columns, self.stock.shape(), ()), 1)

    def wanting(self, variables: Array) -> dict[str, Array]:
        """Free parameters of homogenised elements."""
        nothing = np.zeros((0, *self.stock.quarters.shape[1:]))
        return {"variables": variables, "moduli": jnp.asarray(nothing), "kinds": jnp.zeros((self.rows, self.columns))}

    def homogenised(self, chosen: NDArray[np.int64]) -> dict[str, Array]:
        """Free parameters of elements with the stiffness of cells `chosen[row, column]` of the data."""
        return self.wanting(variables_of(jnp.asarray(self.stock.stiffness[chosen])))

    def assembled(self, chosen: NDArray[np.int64]) -> dict[str, Array]:
        """Free parameters of the system of cells `chosen[row, column]` of the data, pixel by pixel."""
        cells, kinds = np.unique(chosen, return_inverse=True)
        # Kinds that no cell is of, so that most assemblies share one compiled program.
        unused = -len(cells) % KINDS_TOGETHER
        moduli = jnp.asarray(self.stock.moduli(np.pad(cells, (0, unused), mode="edge")))
        return {**self.homogenised(chosen), "moduli": moduli, "kinds": jnp.asarray(kinds.reshape(chosen.shape), float)}

    def at(self, theta: Mapping[str, Array]) -> CellField:
        """The field."""
        cells = None
        if len(theta["moduli"]):
            # Parameters are floating-point numbers, as optimisers and files take them; kinds have no derivative.
            cells = CellModuli(jax.lax.stop_gradient(theta["kinds"]).astype(int), theta["moduli"])
        return CellField(entries_of(theta["variables"]), cells, self.stock)


if TYPE_CHECKING:
    Satisfies[MacroGenerator](StiffnessField)
