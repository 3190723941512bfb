"""Exact linear equilibrium of a grid of cells: every pixel counts, identical cells are condensed once.

Superelements take the interior of cells out, nested dissection solves for their edges; the residual is that of all pixels. A
factorisation serves every right side for the same moduli: the adjoint costs one more back-substitution.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jaxtyping import Float, Int
from numpy.typing import NDArray

from metac.runtime.dimensions import PLANE
from metac.runtime.host_callback.call import call
from metac.runtime.multiscale.cell_grid import CellGrid
from metac.runtime.multiscale.dissection import Front, SingularSystem, factorise
from metac.runtime.multiscale.known_superelements import KNOWN
from metac.runtime.multiscale.memory import require_memory
from metac.runtime.multiscale.pixel_block import SingularBlock
from metac.runtime.multiscale.pixel_forces import pixel_forces
from metac.runtime.multiscale.superelement import Superelement

REFINED = 1e-11
"""Relative residual from which on a solution is not refined any more."""
ACCURATE = 1e-8
"""Relative residual above which a solution is none."""
MAXIMUM_REFINEMENTS = 4
CELLS_AT_ONCE = 64
"""Cells of a kind whose interiors are found together."""


@dataclass(frozen=True)
class CellModuli:
    """What each cell of a grid is: one of some kinds."""

    kinds: Int[Array, "row column"]
    """`[row, column]` of cells: which kind each is; row 0 is the top row."""
    moduli: Float[Array, "kind y x"]
    """Shares of the unit stiffness of a shape, positive; of upper left quarters where cells are mirrored."""


def all_moduli(grid: CellGrid, kinds: Any, moduli: Any, xp: Any = jnp) -> Any:
    """`[row, column]` of all pixels, from the fields of a `CellModuli`."""
    if grid.shape.mirrored:
        moduli = xp.concatenate([moduli, moduli[:, :, ::-1]], axis=2)
        moduli = xp.concatenate([moduli, moduli[:, ::-1]], axis=1)
    cells = moduli[kinds.reshape(-1)].reshape(grid.rows, grid.columns, grid.shape.rows, grid.shape.columns)
    return cells.transpose(0, 2, 1, 3).reshape(grid.pixels)


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
        return jnp.where(free, pixel_forces(jnp, spread, element, jnp.where(free, field, 0.0)), field)

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
    return pixel_forces(jnp, all_moduli(grid, cells.kinds, cells.moduli), grid.shape.element, displacement)


class EdgeSolutions(NamedTuple):
    """Of forces at corners of cells."""

    edges: Float[np.ndarray, "case cell edge"]
    """Displacements of the nodes at the edges of cells, mm, in the order of a superelement."""
    residual: float
    """The largest relative residual of the cases, of the condensed system."""


def edge_solutions(grid: CellGrid, cells: CellModuli, forces: Float[np.ndarray, "case row column 2"]) -> EdgeSolutions:
    """For `forces[case, row, column, 2]` at the corners of cells, N; on the host, with concrete values.

    All cases are one back-substitution, with the factorisation of the last solve where it was of the same cells. Raises
    SingularSystem.
    """
    factorisation = _LAST.of(grid, np.asarray(cells.kinds), np.asarray(cells.moduli))
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
    factorisation = _LAST.of(grid, np.asarray(cells.kinds), np.asarray(cells.moduli))
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
    """One for the whole process: those of large systems take gigabytes, and an adjoint asks for that of the solve before."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: tuple[bytes, _Factorisation | None] | None = None

    def of(self, grid: CellGrid, kinds: NDArray[np.int64], moduli: NDArray[np.float64]) -> _Factorisation | None:
        """None where there is none."""
        content = np.ascontiguousarray(kinds, np.int64).tobytes() + np.ascontiguousarray(moduli).tobytes()
        digest = hashlib.sha256(grid.key.encode() + content).digest()
        with self._lock:
            if self._known is None or self._known[0] != digest:
                self._known = None  # its memory goes before the next is allocated
                try:
                    self._known = digest, _Factorisation(grid, kinds, moduli)
                except (SingularBlock, SingularSystem):
                    self._known = digest, None
            return self._known[1]


