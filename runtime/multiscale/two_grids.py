"""Cells whose pixels are split, solved by conjugate gradients, with the factorisation before the split as preconditioner.

A factorisation of all split pixels would take eight times the work and four times the memory for two by two of them. The
grid before has the same moduli, so that what it leaves is near the split nodes: a step of Jacobi's method before it and one
after it make a two-level method whose rate does not depend on how moduli jump (Eijkhout and Vassilevski, SIAM Rev. 33, 1991,
405), of some ten iterations. Each cell is condensed exactly; the unknowns are the nodes at edges of cells.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse
from jaxtyping import Float
from numpy.typing import NDArray

from metac.runtime.dimensions import PLANE
from metac.runtime.multiscale.cell_grid import CellGrid
from metac.runtime.multiscale.condensed_grid import CondensedGrid, Factorisation

TOLERANCE = 1e-12
"""Of the residual at edges, over the right side."""
MOST = 200
"""Iterations, after which what there is must do: whoever asked knows the residual."""
POWER, MARGIN = 12, 1.1
"""Iterations for the largest eigenvalue of the matrix over its diagonal, and by how much more that may be."""
DAMPED = 1 / 0.65
"""What a step of Jacobi's method is multiplied by, times that eigenvalue; below 2 the preconditioner is positive."""
Array = NDArray[np.float64]


class TwoGrids(CondensedGrid):
    """`before`: of `grid.unsplit` with the same kinds and moduli. Raises SingularBlock."""

    def __init__(self, grid: CellGrid, kinds: NDArray[np.int64], moduli: Array, before: Factorisation) -> None:
        # Their matrices are large and asked for once.
        super().__init__(grid, kinds, moduli, grid.shape.condense)
        self._before, self._between = before, interpolation(grid, before.grid)
        # A last number stands for what is held.
        self._unknowns = np.where(grid.unknowns < 0, len(grid.skeleton), grid.unknowns)
        diagonals = np.empty(self._unknowns.shape)
        for kind, cells in self.by_kind.items():
            diagonals[cells] = np.diagonal(self.superelements[kind].stiffness)
        self._diagonal = self._summed(diagonals)
        self._step = DAMPED / self._largest()

    def edges_solved(self, right_side: Float[np.ndarray, " unknown"]) -> Float[np.ndarray, " unknown"]:
        """To `TOLERANCE`, or after `MOST` iterations."""
        found, left = np.zeros_like(right_side), right_side.copy()
        norm = np.linalg.norm(right_side)
        direction, product = np.zeros_like(right_side), 1.0
        for _ in range(MOST):
            if not np.linalg.norm(left) > TOLERANCE * norm:
                break
            towards = self._preconditioned(left)
            following = float(left @ towards)
            direction = towards + following / product * direction
            moved = self.product(direction)
            length = following / float(direction @ moved)
            found, left, product = found + length * direction, left - length * moved, following
        return found

    def product(self, edges: Float[np.ndarray, " unknown"]) -> Float[np.ndarray, " unknown"]:
        """Forces at edges of cells that hold their nodes displaced so, nothing acting inside."""
        local = np.append(edges, 0.0)[self._unknowns]
        for kind, cells in self.by_kind.items():
            local[cells] = local[cells] @ self.superelements[kind].stiffness
        return self._summed(local)

    def _summed(self, local: Float[np.ndarray, "cell edge"]) -> Array:
        size = len(self.grid.skeleton)
        return np.asarray(np.bincount(self._unknowns.ravel(), local.ravel(), size + 1)[:size], float)

    def _preconditioned(self, left: Array) -> Array:
        found = self._step * left / self._diagonal
        rest = self._between.T @ (left - self.product(found))
        found += self._between @ self._before.edges_solved(rest)
        return found + self._step * (left - self.product(found)) / self._diagonal

    def _largest(self) -> float:
        """Eigenvalue of the matrix over its diagonal, by the power method."""
        vector, size = np.random.default_rng(0).normal(size=len(self._diagonal)), 1.0
        for _ in range(POWER):
            vector = self.product(vector) / self._diagonal
            size = float(np.linalg.norm(vector))
            vector /= size
        return MARGIN * size


def interpolation(fine: CellGrid, coarse: CellGrid) -> scipy.sparse.csr_matrix:
    """`[fine unknown, coarse unknown]`: linear along edges of cells between the nodes of the grid that was split."""
    split, size = fine.shape.split, len(fine.skeleton)
    numbers = np.full(coarse.degrees, -1)
    numbers[coarse.skeleton] = np.arange(len(coarse.skeleton))
    node, component = np.divmod(fine.skeleton, PLANE)
    row, column = np.divmod(node, fine.nodes[1])
    upright = column % fine.shape.columns == 0
    share = np.where(upright, row % split, column % split) / split
    entries = []
    for after, weight in ((0, 1 - share), (1, share)):
        there = np.flatnonzero(weight)
        down, right = row[there] // split + after * upright[there], column[there] // split + after * ~upright[there]
        own = numbers[PLANE * (down * coarse.nodes[1] + right) + component[there]]
        entries.append((there[own >= 0], own[own >= 0], weight[there][own >= 0]))
    fine_one, coarse_one, weights = (np.concatenate(parts) for parts in zip(*entries, strict=True))
    return scipy.sparse.csr_matrix((weights, (fine_one, coarse_one)), shape=(size, len(coarse.skeleton)))
