"""Which cells of a stock each cell of a system may be: the nearest in stiffness, or some of these that differ in shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.assembly.diversity import diverse_candidates, mean_distance
from metac.runtime.datasets.cells.design_space import whole

if TYPE_CHECKING:
    from metac.compiler.interfaces.latent import LatentSpace
    from metac.compiler.interfaces.model import LatentModel
    from metac.runtime.assembly.incompatibility import Fit
    from metac.runtime.assembly.stock import CellStock
    from metac.runtime.assembly.trws import Assembled

AT_ONCE = 512
"""Cells encoded together."""
HEADINGS = (
    "candidates",
    "mean_latent_distance",
    "mean_square_deviation",
    "cost",
    "bound",
    "gap",
    "geometric",
    "mechanical",
    "disconnected",
)


@dataclass(frozen=True)
class CandidateChoice:
    """`count` candidates for each cell: the nearest, or of `pool` that are nearest those that differ in a latent space."""

    count: int
    pool: int
    diverse: LatentModel | None

    def nearest(self, stock: CellStock, entries: NDArray[np.float64]) -> NDArray[np.int64]:
        """`[row, column, candidate]`: cells of the stock for `entries[row, column, 4]`, MPa; the nearest."""
        return stock.nearest(entries, self.count)

    def candidates(self, stock: CellStock, entries: NDArray[np.float64]) -> NDArray[np.int64]:
        """Likewise, the ones that a system is chosen from. FieldError M0537 on `diverse`, see `latents`."""
        if self.diverse is None:
            return self.nearest(stock, entries)
        pools = stock.nearest(entries, max(self.pool, self.count))
        cells, numbers = np.unique(pools, return_inverse=True)
        latents = self.latents(stock, cells)
        return cells[diverse_candidates(numbers.reshape(pools.shape), latents, self.count)]

    def latents(self, stock: CellStock, cells: NDArray[np.int64]) -> NDArray[np.float64]:
        """`[cell, latent]` of cells of the stock; FieldError M0537 on `diverse` where its cells are of another size."""
        assert self.diverse is not None
        space, (rows, columns) = self.diverse.space, stock.quarters.shape[1:]
        if space.cell != (2 * rows, 2 * columns):
            message = (
                f"the model knows cells of {space.cell} rows and columns, the data has cells of {(2 * rows, 2 * columns)}"
            )
            raise FieldError("diverse", message, code="M0537", help="take a model that has learned from cells of this size")
        return _encoded(space, whole(stock.quarters[cells]))

    def row(self, stock: CellStock, entries: NDArray[np.float64], found: JudgedCandidates) -> list[str]:
        """Of the table that compares candidates, see `HEADINGS`."""
        cells, numbers = np.unique(found.candidates, return_inverse=True)
        apart = mean_distance(numbers.reshape(found.candidates.shape), self.latents(stock, cells))
        off = (stock.stiffness[found.candidates] - entries[..., None, :]) / stock.scale
        made, fit = found.assembled, found.fit
        values = (apart, float((off**2).mean()), made.energy, made.bound, made.gap, fit.geometric, fit.mechanical)
        return [found.name, *(f"{value:.6g}" for value in values), str(len(fit.disconnected))]


class JudgedCandidates(NamedTuple):
    """A set of candidates, and the cells that were chosen of it."""

    name: str
    candidates: NDArray[np.int64]
    """`[row, column, candidate]`: cells of the stock."""
    assembled: Assembled
    fit: Fit


def comparison(
    choice: CandidateChoice, stock: CellStock, entries: NDArray[np.float64], sets: Sequence[JudgedCandidates]
) -> list[list[str]]:
    """The table of several sets of candidates for the same `entries[row, column, 4]`, MPa."""
    return [[*HEADINGS], *(choice.row(stock, entries, each) for each in sets)]


def _encoded(space: LatentSpace, cells: NDArray[np.bool_]) -> NDArray[np.float64]:
    """`[cell, latent]`, in equal batches: each size would be compiled anew."""
    import jax
    import jax.numpy as jnp

    encode, found = jax.jit(space.encode), []
    for start in range(0, len(cells), AT_ONCE):
        part = cells[start : start + AT_ONCE].astype(np.float32)
        padded = np.pad(part, ((0, AT_ONCE - len(part)), (0, 0), (0, 0)))
        found.append(np.asarray(encode(jnp.asarray(padded)), float)[: len(part)])
    return np.concatenate(found)
