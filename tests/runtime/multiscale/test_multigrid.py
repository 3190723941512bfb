"""Multigrid against the exact tree and a sparse factorisation."""

import numpy as np
import pytest

from metac.runtime.multiscale import memory
from metac.runtime.multiscale.exact import equilibrium
from metac.runtime.multiscale.multigrid import MOST, multigrid_equilibrium
from tests.runtime.multiscale.test_exact import grid_of, random_cells, squeezed


@pytest.mark.parametrize("mirrored", [True, False])
def test_multigrid_agrees_with_the_exact_tree(mirrored):
    """Odd numbers of pixels on coarser grids, held edges and corners, void that is softer by 10⁶."""
    grid = grid_of(3, 5, (14, 10), mirrored)
    cells = random_cells(grid, range(15), 1e6)
    prescribed = np.asarray(squeezed(grid))
    found = multigrid_equilibrium(grid, cells, prescribed)
    expected, _ = equilibrium(grid, cells, squeezed(grid))
    corners = (slice(None, None, 14), slice(None, None, 10))
    assert found.residual < 1e-8
    assert found.iterations < MOST / 5
    np.testing.assert_allclose(found.nodes[corners], np.asarray(expected)[corners], atol=1e-6)
    held = ~grid.free
    np.testing.assert_array_equal(found.nodes[held], prescribed[held])


def test_too_large_a_system_is_refused(monkeypatch):
    monkeypatch.setattr(memory, "available_bytes", lambda: 1000)
    grid = grid_of(3, 5, (14, 10), True)
    with pytest.raises(memory.SystemTooLarge, match="3 × 5 cells"):
        multigrid_equilibrium(grid, random_cells(grid, range(15), 1e6), np.asarray(squeezed(grid)))
