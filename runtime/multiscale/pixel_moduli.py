"""Moduli of all pixels of a grid of cells, from those of its kinds of cells; for numpy and for JAX."""

from __future__ import annotations

from typing import Any

from metac.runtime.multiscale.cell_grid import CellGrid


def all_moduli(grid: CellGrid, kinds: Any, moduli: Any, np_or_jnp: Any) -> Any:
    """`[row, column]`, from `kinds[row, column]` of cells and `moduli[kind, y, x]` as their shape stores them."""
    xp, shape = np_or_jnp, grid.shape
    if shape.split > 1:
        moduli = xp.repeat(xp.repeat(moduli, shape.split, axis=1), shape.split, axis=2)
    if shape.mirrored:
        moduli = xp.concatenate([moduli, moduli[:, :, ::-1]], axis=2)
        moduli = xp.concatenate([moduli, moduli[:, ::-1]], axis=1)
    cells = moduli[kinds.reshape(-1)].reshape(grid.rows, grid.columns, shape.rows, shape.columns)
    return cells.transpose(0, 2, 1, 3).reshape(grid.pixels)
