"""Equilibrium of all pixels by conjugate gradients, preconditioned by geometric multigrid: an independent check.

It shares with `exact.py` the matrix of a pixel and the product with the whole one, and neither cells nor factorisations: no
superelement, no order of elimination, no symmetry. Coarse grids have twice the pixel, and the matrices that follow from fine
ones by bilinear interpolation (Galerkin), one of 8 by 8 for each coarse pixel; smoothers are Chebyshev polynomials of the
matrix over its diagonal (Adams et al., J. Comput. Phys. 188, 2003, 593).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jaxtyping import Bool, Float
from numpy.typing import NDArray

from metac.runtime.dimensions import PLANE
from metac.runtime.multiscale.cell_grid import CellGrid
from metac.runtime.multiscale.exact import CellModuli, all_moduli
from metac.runtime.multiscale.memory import require_multigrid_memory
from metac.runtime.multiscale.pixel_forces import CORNERS, from_pixels, fused_pixel_forces, pixel_forces, to_pixels

TOLERANCE = 1e-9
"""Of the residual, over the right side."""
MOST = 1000
"""Iterations."""
COARSEST = 600
"""Nodes of the grid that is solved by a dense inverse."""
DEGREE = 3
"""Of the polynomials."""
LOWEST = 0.08
"""Share of the largest eigenvalue from which on they damp."""
POWER = 12
"""Iterations for the largest eigenvalue, and by how much more that may be."""
MARGIN = 1.1


class MultigridSolution(NamedTuple):
    """How well it was solved is `residual`."""

    nodes: Float[np.ndarray, "row column 2"]
    """Displacements, mm."""
    iterations: int
    residual: float
    """‖f − Ku‖ / ‖f‖ over all pixels."""


def multigrid_equilibrium(
    grid: CellGrid, cells: CellModuli, prescribed: Float[np.ndarray, "row column 2"]
) -> MultigridSolution:
    """Displacements where nodes that are held are `prescribed` (mm), nothing else acts; of concrete values.

    Raises:
        SystemTooLarge: where memory does not suffice, before any is allocated.
    """
    require_multigrid_memory(grid)
    moduli, element = np.asarray(all_moduli(grid, np.asarray(cells.kinds), np.asarray(cells.moduli), np)), grid.shape.element
    free = grid.free
    given = np.where(free, 0.0, np.asarray(prescribed, float))
    right_side = np.where(free, -pixel_forces(np, moduli, element, given), 0.0)
    levels = _levels(moduli, element, free)
    found, iterations, residual = jax.jit(lambda side, levels: _conjugate_gradients(side, levels))(right_side, levels)
    return MultigridSolution(np.asarray(found) + given, int(iterations), float(residual))


class _Level(NamedTuple):
    """One grid: pixels of one element matrix times a modulus each (the finest), or of a matrix each."""

    matrices: Array
    """`[row, column]` of moduli, or `[row, column, 8, 8]`."""
    element: Array
    """`[8, 8]`: matrix for the modulus 1; unused where each pixel has its own."""
    free: Array
    """`[row, column, 2]`: 1 where something can move, else 0."""
    diagonal: Array
    """`[row, column, 2]`, 1 where nothing can move."""
    largest: Array
    """Largest eigenvalue of the matrix over its diagonal."""
    inverse: Array
    """`[degree, degree]` of the coarsest grid; empty elsewhere."""

    def times(self, field: Array) -> Array:
        """K u of what can move."""
        return self.free * _product(self.matrices, self.element, self.free * field)


def _product(matrices: Any, element: Any, field: Any) -> Any:
    if matrices.ndim == 2:
        return fused_pixel_forces(matrices, element, field)
    return from_pixels(jnp, jnp.einsum("rcij,rcj->rci", matrices, to_pixels(jnp, field, matrices.shape[:2])))


def _levels(
    moduli: NDArray[np.float64], element: NDArray[np.float64], free: Bool[np.ndarray, "row column 2"]
) -> list[_Level]:
    """From the finest to the coarsest."""
    diagonal = np.where(free, from_pixels(np, moduli[..., None] * np.diag(element)), 1.0)
    found = [_level(moduli, element, free, diagonal)]
    matrices = _first_coarse(moduli, element, free)
    while True:
        diagonal = from_pixels(np, np.diagonal(matrices, axis1=-2, axis2=-1))
        free = diagonal > 1e-14 * diagonal.max()
        last = free.shape[0] * free.shape[1] <= COARSEST
        found.append(_level(matrices, element, free, np.where(free, diagonal, 1.0), dense=last))
        if last:
            return found
        matrices = _coarse(matrices)


def _level(matrices: Any, element: Any, free: Any, diagonal: Any, *, dense: bool = False) -> _Level:
    matrices, element, free, diagonal = (jnp.asarray(each, float) for each in (matrices, element, free, diagonal))
    made = _Level(matrices, element, free, diagonal, jnp.ones(()), jnp.zeros((0, 0)))
    if dense:
        return made._replace(inverse=jnp.asarray(np.linalg.pinv(_dense(made), hermitian=True)))
    vector = np.random.default_rng(0).normal(size=diagonal.shape)
    return made._replace(largest=MARGIN * jax.jit(_largest)(made, vector))


def _largest(level: _Level, vector: Array) -> Array:
    """By the power method."""

    def step(vector: Array, _: Any) -> tuple[Array, Array]:
        moved = level.times(vector) / level.diagonal
        size = jnp.linalg.norm(moved)
        return moved / size, size

    vector = level.free * vector
    return lax.scan(step, vector / jnp.linalg.norm(vector), None, length=POWER)[1][-1]


def _dense(level: _Level) -> NDArray[np.float64]:
    units = jnp.eye(level.diagonal.size).reshape(-1, *level.diagonal.shape)
    columns = jax.lax.map(level.times, units, batch_size=64)
    return np.asarray(columns, np.float64).reshape(level.diagonal.size, -1)


HALVES = (0, 1)
"""Of a coarse pixel, down or to the right."""


def _interpolations() -> NDArray[np.float64]:
    """`[down, right, fine degree, coarse degree]` of the four pixels in a coarse one."""
    found = np.zeros((len(HALVES), len(HALVES), len(CORNERS), len(CORNERS)))
    for down, right in itertools.product(HALVES, HALVES):
        for fine, (i, j) in enumerate(CORNERS):
            for coarse, (row, column) in enumerate(CORNERS):
                below, beside = (down + i) / 2, (right + j) / 2
                share = (below if row else 1 - below) * (beside if column else 1 - beside)
                found[down, right, fine, coarse] = share
    return np.asarray(np.kron(found, np.eye(PLANE)), np.float64)


def _first_coarse(
    moduli: NDArray[np.float64], element: NDArray[np.float64], free: Bool[np.ndarray, "row column 2"]
) -> NDArray[np.float64]:
    """Matrices of the first coarse grid: interpolated displacements are zero where the finest grid is held."""
    held = to_pixels(np, ~free, moduli.shape)
    row, column = np.nonzero(held.any(axis=-1))
    loose = ~held[row, column]
    change = moduli[row, column, None, None] * element * (loose[:, :, None] * loose[:, None, :] - 1.0)
    padded = np.pad(moduli, [(0, size % 2) for size in moduli.shape])
    coarse = np.zeros((padded.shape[0] // 2, padded.shape[1] // 2, *element.shape))
    for (down, right), each in _each_interpolation():
        coarse += padded[down::2, right::2, None, None] * (each.T @ element @ each)
        own = (row % 2 == down) & (column % 2 == right)
        np.add.at(coarse, (row[own] // 2, column[own] // 2), each.T @ change[own] @ each)
    return coarse


def _coarse(matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    padded = np.pad(matrices, [(0, size % 2) for size in matrices.shape[:2]] + [(0, 0), (0, 0)])
    return np.asarray(sum(each.T @ padded[down::2, right::2] @ each for (down, right), each in _each_interpolation()), float)


def _each_interpolation() -> list[tuple[tuple[int, int], NDArray[np.float64]]]:
    all_of_them = _interpolations()
    return [((down, right), all_of_them[down, right]) for down, right in itertools.product(HALVES, HALVES)]


def _conjugate_gradients(right_side: Array, levels: list[_Level]) -> tuple[Array, Array, Array]:
    """The solution, iterations, and the relative residual, computed anew."""
    fine, norm = levels[0], jnp.linalg.norm(right_side)
    scale = jnp.where(norm > 0, norm, 1.0)

    def going(state: tuple[Array, ...]) -> Array:
        return (state[5] < MOST) & (jnp.linalg.norm(state[1]) > TOLERANCE * scale)

    def step(state: tuple[Array, ...]) -> tuple[Array, ...]:
        found, left, towards, direction, product, count = state
        moved = fine.times(direction)
        length = product / jnp.vdot(direction, moved)
        found, left = found + length * direction, left - length * moved
        towards = _cycle(levels, left)
        following = jnp.vdot(left, towards)
        return found, left, towards, towards + following / product * direction, following, count + 1

    towards = _cycle(levels, right_side)
    start = (jnp.zeros_like(right_side), right_side, towards, towards, jnp.vdot(right_side, towards), jnp.zeros((), int))
    found, *_, count = lax.while_loop(going, step, start)
    return found, count, jnp.linalg.norm(right_side - fine.times(found)) / scale


def _cycle(levels: list[_Level], right_side: Array) -> Array:
    """One V-cycle from zero: symmetric and positive, as conjugate gradients need it."""
    level = levels[0]
    if len(levels) == 1:
        return level.free * (level.inverse @ right_side.ravel()).reshape(right_side.shape)
    found = _smoothed(level, right_side, None)
    left = level.free * (right_side - level.times(found))
    coarse = _cycle(levels[1:], _restricted(left, levels[1].free.shape))
    found = found + level.free * _prolonged(coarse, found.shape)
    return _smoothed(level, right_side, found)


def _smoothed(level: _Level, right_side: Array, start: Array | None) -> Array:
    """Chebyshev's polynomial in the matrix over its diagonal."""
    high, low = level.largest, LOWEST * level.largest
    middle, reach = (high + low) / 2, (high - low) / 2
    found = jnp.zeros_like(right_side) if start is None else start
    left = right_side if start is None else right_side - level.times(found)
    rho = reach / middle
    change = level.free * left / level.diagonal / middle
    for _ in range(DEGREE - 1):
        found = found + change
        left = right_side - level.times(found)
        following = 1 / (2 * middle / reach - rho)
        change = level.free * (following * rho * change + 2 * following / reach * left / level.diagonal)
        rho = following
    return found + change


def _prolonged(coarse: Array, shape: tuple[int, ...]) -> Array:
    """Bilinear."""
    for axis in (0, 1):
        after = lax.slice_in_dim(coarse, 1, coarse.shape[axis], axis=axis)
        before = lax.slice_in_dim(coarse, 0, coarse.shape[axis] - 1, axis=axis)
        between = jnp.stack([before, (before + after) / 2], axis=axis + 1)
        size = [*before.shape]
        size[axis] *= 2
        last = lax.slice_in_dim(coarse, coarse.shape[axis] - 1, coarse.shape[axis], axis=axis)
        coarse = jnp.concatenate([between.reshape(size), last], axis=axis)
    return coarse[: shape[0], : shape[1]]


def _restricted(fine: Array, shape: tuple[int, ...]) -> Array:
    """The transpose of `_prolonged`."""
    transpose: Callable[[Array], tuple[Array]] = jax.linear_transpose(
        lambda coarse: _prolonged(coarse, fine.shape), jax.ShapeDtypeStruct(shape, fine.dtype)
    )
    return transpose(fine)[0]
