"""Split pixels solved on two grids: against a factorisation of all of them, whatever the contrast and the cells."""

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.multiscale import exact, memory, two_grids
from metac.runtime.multiscale.condensed_grid import Factorisation
from metac.runtime.multiscale.exact import CellModuli, all_moduli, equilibrium
from metac.runtime.multiscale.two_grids import TwoGrids, interpolation
from tests.runtime.multiscale.test_exact import cells_of, grid_of, random_cells, sparse_reference, squeezed


def split_grid(rows, columns, cell, split, mirrored=True):
    grid = grid_of(rows, columns, (split * cell[0], split * cell[1]), mirrored)
    return dataclasses.replace(grid, shape=dataclasses.replace(grid.shape, split=split))


@pytest.mark.parametrize("mirrored", [True, False])
@pytest.mark.parametrize(("split", "contrast"), [(2, 1e6), (2, 1e9), (3, 1e6)])
def test_split_pixels_agree_with_a_sparse_factorisation(mirrored, split, contrast):
    grid = split_grid(3, 4, (8, 6), split, mirrored)
    cells = random_cells(grid, [*range(6), *range(6)], contrast)
    # The grips hold a corner: in void it would move far for a residual that is next to nothing.
    cells = CellModuli(cells.kinds, cells.moduli.at[:, -2:, :2].set(1.0))
    found, residual = equilibrium(grid, cells, squeezed(grid))
    assert float(residual) <= 1e-10
    expected, _ = sparse_reference(grid, cells, squeezed(grid))
    stiff = np.asarray(all_moduli(grid, cells.kinds, cells.moduli)) > 0.5
    touched = np.zeros(grid.nodes, bool)
    for a, b in ((0, 0), (0, 1), (1, 0), (1, 1)):
        touched[a : a + stiff.shape[0], b : b + stiff.shape[1]] |= stiff
    error = np.abs(np.asarray(found) - expected).max(axis=-1) / np.abs(expected).max()
    assert error[touched].max() <= (1e-10 if contrast == 1e6 else 1e-8)


def test_few_iterations_whatever_the_contrast(monkeypatch):
    """Were the coarse grid another one than that before the split, or missing, it would take hundreds."""
    monkeypatch.setattr(two_grids, "MOST", 25)
    for contrast in (1e1, 1e6, 1e9):
        grid = split_grid(3, 5, (8, 8), 2)
        cells = random_cells(grid, range(15), contrast, seed=3)
        kinds, moduli = np.asarray(cells.kinds), np.asarray(cells.moduli)
        solver = TwoGrids(grid, kinds, moduli, Factorisation(grid.unsplit, kinds, moduli))
        right_side = np.random.default_rng(0).normal(size=len(grid.skeleton))
        found = solver.edges_solved(right_side)
        assert np.linalg.norm(right_side - solver.product(found)) <= 1e-8 * np.linalg.norm(right_side)


def test_what_is_linear_before_the_split_is_interpolated():
    grid = split_grid(2, 3, (4, 6), 3)
    grid = dataclasses.replace(grid, held=())
    between, coarse = interpolation(grid, grid.unsplit), grid.unsplit

    def linear(own, scale):
        row, column = np.divmod(own.skeleton // 2, own.nodes[1])
        return (2 + own.skeleton % 2) * (1 + 0.3 * scale * row - 0.7 * scale * column)

    np.testing.assert_allclose(between @ linear(coarse, 3), linear(grid, 1), atol=1e-12)


def test_the_grid_before_is_held_where_both_have_nodes():
    grid = split_grid(2, 3, (4, 6), 2)
    assert grid.unsplit == grid_of(2, 3, (4, 6))


def test_the_factorisation_before_the_split_is_that_of_the_last_solve(monkeypatch):
    grid, made = split_grid(2, 2, (8, 8), 2), []
    original = Factorisation.__init__

    def counted(self, *arguments):
        made.append(arguments[0].shape.split)
        original(self, *arguments)

    monkeypatch.setattr(exact.Factorisation, "__init__", counted)
    cells = random_cells(grid, [0, 1, 0, 1], 1e2, seed=11)
    before, _ = equilibrium(grid.unsplit, cells, squeezed(grid.unsplit))
    finer, _ = equilibrium(grid, cells, squeezed(grid))
    again, _ = equilibrium(grid.unsplit, cells, squeezed(grid.unsplit))
    assert made == [1]
    np.testing.assert_array_equal(before, again)
    # Finer pixels give way more: the same corners are not where they were.
    assert 1e-4 < np.abs(np.asarray(finer)[::2, ::2] - np.asarray(before)).max() < 0.3


def test_what_cannot_be_solved_before_the_split_has_no_solution():
    grid = dataclasses.replace(split_grid(2, 2, (8, 8), 2), held=(0, 2))
    found, residual = exact.displacements(grid, cells_of([0] * 4, grid, np.ones((1, 4, 4))), jnp.ones((*grid.nodes, 2)))
    assert not float(residual) <= 1e-8
    assert np.isnan(np.asarray(found)).all()


def test_memory_of_split_pixels_is_that_of_both_grids(monkeypatch):
    grid = split_grid(3, 4, (8, 8), 2)
    needed = memory.estimated_bytes(grid, 3)
    assert memory.estimated_bytes(grid.unsplit, 3) < needed
    whole = dataclasses.replace(grid, shape=dataclasses.replace(grid.shape, split=1))
    assert memory.front_memory(grid.extent, (16, 16), 2).peak <= memory.estimated_bytes(whole, 3)
    monkeypatch.setattr(memory, "available_bytes", lambda: needed - 1)
    with pytest.raises(memory.SystemTooLarge, match="3,072 pixels"):
        equilibrium(grid, CellModuli(*(random_cells(grid, np.arange(12) % 3, 1e2).__dict__.values())), squeezed(grid))
