"""Grids of beams between grips: two solvers, loose parts, tilings, derivatives, many designs at once."""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from metac.runtime.beams.beam_element import BeamMaterial, beams_between, stiffness_blocks
from metac.runtime.beams.beam_stress import end_stresses
from metac.runtime.beams.connectivity import is_connected
from metac.runtime.beams.frame_equilibrium import forces
from metac.runtime.beams.grid_grips import (
    gripped_nodes,
    gripped_topology,
    lateral_strain,
    solve_batched_between_grips,
    solve_between_grips,
    solve_sparse_between_grips,
)
from metac.runtime.beams.node_grid import NodeGrid
from tests.mechanics import taylor_remainders

MATERIAL = BeamMaterial(0.6, 0.3, 10.0)
CELL = NodeGrid(4, 4)


def random_frame(grid, seed, share=0.6):
    """Positions and widths, some of them zero."""
    random = np.random.default_rng(seed)
    positions = grid.positions(7.5) + random.normal(size=(grid.node_count, 2)) * 0.5
    widths = random.uniform(0.5, 1.5, grid.edge_count) * (random.random(grid.edge_count) < share)
    return jnp.asarray(positions), jnp.asarray(widths)


@cache
def dense(grid, axis):
    """Compiled: positions and widths to the beams and what the lines of the grid give."""

    def solve(positions, widths):
        beam = beams_between(grid.edges, positions, widths, MATERIAL)
        return beam, solve_batched_between_grips(grid, beam, axis)

    return jax.jit(solve)


@cache
def sparse(grid, axis):
    """The same by the sparse solver."""

    def solve(positions, widths):
        beam = beams_between(grid.edges, positions, widths, MATERIAL)
        return beam, solve_sparse_between_grips(grid, beam, axis)

    return jax.jit(solve)


@pytest.mark.parametrize(("columns", "rows", "axis"), [(4, 4, 0), (4, 4, 1), (3, 5, 0)])
def test_both_solvers_agree_also_where_parts_are_loose(columns, rows, axis):
    grid = NodeGrid(columns, rows)
    # Few beams: nodes that none touches, pieces that float and pieces that only one side holds.
    for seed, share in ((1, 0.2), (2, 0.35), (3, 0.8)):
        positions, widths = random_frame(grid, seed, share)
        _, found = dense(grid, axis)(positions, widths)
        _, (displacement, force, residual) = sparse(grid, axis)(positions, widths)
        assert residual < 1e-8 and float(found.residual) < 1e-10
        np.testing.assert_allclose(found.displacement, displacement, atol=1e-10)
        assert float(found.force) == pytest.approx(float(force), rel=1e-9, abs=1e-12)


def test_a_part_that_hangs_on_nothing_changes_nothing():
    widths = np.zeros(CELL.edge_count)
    widths[:12] = 1.0  # all along x
    positions = jnp.asarray(CELL.positions(7.5))
    straight = dense(CELL, 0)(positions, jnp.asarray(widths))[1]
    widths[4] = 0.0  # leaves two beams that end in the middle, held at one side each
    cut = dense(CELL, 0)(positions, jnp.asarray(widths))[1]
    assert float(straight.force) == pytest.approx(4 * 0.6 * 10 / 22.5, rel=1e-12)
    assert float(cut.force) == pytest.approx(3 * 0.6 * 10 / 22.5, rel=1e-12)
    widths[3] = 0.0  # a single beam in the middle that touches nothing, and a node that no beam touches
    loose = dense(CELL, 0)(positions, jnp.asarray(widths))[1]
    assert float(loose.force) == float(cut.force)
    assert not np.any(loose.displacement[5:6])


def test_connected_designs_are_those_of_one_piece():
    random = np.random.default_rng(0)
    present = random.random((CELL.edge_count, 300)) < random.uniform(0.2, 0.8, 300)
    expected = [
        connected_components(coo_matrix((np.ones(each.sum()), CELL.edges[each].T), shape=(16, 16)))[0] == 1
        for each in present.T
    ]
    assert 50 < sum(expected) < 250
    np.testing.assert_array_equal(is_connected(CELL, jnp.asarray(present)), expected)


def test_candidates_are_those_of_the_paper():
    assert [NodeGrid(n, n).edge_count for n in (3, 4, 8)] == [20, 42, 210]
    lengths = np.linalg.norm(np.diff(CELL.positions(1.0)[CELL.edges], axis=1), axis=2)
    assert np.all(lengths < 1.5) and len({tuple(sorted(edge)) for edge in CELL.edges.tolist()}) == 42


def test_the_full_grid_is_as_stiff_as_the_paper_s_stiffest_cells():
    """E/E_b up to 0.25 (Fig. 1b), 0.243 for sample 6 (supplementary table 4): sums of the reactions, not their means."""
    for axis in (0, 1):
        found = dense(CELL, axis)(jnp.asarray(CELL.positions(7.5)), jnp.ones(CELL.edge_count))[1]
        assert float(found.force) / 10 / 0.6 == pytest.approx(0.2504, abs=1e-4)
        assert -float(lateral_strain(CELL, found.displacement, axis, 1.0)) == pytest.approx(0.1806, abs=1e-4)


def test_tilings_share_nodes_and_the_wider_of_two_beams_on_a_side():
    positions, widths = jnp.asarray(CELL.positions(7.5)), random_frame(CELL, 5)[1]
    grid = CELL.tiled(2, 3)
    tiled = np.asarray(CELL.tiled_widths(widths, 2, 3))
    places = np.asarray(CELL.tiled_positions(positions, 2, 3))
    np.testing.assert_allclose(places, grid.positions(7.5), atol=1e-12)
    drawn: dict[tuple, float] = {}
    for across in range(2):
        for up in range(3):
            for (first, second), width in zip(CELL.edges, np.asarray(widths), strict=True):
                ends = np.asarray(positions)[[first, second]] + 22.5 * np.array([across, up])
                key = tuple(np.round(ends, 6).ravel())
                drawn[key] = max(drawn.get(key, 0.0), float(width))
    found = {tuple(np.round(places[edge], 6).ravel()): float(width) for edge, width in zip(grid.edges, tiled, strict=True)}
    assert found == drawn


