"""Forces that mirrored cells pass to their neighbours under the unit strains, as if they repeated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int
from numpy.typing import NDArray

from metac.runtime.dimensions import PLANE
from metac.runtime.grid.element import STRAINS
from metac.runtime.grid.quarter import CASES
from metac.runtime.multiscale.pixel_block import FIXED, INTERIOR, KEPT, PixelBlock
from metac.runtime.multiscale.superelement import element_matrix

Array = NDArray[np.float64]


@dataclass(frozen=True)
class EdgeTractions:
    """Nodal forces on half an edge, from the corner to the mid-line; the other half and the opposite edge mirror them."""

    left: Float[np.ndarray, "cell strain down"]
    """`[cell, strain, node]`, from the upper left corner down: along x for both stretches, along y for shear."""
    top: Float[np.ndarray, "cell strain right"]
    """`[cell, strain, node]`, from the upper left corner to the right: along y for both stretches, along x for shear."""

    def chosen(self, which: NDArray[np.int64]) -> EdgeTractions:
        """Of some of the cells."""
        return EdgeTractions(self.left[which], self.top[which])


@dataclass(frozen=True)
class TractionProblem:
    """Upper left quarters of `rows` by `columns` square pixels; `unit[3, 3]`: stiffness for the modulus 1."""

    rows: int
    columns: int
    unit: tuple[tuple[float, float, float], ...]

    def tractions(self, moduli: Float[np.ndarray, "cell row column"]) -> EdgeTractions:
        """Of quarters with these moduli; raises SingularBlock.

        By the mirrors it is known of the displacement of an edge what is normal to it, for stretches, or along it, for shear
        (see `grid/quarter.py`). The tractions are the forces that hold that.
        """
        left = np.zeros((len(moduli), STRAINS, self.rows + 1))
        top = np.zeros((len(moduli), STRAINS, self.columns + 1))
        for block, cases in zip(self._blocks, CASES, strict=True):
            known = self._affine[block.kept][:, list(cases)]
            forces = np.zeros((self._affine.shape[0], len(cases)))
            for cell, own in enumerate(moduli):
                factor = block.factor(own)
                inside = factor.inside(known, np.zeros((len(block.interior), len(cases))))
                forces[block.kept] = factor.own @ known + factor.between.T @ inside
                nodes = forces.reshape(self.rows + 1, self.columns + 1, PLANE, len(cases))
                across = int(cases != CASES[0])
                left[cell, list(cases)] = nodes[:, 0, across].T
                top[cell, list(cases)] = nodes[0, :, 1 - across].T
        return EdgeTractions(left, top)

    @cached_property
    def _affine(self) -> Float[np.ndarray, "degree strain"]:
        """Displacements of the unit strains, zero at the middle of the cell."""
        row, column = np.meshgrid(np.arange(self.rows + 1.0), np.arange(self.columns + 1.0), indexing="ij")
        x, y = column.ravel() - self.columns, self.rows - row.ravel()
        zero = np.zeros_like(x)
        by_component = np.array([[x, zero, y / 2], [zero, y, x / 2]])
        return by_component.transpose(2, 0, 1).reshape(-1, STRAINS)

    @cached_property
    def _blocks(self) -> tuple[PixelBlock, PixelBlock]:
        """Of stretches and of shear."""
        element = element_matrix(np.array(self.unit))
        blocks = []
        for shear in (0, 1):
            roles = np.full((self.rows + 1, self.columns + 1, PLANE), INTERIOR, np.int8)
            # Normal to vertical sides is x for stretches; along them is y for shear. Mid-lines hold it at zero.
            roles[:, -1, shear], roles[-1, :, 1 - shear] = FIXED, FIXED
            roles[:, 0, shear], roles[0, :, 1 - shear] = KEPT, KEPT
            blocks.append(PixelBlock(self.rows, self.columns, element, roles.ravel()))
        return blocks[0], blocks[1]


class KnownTractions:
    """Those of `count` cells, found when they are first asked for: later rounds choose among much the same cells.

    `moduli(cells)`: `[cell, row, column]` of the quarters of some. Each that is known takes 1.2 kB for 50 by 50 pixels.
    """

    def __init__(
        self, problem: TractionProblem, count: int, moduli: Callable[[NDArray[np.int64]], NDArray[np.float64]]
    ) -> None:
        self._problem, self._moduli = problem, moduli
        self._place = np.full(count, -1)
        self._known = problem.tractions(np.ones((0, problem.rows, problem.columns)))

    def of(self, cells: Int[np.ndarray, " cell"]) -> EdgeTractions:
        """Of some cells, in their order; raises SingularBlock."""
        new = np.unique(cells[self._place[cells] < 0])
        if len(new):
            found = self._problem.tractions(self._moduli(new))
            self._place[new] = len(self._known.left) + np.arange(len(new))
            both = zip((self._known.left, self._known.top), (found.left, found.top), strict=True)
            self._known = EdgeTractions(*(np.concatenate(parts) for parts in both))
        return self._known.chosen(self._place[cells])
