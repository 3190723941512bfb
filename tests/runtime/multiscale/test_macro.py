"""Coarse elements of a stiffness each: patch test, agreement with pixels, derivatives by every entry."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.grid.mesh import grid_mesh
from metac.runtime.grid.statics import HeldGrid
from metac.runtime.multiscale.macro import entries_of, macro_equilibrium, on_line, stiffness_matrices, variables_of
from tests.mechanics import taylor_remainders

ENTRIES = np.array([0.9, 0.2, 0.5, 0.3])


def held_at_edges(rows, columns, edges, cell=2.0):
    mesh = grid_mesh(rows, columns, columns * cell, rows * cell, 1)
    nodes = np.unique(np.concatenate([mesh.nodes_on(edge) for edge in edges]))
    held = tuple(sorted([*(2 * nodes).tolist(), *(2 * nodes + 1).tolist()]))
    return HeldGrid(rows, columns, columns * cell, rows * cell, 1, held), mesh


def test_an_even_field_passes_the_patch_test():
    grid, mesh = held_at_edges(3, 4, ["left", "right", "bottom", "top"])
    affine = mesh.nodes @ np.array([[0.01, -0.03], [0.02, 0.04]])
    stiffness = stiffness_matrices(jnp.asarray(np.tile(ENTRIES, (12, 1))))
    found, residual = macro_equilibrium(grid, stiffness, jnp.asarray(affine.ravel()))
    np.testing.assert_allclose(np.asarray(found).reshape(-1, 2), affine, atol=1e-13)
    assert float(residual) < 1e-10


def test_a_row_of_elements_shares_the_strain_by_compliance():
    """Free of stress across: each element strains by what the same force does to it."""
    grid, mesh = held_at_edges(1, 3, ["left", "right"], cell=1.0)
    bottom = int(np.flatnonzero((mesh.nodes == [0.0, 0.0]).all(axis=1))[0])
    held = sorted(2 * int(node) for edge in ("left", "right") for node in mesh.nodes_on(edge))
    grid = HeldGrid(1, 3, 3.0, 1.0, 1, tuple(sorted([*held, 2 * bottom + 1])))
    prescribed = np.zeros(grid.degrees)
    prescribed[2 * mesh.nodes_on("right")] = -0.3
    # Without coupling across, bilinear elements hold this solution exactly.
    entries = np.array([[1.0, 0, 1.0, 1.0], [0.5, 0, 1.0, 1.0], [0.25, 0, 1.0, 1.0]])
    found, _ = macro_equilibrium(grid, stiffness_matrices(jnp.asarray(entries)), jnp.asarray(prescribed))
    along = np.asarray(found).reshape(-1, 2)[:4, 0]
    np.testing.assert_allclose(np.diff(along), -0.3 * np.array([1, 2, 4]) / 7, atol=1e-12)


def test_variables_and_entries_are_inverse():
    entries = jnp.asarray(np.array([[0.9, 0.2, 0.5, 0.3], [0.01, -0.02, 0.6, 0.001]]))
    np.testing.assert_allclose(entries_of(variables_of(entries)), entries, rtol=1e-12)
    drawn = entries_of(jnp.asarray(np.random.default_rng(0).normal(size=(50, 4)) * 2))
    assert (np.linalg.eigvalsh(np.asarray(stiffness_matrices(drawn))) > 0).all()


def miss_of(grid):
    prescribed = jnp.zeros(grid.degrees).at[jnp.array(grid.held[-4:])].set(0.1)

    def miss(entries):
        found, _ = macro_equilibrium(grid, stiffness_matrices(entries), prescribed)
        return jnp.sum(jnp.sin(jnp.arange(grid.degrees)) * found) ** 2

    return miss


@pytest.mark.parametrize("entry", range(4))
def test_derivatives_by_every_entry(entry):
    """Of C12 too, which stands in two places of the matrix (eq. 15)."""
    grid, _ = held_at_edges(3, 3, ["left", "right"])
    entries = jnp.asarray(ENTRIES * np.random.default_rng(1).uniform(0.8, 1.2, (9, 4)))
    direction = jnp.zeros((9, 4)).at[:, entry].set(jnp.asarray(np.random.default_rng(2).uniform(-0.05, 0.05, 9)))
    steps = 2.0 ** -np.arange(1, 6)
    remainders, slope, difference = taylor_remainders(jax.jit(miss_of(grid)), entries, direction, steps)
    assert difference == pytest.approx(slope, rel=1e-6)
    assert abs(np.polyfit(np.log(steps), np.log(remainders), 1)[0] - 2) < 0.06


def test_points_on_a_line_are_read_bilinearly():
    y, x = np.meshgrid(np.arange(4.0)[::-1], np.arange(6.0), indexing="ij")
    field = jnp.asarray(np.stack([2 * x + 3 * y, x * y], axis=-1))
    points = np.array([[0.0, 0.0], [10.0, 6.0], [3.0, 5.0], [10.0, 0.0], [4.4, 2.2]])
    found = on_line(field, jnp.asarray(points), 2.0)
    x, y = points.T / 2
    np.testing.assert_allclose(found[:, 0], 2 * x + 3 * y, atol=1e-12)
    np.testing.assert_allclose(found[:, 1], x * y, atol=1e-12)