@pytest.mark.parametrize("axis", [0, 1])
def test_shear_of_straight_beams_and_by_both_solvers(axis):
    """Beams along the axis alone, clamped in the middle by nothing: each bends as one between two clamps that shift."""
    grid, across = NodeGrid(3, 4), 1 - axis
    length = 7.5 * ((grid.columns, grid.rows)[axis] - 1)
    widths = np.zeros(grid.edge_count)
    ways = np.diff(grid.positions(1.0)[grid.edges], axis=1)[:, 0]
    widths[ways[:, across] == 0] = 0.8
    slender = BeamMaterial(0.6, 0.3, 10.0, "euler_bernoulli")
    beam = beams_between(grid.edges, jnp.asarray(grid.positions(7.5)), jnp.asarray(widths), slender)
    found = solve_batched_between_grips(grid, beam, axis, across)
    count = (grid.columns, grid.rows)[across]
    assert float(found.force) == pytest.approx(count * 12 * 0.6 * 10 * 0.8**3 / 12 / length**3, rel=1e-10)
    positions, mixed = random_frame(grid, 3, 0.9)
    beam = beams_between(grid.edges, positions, mixed, MATERIAL)
    lines = solve_batched_between_grips(grid, beam, axis, across)
    sparse = solve_sparse_between_grips(grid, beam, axis, across)
    assert float(sparse.residual) < 1e-8
    np.testing.assert_allclose(lines.displacement, sparse.displacement, atol=1e-10)
    assert float(lines.force) == pytest.approx(float(sparse.force), rel=1e-9)


@pytest.mark.parametrize("clamped", [0, 1])
def test_sliding_grips_let_a_frame_contract_and_free_pieces_do_not_spoil_it(clamped):
    """The full grid slides without friction: as soft as, and laterally as free as, equilibrium along the sides says."""
    positions = jnp.asarray(CELL.positions(7.5))
    beam = beams_between(CELL.edges, positions, jnp.ones(CELL.edge_count), MATERIAL)
    frame = gripped_topology(CELL, 0, clamped)
    found = solve_between_grips(CELL, beam, 0, clamped=clamped)
    reaction = np.asarray(forces(frame, stiffness_blocks(beam), found.displacement[..., None]))[..., 0]
    assert float(found.residual) < 1e-8
    right, left = gripped_nodes(CELL, 0)[1], gripped_nodes(CELL, 0)[0]
    np.testing.assert_allclose(reaction[right, 1], 0, atol=1e-12)  # nothing holds the moving side sideways
    if not clamped:
        np.testing.assert_allclose(reaction[left[1:], 1], 0, atol=1e-12)
    clamped_force = float(solve_between_grips(CELL, beam, 0).force)
    assert float(found.force) < clamped_force
    # A beam that only the sliding grip holds: it may slide freely, and changes nothing.
    widths = np.zeros(CELL.edge_count)
    widths[:12] = 1.0
    widths[4] = 0.0
    beam = beams_between(CELL.edges, positions, jnp.asarray(widths), MATERIAL)
    loose = solve_between_grips(CELL, beam, 0, clamped=clamped)
    assert float(loose.residual) < 1e-8
    assert float(loose.force) == pytest.approx(3 * 0.6 * 10 / 22.5, rel=1e-9)


@pytest.mark.parametrize("what", ["widths", "positions"])
def test_taylor_of_both_solvers(what):
    grid = CELL
    random = np.random.default_rng(7)
    positions, widths = random_frame(grid, 8, 0.9)
    at = {"widths": widths, "positions": positions}
    direction = jnp.asarray(random.normal(size=at[what].shape)) * (widths > 0 if what == "widths" else 1.0)

    def read(beam, displacement, force):
        return (
            50 * force
            + lateral_strain(grid, displacement, 0, 22.5)
            + end_stresses(beam, grid.edges, displacement, 10.0).peak
        )

    def by_lines(value):
        beam, found = dense(grid, 0)(**{**at, what: value})
        return read(beam, found.displacement, found.force)

    def by_factors(value):
        beam, found = sparse(grid, 0)(**{**at, what: value})
        return read(beam, found.displacement, found.force)

    steps = np.array([4e-3, 2e-3, 1e-3])
    slopes = []
    for function in (jax.jit(by_lines), jax.jit(by_factors)):
        remainders, slope, difference = taylor_remainders(function, at[what], direction, steps)
        assert abs(np.polyfit(np.log(steps), np.log(remainders), 1)[0] - 2) < 0.05
        assert slope == pytest.approx(difference, rel=1e-6)
        slopes.append(slope)
    assert slopes[0] == pytest.approx(slopes[1], rel=1e-8)


def test_designs_in_the_last_axis_are_worked_out_each_by_itself():
    random = np.random.default_rng(11)
    present = jnp.asarray((random.random((CELL.edge_count, 8)) < 0.5) * 1.0)
    positions = jnp.asarray(CELL.positions(7.5))
    many = dense(CELL, 1)(positions[..., None], present)[1]
    for design in range(8):
        alone = dense(CELL, 1)(positions, present[:, design])[1]
        np.testing.assert_allclose(many.displacement[..., design], alone.displacement, atol=1e-11)
        assert float(many.force[design]) == pytest.approx(float(alone.force), rel=1e-10, abs=1e-13)