class _Factorisation:
    def __init__(self, grid: CellGrid, kinds: NDArray[np.int64], moduli: NDArray[np.float64]) -> None:
        self._grid = grid
        self._kinds = [int(kind) for kind in kinds.ravel()]
        self._moduli = np.asarray(all_moduli(grid, kinds, moduli, np))
        used = set(self._kinds)
        self._superelements: dict[int, Superelement] = {kind: KNOWN.of(grid.shape, moduli[kind]) for kind in used}
        self._edges = [np.flatnonzero(numbers >= 0) for numbers in grid.unknowns]
        self.front: Front = factorise(grid.plan, self._cell)
        self._by_kind = [[cell for cell, kind in enumerate(self._kinds) if kind == each] for each in used]

    def _cell(self, cell: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        return self._superelements[self._kinds[cell]].stiffness, self._edges[cell]

    def edge_solutions(self, forces: NDArray[np.float64]) -> EdgeSolutions:
        """See `edge_solutions`."""
        grid = self._grid
        field = np.zeros((len(forces), *grid.nodes, PLANE))
        field[:, :: grid.shape.rows, :: grid.shape.columns] = forces
        right_sides = field.reshape(len(forces), -1)[:, grid.skeleton].T
        found = self.front.solve(right_sides)
        # A last row of zeros stands for what is held.
        edges = np.vstack([found, np.zeros((1, len(forces)))])[grid.unknowns]
        left = np.vstack([right_sides, np.zeros((1, len(forces)))])
        for cell, local in enumerate(edges):
            left[grid.unknowns[cell]] -= self._superelements[self._kinds[cell]].stiffness @ local
        norms = np.linalg.norm(right_sides, axis=0)
        residual = np.linalg.norm(left[:-1], axis=0) / np.where(norms > 0, norms, 1.0)
        return EdgeSolutions(edges.transpose(2, 0, 1), float(residual.max(initial=0.0)))

    def multiply(self, field: NDArray[np.float64]) -> NDArray[np.float64]:
        """K u of all free nodes."""
        return np.where(self._grid.free, pixel_forces(np, self._moduli, self._grid.shape.element, field), 0.0)

    def solve(self, right_side: NDArray[np.float64]) -> NDArray[np.float64]:
        """`[row, column, 2]`, not checked."""
        grid, skeleton = self._grid, self._grid.skeleton
        reduced = right_side.ravel().copy()
        windows = [(cells, forces) for cells, forces in self._windows(right_side)]
        for cells, forces in windows:
            if forces.any():
                passed_on = self._superelements[self._kinds[cells[0]]].passed_on(forces)
                np.subtract.at(reduced, grid.edge_degrees[cells], passed_on)
        found = np.zeros(grid.degrees)
        found[skeleton] = self.front.solve(reduced[skeleton][:, None])[:, 0]
        field = found.reshape(right_side.shape)
        for cells, forces in windows:
            whole = self._superelements[self._kinds[cells[0]]].displacement(found[grid.edge_degrees[cells]], forces)
            for cell, own in zip(cells, whole, strict=True):
                rows, columns = grid.window(cell)
                field[rows.start + 1 : rows.stop - 1, columns.start + 1 : columns.stop - 1] = own[1:-1, 1:-1]
        return field

    def _windows(self, field: NDArray[np.float64]) -> Any:
        """Cells of one kind, some at a time, and their part of a field, zero at their edges."""
        for cells in self._by_kind:
            for start in range(0, len(cells), CELLS_AT_ONCE):
                some = cells[start : start + CELLS_AT_ONCE]
                parts = np.zeros((len(some), self._grid.shape.rows + 1, self._grid.shape.columns + 1, PLANE))
                for part, cell in zip(parts, some, strict=True):
                    part[1:-1, 1:-1] = field[self._grid.window(cell)][1:-1, 1:-1]
                yield some, parts


_LAST = _LastFactorisation()


def _norm(field: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.sum(field * field)))
