"""Grids held at some nodes and pushed at others."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.grid.bounds import isotropic_stiffness, plane_moduli
from metac.runtime.grid.mesh import grid_mesh
from metac.runtime.grid.statics import HeldGrid, compliance, displacements
from tests.mechanics import taylor_remainders

UNIT = isotropic_stiffness(*plane_moduli(1.0, 0.3, stress=True))


def held_left(rows, columns, width, height, order=1):
    mesh = grid_mesh(rows, columns, width, height, order)
    nodes = mesh.nodes_on("left")
    bottom = nodes[np.argmin(mesh.nodes[nodes, 1])]
    held = (*(2 * nodes).tolist(), 2 * int(bottom) + 1)
    return HeldGrid(rows, columns, width, height, order, tuple(sorted(held))), mesh


def uniform(grid, scale=1.0):
    return jnp.asarray(np.tile(scale * UNIT, (grid.rows * grid.columns, 1, 1)))


@pytest.mark.parametrize("order", [1, 2])
def test_a_stretched_bar_is_solved_exactly(order):
    grid, mesh = held_left(2, 5, 10.0, 4.0, order)
    share = {1: {0: 0.25, 1: 0.5, 2: 0.25}, 2: {0: 1 / 12, 1: 1 / 3, 2: 1 / 6, 3: 1 / 3, 4: 1 / 12}}[order]
    right = sorted(mesh.nodes_on("right"), key=lambda node: mesh.nodes[node, 1])
    forces = np.zeros(grid.degrees)
    forces[[2 * node for node in right]] = [8.0 * share[n] for n in range(len(right))]
    found, residual = displacements(grid, uniform(grid), jnp.asarray(forces))
    strain = 8.0 / 4.0
    expected = np.stack([strain * mesh.nodes[:, 0], -0.3 * strain * mesh.nodes[:, 1]], axis=1)
    np.testing.assert_allclose(np.asarray(found).reshape(-1, 2), expected, atol=1e-9)
    assert float(residual) < 1e-10
    assert float(compliance(grid, uniform(grid), jnp.asarray(forces))[0]) == pytest.approx(8.0 * strain * 10.0)


def test_a_slender_cantilever_bends_as_a_beam():
    mesh = grid_mesh(4, 40, 40.0, 4.0, 2)
    held = np.concatenate([2 * mesh.nodes_on("left"), 2 * mesh.nodes_on("left") + 1])
    grid = HeldGrid(4, 40, 40.0, 4.0, 2, tuple(np.sort(held).tolist()))
    tip = int(np.argmin(np.linalg.norm(mesh.nodes - [40.0, 2.0], axis=1)))
    forces = jnp.zeros(grid.degrees).at[2 * tip + 1].set(1.0)
    inertia, area = 4.0**3 / 12, 4.0
    bending, shear = 40.0**3 / (3 * inertia), 40.0 / (5 / 6 * area / 2.6)
    assert float(compliance(grid, uniform(grid), forces)[0]) == pytest.approx(bending + shear, rel=0.01)


def problem():
    grid, _ = held_left(3, 4, 4.0, 3.0)
    forces = jnp.asarray(np.random.default_rng(0).normal(size=grid.degrees))
    moduli = jnp.asarray(np.random.default_rng(1).uniform(0.1, 1, grid.rows * grid.columns))
    return grid, forces, moduli


def test_derivatives_of_the_compliance():
    grid, forces, moduli = problem()

    @jax.jit
    def work(moduli):
        return compliance(grid, moduli[:, None, None] * UNIT, forces)[0]

    direction = jnp.asarray(np.random.default_rng(2).uniform(-0.05, 0.05, moduli.shape))
    steps = 2.0 ** -np.arange(1, 6)
    remainders, slope, difference = taylor_remainders(work, moduli, direction, steps)
    assert difference == pytest.approx(slope, rel=1e-6)
    assert abs(np.polyfit(np.log(steps), np.log(remainders), 1)[0] - 2) < 0.05
    second = jax.grad(lambda m: jax.grad(work)(m) @ direction)(moduli)
    h = 1e-5
    numeric = (jax.grad(work)(moduli + h * direction) - jax.grad(work)(moduli - h * direction)) / (2 * h)
    np.testing.assert_allclose(second, numeric, rtol=1e-5, atol=1e-6 * float(jnp.abs(numeric).max()))


def test_derivatives_of_displacements():
    grid, forces, moduli = problem()

    def squared(moduli):
        return jnp.sum(displacements(grid, moduli[:, None, None] * UNIT, forces)[0] ** 2)

    direction = jnp.asarray(np.random.default_rng(3).uniform(-0.05, 0.05, moduli.shape))
    steps = 2.0 ** -np.arange(1, 6)
    remainders, slope, difference = taylor_remainders(jax.jit(squared), moduli, direction, steps)
    assert difference == pytest.approx(slope, rel=1e-6)
    assert abs(np.polyfit(np.log(steps), np.log(remainders), 1)[0] - 2) < 0.05


def test_a_grid_without_stiffness_is_not_taken_for_solved():
    grid, forces, _ = problem()
    assert not float(displacements(grid, uniform(grid, 0.0), forces)[1]) < 0.5
