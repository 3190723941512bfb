"""Exact linear equilibrium of a grid of cells: every pixel counts, identical cells are condensed once.

Superelements take the interior of cells out, nested dissection solves for their edges; the residual is that of all pixels. A
factorisation serves every right side for the same moduli: the adjoint costs one more back-substitution.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jaxtyping import Float, Int
from numpy.typing import NDArray

from metac.runtime.host_callback.call import call
from metac.runtime.multiscale import pixel_moduli
from metac.runtime.multiscale.cell_grid import CellGrid
from metac.runtime.multiscale.condensed_grid import CondensedGrid, EdgeSolutions, Factorisation
from metac.runtime.multiscale.dissection import SingularSystem
from metac.runtime.multiscale.memory import require_memory
from metac.runtime.multiscale.pixel_block import SingularBlock
from metac.runtime.multiscale.pixel_forces import fused_pixel_forces
from metac.runtime.multiscale.two_grids import TwoGrids

REFINED = 1e-11
"""Relative residual from which on a solution is not refined any more."""
ACCURATE = 1e-8
"""Relative residual above which a solution is none."""
MAXIMUM_REFINEMENTS = 4


@dataclass(frozen=True)
class CellModuli:
    """What each cell of a grid is: one of some kinds."""

    kinds: Int[Array, "row column"]
    """`[row, column]` of cells: which kind each is; row 0 is the top row."""
    moduli: Float[Array, "kind y x"]
    """Shares of the unit stiffness of a shape, positive; of upper left quarters where cells are mirrored."""


def all_moduli(grid: CellGrid, kinds: Any, moduli: Any, xp: Any = jnp) -> Any:
    """`[row, column]` of all pixels, from the fields of a `CellModuli`."""
    return pixel_moduli.all_moduli(grid, kinds, moduli, xp)


def displacements(
    grid: CellGrid, cells: CellModuli, forces: Float[Array, "row column 2"]
) -> tuple[Float[Array, "row column 2"], Float[Array, ""]]:
    """Displacements `[row, column, 2]` of all nodes (mm, zero where held) under `forces[row, column, 2]` (N); the residual.

    Differentiable by moduli and forces as often as one likes. The residual, ‖f − Ku‖ / ‖f‖ over all pixels, infinite without
    solution, is not differentiable; a solution, or an adjoint one, that is not accurate to 1e-8 is not a number.

    Raises:
        SystemTooLarge: where memory does not suffice, before any is allocated.
    """
    require_memory(grid, len(cells.moduli))
    element = grid.shape.element
    free = jnp.asarray(grid.free)

    def times_matrix(field: Array) -> Array:
        spread = all_moduli(grid, cells.kinds, cells.moduli)
        return jnp.where(free, fused_pixel_forces(spread, element, jnp.where(free, field, 0.0)), field)

    def solve(_: Any, right_side: Array) -> tuple[Array, Array]:
        shapes = (jax.ShapeDtypeStruct(right_side.shape, np.float64), jax.ShapeDtypeStruct((), np.float64))
        known = cells.kinds, lax.stop_gradient(cells.moduli)
        found, residual = call(f"grid of cells, {grid.key}", ExactSolver(grid), shapes, *known, right_side)
        return found, residual

    return lax.custom_linear_solve(times_matrix, jnp.where(free, forces, 0.0), solve, symmetric=True, has_aux=True)


def equilibrium(
    grid: CellGrid, cells: CellModuli, prescribed: Float[Array, "row column 2"]
) -> tuple[Float[Array, "row column 2"], Float[Array, ""]]:
    """Displacements of all nodes where those that are held are `prescribed` (mm), nothing else acts; see `displacements`."""
    free = jnp.asarray(grid.free)
    # The barrier keeps XLA from folding what follows from constant grips, which takes it longer than running it.
    given = lax.optimization_barrier(jnp.where(free, 0.0, prescribed))
    found, residual = displacements(grid, cells, -internal_forces(grid, cells, given))
    return jnp.where(free, found, given), residual


def internal_forces(
    grid: CellGrid, cells: CellModuli, displacement: Float[Array, "row column 2"]
) -> Float[Array, "row column 2"]:
    """K u, N: reactions where nodes are held, zero elsewhere in equilibrium."""
    return fused_pixel_forces(all_moduli(grid, cells.kinds, cells.moduli), grid.shape.element, displacement)


def edge_solutions(grid: CellGrid, cells: CellModuli, forces: Float[np.ndarray, "case row column 2"]) -> EdgeSolutions:
    """For `forces[case, row, column, 2]` at the corners of cells, N; on the host, with concrete values.

    All cases are one back-substitution, with the factorisation of the last solve where it was of the same cells. Raises
    SingularSystem.
    """
    factorisation = _LAST.factorised(grid, np.asarray(cells.kinds), np.asarray(cells.moduli))
    if factorisation is None:
        raise SingularSystem
    return factorisation.edge_solutions(forces)


def edge_compliances(
    grid: CellGrid, cells: CellModuli
) -> Iterator[tuple[int, Int[np.ndarray, " free"], Float[np.ndarray, "free free"]]]:
    """Each cell, which degrees of freedom of its edges are free, and how these move (mm) under forces at them (N).

    What the cell is part of counts: it is the inverse matrix of the whole system there. On the host, with the factorisation
    of the last solve where it was of the same cells. Raises SingularSystem.
    """
    factorisation = _LAST.factorised(grid, np.asarray(cells.kinds), np.asarray(cells.moduli))
    if factorisation is None:
        raise SingularSystem
    for cell, compliance in factorisation.front.inverse_blocks():
        yield cell, np.flatnonzero(grid.unknowns[cell] >= 0), compliance


class ExactSolver:
    """Factorises on the host; never raises for what the numbers do, never calls JAX."""

    def __init__(self, grid: CellGrid) -> None:
        self._grid = grid

    def __call__(self, kinds: Any, moduli: Any, right_side: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Solution `[row, column, 2]` and its residual."""
        kinds, moduli, right_side = np.asarray(kinds), np.asarray(moduli), np.asarray(right_side)
        factorisation = _LAST.of(self._grid, kinds, moduli)
        failed = np.full(right_side.shape, np.nan), np.array(np.inf)
        if factorisation is None or not np.isfinite(right_side).all():
            return failed
        norm = _norm(right_side)
        if not norm:
            return np.zeros(right_side.shape), np.array(0.0)
        found, remainder, residual = np.zeros(right_side.shape), right_side, 1.0
        for _ in range(MAXIMUM_REFINEMENTS):
            trial = found + factorisation.solve(remainder)
            left = right_side - factorisation.multiply(trial)
            trial_residual = _norm(left) / norm
            if not trial_residual < residual:
                break
            found, remainder, residual = trial, left, trial_residual
            if residual <= REFINED:
                break
        if residual > ACCURATE:
            return failed[0], np.array(residual)
        return found, np.array(residual)


