"""A field of positions on a family of cells, and the cells of it that were chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.assembly.stock import CellStock
from metac.runtime.families.family_law import FamilyLaw
from metac.runtime.grid.filters import Cone
from metac.stdlib.generators.cell_field import FieldOfCells
from metac.stdlib.generators.square_cells import require_mirrored, require_square

if TYPE_CHECKING:
    from jax import Array
    from numpy.typing import NDArray

    from metac.compiler.interfaces.family import CellFamily, FamilyCells
    from metac.compiler.interfaces.generator import Bounded, MacroGenerator
    from metac.compiler.interfaces.satisfies import Satisfies

SPREAD = 0.05
"""Standard deviation of the first positions around the middle."""


class BuiltFamily(NamedTuple):
    """Cells of a family, and its stiffness."""

    stock: CellStock
    law: FamilyLaw


class FamilyField(FieldOfCells):
    """Its variables are `[row, column]`, positions on a family, 0 to 1.

    `cells`: columns and rows. `filter`: radius of the cone that wanted positions are averaged over, cells. Raises
    `FieldError` M0537 on `family` where its cells are not square, or mirrored, or fewer than two are solid at their corners.
    """

    def __init__(self, *, cells: Sequence[int], family: CellFamily, filter: Array | float, built: BuiltFamily) -> None:
        super().__init__(cells)
        del family
        self.filter, self._built = filter, built
        self._cone = Cone.ending((self.rows, self.columns))

    @staticmethod
    def build(family: CellFamily) -> BuiltFamily:
        """Its cells that are solid at their corners, which goals read and grips hold, and the stiffness along these."""
        data = family.data
        require_square(data.cell, "family")
        require_mirrored(data.mirrored, "family")
        corners = [member.solid[:, 0, 0] for member in family.members]
        cells, solid = family.members[family.chosen], corners[family.chosen]
        if solid.sum() < 2:
            raise FieldError("family", _hollow(family.chosen, corners), code="M0537", help=_other(corners))
        return BuiltFamily(_stock(family, cells, solid), FamilyLaw.of(cells.positions[solid], cells.stiffness[solid]))

    @property
    def stock(self) -> CellStock:
        """The cells of the family."""
        return self._built.stock

    @property
    def bounds(self) -> tuple[float, float]:
        """Of positions."""
        return 0.0, 1.0

    def init(self, key: Array) -> dict[str, Array]:
        """Around the middle of the family."""
        noise = SPREAD * jax.random.normal(key, (self.rows, self.columns), dtype=float)
        return self.wanting(jnp.clip(0.5 + noise, 0.0, 1.0))

    def wanting(self, variables: Array) -> dict[str, Array]:
        """Free parameters of homogenised elements at averaged positions: neighbours differ little."""
        return super().wanting(jnp.clip(self._cone.average(variables, self.filter), *self.bounds))

    def homogenised(self, chosen: NDArray[np.int64]) -> dict[str, Array]:
        """Free parameters of elements with the stiffness of cells `chosen[row, column]`, at their own positions."""
        return super().wanting(self.variables_of(chosen))

    def entries(self, variables: Array) -> Array:
        """The family's own stiffness, `[row, column, 4]`, MPa."""
        return self._built.law.entries(variables)

    def outside(self, variables: Array, margin: float) -> Array:
        """Nowhere: see `MacroGenerator`."""
        del margin
        return jnp.zeros(variables.shape)

    def variables_of(self, chosen: NDArray[np.int64]) -> Array:
        """Positions of these cells, whose stiffness there is their own."""
        return jnp.asarray(self._positions[chosen])

    @cached_property
    def _positions(self) -> NDArray[np.float64]:
        return np.asarray(self._built.law.positions)


def _stock(family: CellFamily, cells: FamilyCells, solid: NDArray[np.bool_]) -> CellStock:
    data = family.data
    rows, columns = data.cell
    quarters = cells.solid[solid][:, : rows // 2, : columns // 2]
    return CellStock(quarters, cells.stiffness[solid], data.solid, float(data.contrast), np.flatnonzero(solid))


def _hollow(chosen: int, corners: Sequence[NDArray[np.bool_]]) -> str:
    count, total = int(corners[chosen].sum()), len(corners[chosen])
    return f"{count} of {total} cells of family {chosen + 1} are solid at their corners, which are what goals read"


def _other(corners: Sequence[NDArray[np.bool_]]) -> str:
    best = int(np.argmax([each.sum() for each in corners]))
    if corners[best].sum() < 2:
        return "none of its families has more: ask for more families, or another gradation"
    return f"write `choose = {best + 1}` in the family, whose cells are solid there, {int(corners[best].sum())} of them"


if TYPE_CHECKING:
    Satisfies[MacroGenerator](FamilyField)
    Satisfies[Bounded](FamilyField)
