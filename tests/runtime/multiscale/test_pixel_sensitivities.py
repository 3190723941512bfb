"""Derivatives by every pixel of a grid of cells: against derivatives through the whole solve."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.multiscale import pixel_sensitivities as under_test
from metac.runtime.multiscale.exact import CellModuli, equilibrium
from metac.runtime.multiscale.pixel_sensitivities import InaccurateAdjoint, pixel_sensitivities
from tests.runtime.multiscale.test_exact import grid_of, random_cells


@pytest.mark.parametrize("mirrored", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_derivatives_by_pixels_are_those_through_the_solve(mirrored):
    grid = grid_of(2, 3, (6, 8), mirrored)
    cells = random_cells(grid, [0, 1, 0, 1, 2, 1], 1e2)
    prescribed = jnp.zeros((*grid.nodes, 2)).at[:, -1, 0].set(-0.1)
    forces = np.random.default_rng(1).uniform(-1, 1, (3, 3, 4, 2))

    def read(moduli):
        nodes, _ = equilibrium(grid, CellModuli(cells.kinds, moduli), prescribed)
        return jnp.tensordot(forces, nodes[::6, ::8], 3)

    expected = np.asarray(jax.jacrev(read)(cells.moduli))
    nodes = np.asarray(equilibrium(grid, cells, prescribed)[0])
    found, seen = np.zeros_like(expected), []
    for cell, each in pixel_sensitivities(grid, cells, forces, nodes):
        assert each.shape == (3, 6, 8)
        images = each if not mirrored else (each + each[:, ::-1] + each[:, :, ::-1] + each[:, ::-1, ::-1])[:, :3, :4]
        found[:, int(cells.kinds.ravel()[cell])] += images
        seen.append(cell)
    assert seen == list(range(6))
    assert np.abs(expected).max() > 1e-3
    np.testing.assert_allclose(found, expected, atol=1e-9 * np.abs(expected).max())


def test_an_adjoint_that_is_not_accurate_is_refused(monkeypatch):
    grid = grid_of(1, 2, (4, 4))
    cells = random_cells(grid, [0, 1], 1e2)
    monkeypatch.setattr(under_test, "ACCURATE", 0.0)
    with pytest.raises(InaccurateAdjoint):
        next(pixel_sensitivities(grid, cells, np.ones((1, 2, 3, 2)), np.zeros((*grid.nodes, 2))))