class _LastFactorisation:
    """One for the whole process: those of large systems take gigabytes, and an adjoint asks for that of the solve before.

    Of cells whose pixels are split, it is that of the pixels before, which a solve of all may just have left.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._known: tuple[bytes, Factorisation | None] | None = None
        self._split: tuple[bytes, TwoGrids | None] | None = None

    def of(self, grid: CellGrid, kinds: NDArray[np.int64], moduli: NDArray[np.float64]) -> CondensedGrid | None:
        """What solves; None where nothing does."""
        if grid.shape.split == 1:
            return self.factorised(grid, kinds, moduli)
        digest = _digest(grid, kinds, moduli)
        with self._lock:
            if self._split is None or self._split[0] != digest:
                self._split = None
                coarse, made = self.factorised(grid.unsplit, kinds, moduli), None
                with suppress(SingularBlock):
                    made = coarse and TwoGrids(grid, kinds, moduli, coarse)
                self._split = digest, made
            return self._split[1]

    def factorised(self, grid: CellGrid, kinds: NDArray[np.int64], moduli: NDArray[np.float64]) -> Factorisation | None:
        """None where there is none."""
        digest = _digest(grid, kinds, moduli)
        with self._lock:
            if self._known is None or self._known[0] != digest:
                self._known = self._split = None  # its memory goes before the next is allocated
                made = None
                with suppress(SingularBlock, SingularSystem):
                    made = Factorisation(grid, kinds, moduli)
                self._known = digest, made
            return self._known[1]


_LAST = _LastFactorisation()


def factorisation_of(grid: CellGrid, cells: CellModuli) -> Factorisation:
    """Of cells whose pixels are not split; on the host, for concrete values.

    It is that of the last solve where that was of the same cells. Raises SingularSystem.
    """
    found = _LAST.factorised(grid, np.asarray(cells.kinds), np.asarray(cells.moduli))
    if found is None:
        raise SingularSystem
    return found


def _digest(grid: CellGrid, kinds: NDArray[np.int64], moduli: NDArray[np.float64]) -> bytes:
    content = np.ascontiguousarray(kinds, np.int64).tobytes() + np.ascontiguousarray(moduli).tobytes()
    return hashlib.sha256(grid.key.encode() + content).digest()


def _norm(field: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.sum(field * field)))
