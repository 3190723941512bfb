"""The design space of orthotropic cells: size, phases, which cells are admitted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from metac.runtime.datasets.cells.repair import repaired
from metac.runtime.grid.bounds import isotropic_stiffness, plane_moduli
from metac.runtime.grid.quarter import QuarterCell

INDEPENDENT = ((0, 0), (0, 1), (1, 1), (2, 2))
"""Independent entries of an orthotropic stiffness: C11, C12, C22, C66."""
ACCURATE = 1e-8
"""Relative residual of the solves up to which a stiffness counts."""


class Cells(NamedTuple):
    """Cells with two mirror lines, and what they were homogenised to."""

    quarters: NDArray[np.bool_]
    """`[cell, row, column]`: their upper left quarters, true for solid."""
    stiffness: NDArray[np.float64]
    """`[cell, 4]`: C11, C12, C22, C66, MPa."""

    def chosen(self, which: slice | list[int]) -> Cells:
        """Some of them."""
        return Cells(self.quarters[which], self.stiffness[which])

    @classmethod
    def joined(cls, chunks: Iterable[Cells]) -> Cells:
        """Those of all chunks, one after the other."""
        chunks = list(chunks)
        return cls(
            np.concatenate([chunk.quarters for chunk in chunks]), np.concatenate([chunk.stiffness for chunk in chunks])
        )


@dataclass(frozen=True)
class CellDesignSpace:
    """`rows` and `columns` of a quarter; `young` (MPa) and `poisson` of the solid, in plane stress or, if not `stress`, in
    plane strain; the void is softer by `contrast`; the solid's share of the area lies in `least` … `most`.

    A square of `feature` by `feature` pixels that is moved about within the solid covers all of it, and likewise the void.
    """

    rows: int = 25
    columns: int = 25
    young: float = 1.0
    poisson: float = 0.49
    stress: bool = True
    contrast: float = 1e6
    least: float = 0.05
    most: float = 1.0
    feature: int = 2
    seed: int = 0

    def describe(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)

    @cached_property
    def solid(self) -> NDArray[np.float64]:
        """`[3, 3]`: stiffness of the solid, MPa."""
        return isotropic_stiffness(*plane_moduli(self.young, self.poisson, stress=self.stress))

    @cached_property
    def quarter(self) -> QuarterCell:
        """Homogenises quarters; moduli are shares of the solid's."""
        unit = tuple((float(a), float(b), float(c)) for a, b, c in self.solid)
        return QuarterCell(self.rows, self.columns, unit)

    @property
    def scale(self) -> NDArray[np.float64]:
        """`[4]`: what makes the independent entries comparable, MPa: those of the solid, C11 for C12 as for C11."""
        return self.solid[[0, 0, 1, 2], [0, 0, 1, 2]]

    def moduli(self, density: NDArray[Any]) -> NDArray[np.float64]:
        """Shares of the solid's stiffness for densities from 0 to 1."""
        return 1 / self.contrast + (1 - 1 / self.contrast) * density

    def admitted(self, quarters: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Quarters `[cell, row, column]` repaired, without those that cannot be, or have too much or too little solid."""
        mended, sound = repaired(quarters, self.feature)
        share = mended.mean(axis=(1, 2))
        return mended[sound & (share >= self.least) & (share <= self.most)]

    def homogenised(self, quarters: NDArray[np.bool_]) -> Cells:
        """With their stiffness; those whose solves are not accurate are left out."""
        found = self.quarter.homogenise(self.moduli(quarters))
        good = found.residual <= ACCURATE
        return Cells(quarters[good], independent(found.stiffness[good]))


def independent(stiffness: NDArray[np.float64]) -> NDArray[np.float64]:
    """`[…, 4]`: C11, C12, C22, C66 of `[…, 3, 3]`."""
    rows, columns = np.array(INDEPENDENT).T
    return stiffness[..., rows, columns]


def whole(quarters: NDArray[Any]) -> NDArray[Any]:
    """`[cell, 2 row, 2 column]`: cells from their upper left quarters, mirrored at both mid-lines."""
    upper = np.concatenate([quarters, quarters[:, :, ::-1]], axis=2)
    return np.concatenate([upper, upper[:, ::-1]], axis=1)
