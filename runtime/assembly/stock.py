"""A stock of mirrored cells with their stiffness: what assemblies are chosen from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.spatial import KDTree

from metac.runtime.assembly.incompatibility import EdgeStock
from metac.runtime.assembly.tractions import KnownTractions, TractionProblem
from metac.runtime.multiscale.property_region import PropertyRegion
from metac.runtime.multiscale.superelement import CellShape, Unit


@dataclass(frozen=True, eq=False)
class CellStock:
    """`solid[3, 3]`, MPa: stiffness of the solid; the void is softer by `contrast`."""

    quarters: Bool[np.ndarray, "cell y x"]
    """Upper left quarters of cells that both mid-lines mirror, true for solid."""
    stiffness: Float[np.ndarray, "cell 4"]
    """C11, C12, C22, C66, MPa."""
    solid: Float[np.ndarray, "3 3"]
    contrast: float
    numbers: Int[np.ndarray, " cell"]
    """Of the cells in the data that they are from."""

    @cached_property
    def scale(self) -> Float[np.ndarray, " 4"]:
        """What makes the four entries comparable, MPa: those of the solid, C11 for C12."""
        return self.solid[[0, 0, 1, 2], [0, 0, 1, 2]]

    @property
    def unit(self) -> Unit:
        """The solid's stiffness as plain numbers, MPa."""
        return tuple((float(a), float(b), float(c)) for a, b, c in self.solid)

    def shape(self, split: int = 1) -> CellShape:
        """Of a cell, 1 mm thick, each of whose pixels is `split` by `split`."""
        rows, columns = self.quarters.shape[1:]
        return CellShape(2 * split * rows, 2 * split * columns, self.unit, True, split)

    @cached_property
    def region(self) -> PropertyRegion:
        """Which properties the cells have."""
        return PropertyRegion.of(self.stiffness / self.scale)

    @cached_property
    def median(self) -> int:
        """The cell that is nearest to the median of all entries."""
        return int(self.nearest(np.median(self.stiffness, axis=0), 1)[0])

    def nearest(self, wanted: Float[np.ndarray, "*cell 4"], count: int) -> Int[np.ndarray, "*cell candidate"]:
        """The cells whose stiffness is nearest to what is wanted, MPa, the nearest first."""
        found = self._tree.query(wanted / self.scale, k=min(count, len(self.stiffness)))[1]
        return np.asarray(found, np.int64).reshape(*wanted.shape[:-1], -1)

    def moduli(self, cells: Int[np.ndarray, " kind"]) -> Float[np.ndarray, "kind y x"]:
        """Of pixels of the quarters of some cells, over the solid's."""
        return np.where(self.quarters[cells], 1.0, 1 / self.contrast)

    def picture(self, chosen: Int[np.ndarray, "row column"]) -> Bool[np.ndarray, "y x"]:
        """All pixels of a sheet of chosen cells, row 0 at the top."""
        half = np.concatenate([self.quarters, self.quarters[:, :, ::-1]], axis=2)[chosen]
        cells = np.concatenate([half, half[:, :, ::-1]], axis=2)
        rows, columns = chosen.shape
        return cells.transpose(0, 2, 1, 3).reshape(rows * cells.shape[2], columns * cells.shape[3])

    def edges(self, cells: Int[np.ndarray, " kind"]) -> EdgeStock:
        """What some cells show to their neighbours, each solved for once; raises SingularBlock."""
        return EdgeStock(self.quarters[cells], self._tractions.of(cells))

    @cached_property
    def _tractions(self) -> KnownTractions:
        rows, columns = self.quarters.shape[1:]
        return KnownTractions(TractionProblem(rows, columns, self.unit), len(self.quarters), self.moduli)

    @cached_property
    def _tree(self) -> KDTree:
        return KDTree(self.stiffness / self.scale)
