"""What the fields of families ask for, and why there may be none: judged without JAX."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.dataset import CellDataset
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.latent import LearnedCells
from metac.compiler.interfaces.model import LatentModel
from metac.compiler.interfaces.values import Range
from metac.stdlib.models.decoded_cells import data_of

if TYPE_CHECKING:
    from metac.runtime.families.gradation import Gradation, RankedCells

CODE = "M0628"
Law = Callable[[Any], ArrayLike]
"""An entry of the stiffness, MPa, of C11, MPa, an array."""


@dataclass(frozen=True, eq=False, kw_only=True)
class PathFields:
    """Fields as in `path.meta`, MPa. Raises `FieldError` M0628."""

    model: LatentModel
    between: Range[float]
    C12: Law
    C22: Law
    C66: Law
    within: float
    neighbours: int
    ends: int
    power: float
    count: int
    apart: float
    samples: int
    corrections: int
    feature: int
    choose: int
    data: CellDataset | None
    threshold: float

    def __post_init__(self) -> None:
        if self.choose > self.count:
            message = f"there are {self.count} families, and none with the number {self.choose}"
            help = f"write `choose = {self.count}` at most, or a larger `count`"
            raise FieldError("choose", message, code=CODE, help=help)
        first, last = float(self.between.start), float(self.between.stop)
        if not 0 < first < last:
            message = f"no cells get stiffer from {first:g} MPa to {last:g} MPa"
            raise FieldError("between", message, code=CODE, help="write the softer end first: `0.05 MPa .. 0.7 MPa`")
        _require_sound(self.gradation)
        _ = self.solid

    @cached_property
    def gradation(self) -> Gradation:
        """The curve that is prescribed."""
        from metac.runtime.families.gradation import Gradation

        with np.errstate(all="ignore"):
            return Gradation.of(float(self.between.start), float(self.between.stop), (self.C12, self.C22, self.C66))

    @cached_property
    def solid(self) -> CellDataset:
        """The data set that says which solid and void decoded cells are made of."""
        return data_of(self.model, self.data, CODE)

    def near(self, cells: LearnedCells) -> RankedCells:
        """Cells near the gradation, by C11."""
        from metac.runtime.families.gradation import ranked_cells

        return ranked_cells(self.gradation, cells.stiffness, self.within)

    def paths(self, cells: LearnedCells) -> tuple[NDArray[np.int64], ...]:
        """Numbers of the cells of each family, by C11. Raises `FieldError` M0628 where there are not as many."""
        from metac.runtime.families.rank_graph import different_paths

        self._require_in_range(cells)
        near = self.near(cells)
        self._require_enough(cells, len(near.numbers))
        self._require_both_ends(near)
        latents = cells.latents[near.numbers]
        found = different_paths(
            latents, int(self.count), int(self.neighbours), int(self.ends), float(self.power), float(self.apart)
        )
        if len(found.paths) < self.count:
            self._refuse_count(len(found.paths), found.left)
        return tuple(near.numbers[path] for path in found.paths)

    def _require_in_range(self, cells: LearnedCells) -> None:
        first, last = self.gradation.points[[0, -1], 0]
        softest, stiffest = cells.stiffness[:, 0].min(), cells.stiffness[:, 0].max()
        if last < softest or first > stiffest:
            message = f"the cells have C11 from {softest:.3g} MPa to {stiffest:.3g} MPa, and none in this range"
            raise FieldError("between", message, code=CODE, help=f"write `between = {_between(softest, stiffest)}`")

    def _require_enough(self, cells: LearnedCells, found: int) -> None:
        from metac.runtime.families.gradation import distance_that_holds

        needed = 2 * self.ends
        if found >= needed:
            return
        message = (
            f"{found} of {len(cells.stiffness):,} cells are this near to the gradation; {needed} are needed, twice `ends`"
        )
        nearest = distance_that_holds(self.gradation, cells.stiffness, needed)
        if np.isfinite(nearest):
            help = f"within {_rounded_up(nearest)} MPa there are {needed}; or take fewer `ends`"
        else:
            help = f"take fewer `ends`: there are {len(cells.stiffness)} cells in all"
        raise FieldError("within", message, code=CODE, help=help)

    def _require_both_ends(self, near: RankedCells) -> None:
        """The gradation's ends must be near to a cell each."""
        first, last = self.gradation.points[[0, -1], 0]
        softest, stiffest = float(near.nearest.c11.min()), float(near.nearest.c11.max())
        if softest - first <= self.within and last - stiffest <= self.within:
            return
        message = (
            f"cells within {self.within:g} MPa of the gradation have C11 from {softest:.3g} MPa to {stiffest:.3g} MPa alone"
        )
        raise FieldError(
            "between", message, code=CODE, help=f"write `between = {_between(softest, stiffest)}`, or a larger `within`"
        )

    def _refuse_count(self, found: int, left: int) -> None:
        few = left < 2 * self.ends
        why = (
            f"{left} cells are left then, fewer than twice `ends`"
            if few
            else f"no path joins the ends of the {left} cells left"
        )
        ways = ["more `neighbours`", "a larger `within`", *(["a smaller `apart`"] if self.apart else ["fewer `ends`"])]
        if not found:
            raise FieldError("neighbours", why.replace(" left", ""), code=CODE, help=f"take {' or '.join(ways[:2])}")
        message = f"{found} {'family was' if found == 1 else 'families were'} found: {why}"
        raise FieldError(
            "apart" if self.apart else "count",
            message,
            code=CODE,
            help=f"write `count = {found}`, or take {', '.join(ways[:-1])} or {ways[-1]}",
        )


def _require_sound(gradation: Gradation) -> None:
    """`FieldError` on the first entry that makes a stiffness which is none."""
    wrong = np.flatnonzero(~gradation.sound)
    if not wrong.size:
        return
    c11, c12, c22, c66 = gradation.points[wrong[0]]
    if not np.isfinite(c22) or c22 <= 0:
        field, value = "C22", c22
    elif not np.isfinite(c66) or c66 <= 0:
        field, value = "C66", c66
    else:
        field, value = "C12", c12
    bound = "C12² < C11 C22" if field == "C12" else "it is positive"
    message = f"this gives {value:.3g} MPa where C11 is {c11:.3g} MPa, which no material has: {bound}"
    raise FieldError(field, message, code=CODE, help="change it, or the range `between`")


def _between(first: float, last: float) -> str:
    return f"{first:.3g} MPa .. {last:.3g} MPa"


def _rounded_up(value: float) -> str:
    """To two digits."""
    step = 10.0 ** (np.floor(np.log10(max(value, 1e-12))) - 1)
    return f"{np.ceil(value / step) * step:.2g}"
