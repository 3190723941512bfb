"""What generators of systems of cells share: elements of a stiffness each, and the cells that were chosen for them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np

from metac.runtime.multiscale.cell_grid import CellGrid
from metac.runtime.multiscale.exact import CellModuli
from metac.runtime.multiscale.memory import require_memory

if TYPE_CHECKING:
    from jax import Array
    from numpy.typing import NDArray

    from metac.runtime.assembly.stock import CellStock
    from metac.runtime.multiscale.superelement import CellShape

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
    split: int = 1
    """Each pixel of the cells is so many by so many."""

    @property
    def shape(self) -> CellShape:
        """Of the cells, 1 mm thick."""
        return self.stock.shape(self.split)

    def refined(self, times: int) -> CellField | None:
        """The same cells with `times` as many pixels along each side of one; None while they are homogenised elements."""
        if self.cells is None:
            return None
        return replace(self, split=times * self.split)


class FieldOfCells(ABC):
    """Free parameters are `variables[row, column, …]`, which decide the stiffness of homogenised elements, and of an
    assembled system `moduli[kind, y, x]` of its kinds of cells and `kinds[row, column]`, which one each is. There are no
    kinds before.

    `cells`: columns and rows.
    """

    def __init__(self, cells: Sequence[int]) -> None:
        self.columns, self.rows = (int(count) for count in cells)

    @property
    @abstractmethod
    def stock(self) -> CellStock:
        """What there is to choose from."""

    @abstractmethod
    def entries(self, variables: Array) -> Array:
        """`[row, column, 4]`, MPa."""

    @abstractmethod
    def variables_of(self, chosen: NDArray[np.int64]) -> Array:
        """Variables of elements with the stiffness of cells `chosen[row, column]` of the stock."""

    def require_memory(self) -> None:
        """Raise SystemTooLarge where memory does not suffice for all pixels, whatever cells are chosen."""
        require_memory(CellGrid(self.rows, self.columns, self.stock.shape(), ()), 1)

    def wanting(self, variables: Array) -> dict[str, Array]:
        """Free parameters of homogenised elements."""
        nothing = np.zeros((0, *self.stock.quarters.shape[1:]))
        return {"variables": variables, "moduli": jnp.asarray(nothing), "kinds": jnp.zeros((self.rows, self.columns))}

    def homogenised(self, chosen: NDArray[np.int64]) -> dict[str, Array]:
        """Free parameters of elements with the stiffness of cells `chosen[row, column]` of the stock."""
        return self.wanting(self.variables_of(chosen))

    def assembled(self, chosen: NDArray[np.int64]) -> dict[str, Array]:
        """Free parameters of the system of cells `chosen[row, column]` of the stock, pixel by pixel."""
        quarters = self.stock.quarters[chosen.ravel()]
        return self.drawn(self.homogenised(chosen), quarters)

    def drawn(self, theta: Mapping[str, Array], quarters: NDArray[np.bool_]) -> dict[str, Array]:
        """Free parameters of the system of cells with these pixels, `quarters[cell, y, x]` of those that are free, row by
        row; the stiffness of its elements is that of `theta`."""
        cells, kinds = np.unique(quarters, axis=0, return_inverse=True)
        # Kinds that no cell is of, so that most assemblies share one compiled program.
        unused = -len(cells) % KINDS_TOGETHER
        solid = np.pad(cells, ((0, unused), (0, 0), (0, 0)), mode="edge")
        moduli = np.where(solid, 1.0, 1 / self.stock.contrast)
        numbers = kinds.reshape(np.shape(theta["kinds"]))
        return {**theta, "moduli": jnp.asarray(moduli), "kinds": jnp.asarray(numbers, float)}

    def pixels(self, theta: Mapping[str, Array]) -> tuple[NDArray[np.bool_], NDArray[np.int64]] | None:
        """What `drawn` takes, of an assembled system, and `[row, column]` of all cells, which of them each is; None where no
        cells are chosen."""
        if not len(theta["moduli"]):
            return None
        kinds = np.asarray(theta["kinds"]).astype(int)
        quarters = np.asarray(theta["moduli"])[kinds.ravel()] > 1 / 2
        numbered = self.at({**theta, "kinds": jnp.arange(float(kinds.size)).reshape(kinds.shape)}).cells
        return quarters, np.asarray(numbered.kinds)  # type: ignore[union-attr]

    def at(self, theta: Mapping[str, Array]) -> CellField:
        """The field."""
        cells = None
        if len(theta["moduli"]):
            # Parameters are floating-point numbers, as optimisers and files take them; kinds have no derivative.
            cells = CellModuli(jax.lax.stop_gradient(theta["kinds"]).astype(int), theta["moduli"])
        return CellField(self.entries(theta["variables"]), cells, self.stock)
