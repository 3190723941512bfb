"""Seeds, perturbations and the choice of what is perturbed."""

from __future__ import annotations

import numpy as np
import pytest

from metac.runtime.datasets.cells.design_space import CellDesignSpace, Cells, whole
from metac.runtime.datasets.cells.perturbation import perturbed, signed_distance
from metac.runtime.datasets.cells.selection import choose, distance_from_edge
from metac.runtime.datasets.cells.topology_seeds import (
    Targets,
    distances,
    draw_targets,
    optimised,
    projected,
    projection_slope,
)
from metac.runtime.grid.binary_images import pieces

SMALL = CellDesignSpace(12, 12)


@pytest.fixture(scope="module")
def seeds() -> Cells:
    random = np.random.default_rng(0)
    return optimised(SMALL, draw_targets(SMALL, 8, random), random)


def test_taylor_of_the_distance_from_targets() -> None:
    random = np.random.default_rng(1)
    space = CellDesignSpace(5, 6, contrast=100.0)
    targets = draw_targets(space, 1, random)
    density, along = random.uniform(0.3, 0.9, (1, 5, 6)), random.standard_normal((1, 5, 6))
    value, slope = distances(space, density, targets)
    steps = 0.04 / 2.0 ** np.arange(5)
    rest = [abs((distances(space, density + t * along, targets)[0] - value - t * np.sum(slope * along))[0]) for t in steps]
    assert abs(np.log2(rest[-2] / rest[-1]) - 2) < 0.05


def test_taylor_of_the_projection() -> None:
    density = np.array([0.1, 0.5, 0.7])
    rest = [
        np.abs(projected(density + t, 4.0) - projected(density, 4.0) - t * projection_slope(density, 4.0))
        for t in (1e-3, 5e-4)
    ]
    slopes = np.log2(rest[0] / rest[1])[[0, 2]]
    assert np.abs(slopes - 2).max() < 0.05
    np.testing.assert_allclose(projected(np.array([0, 0.5, 1]), 7.0), [0, 0.5, 1], atol=1e-15)


def test_seeds_come_near_targets_that_can_be_reached(seeds: Cells) -> None:
    # What a cell has can be reached: designs drawn to it end nearer than where they started.
    assert len(seeds.quarters) >= 4
    quarter, stiffness = seeds.quarters[:1], seeds.stiffness[:1] / SMALL.scale
    targets = Targets(stiffness, quarter.mean(axis=(1, 2)))
    even = np.full((1, 12, 12), float(targets.volume[0]))
    assert distances(SMALL, quarter.astype(float), targets)[0] < 1e-12
    assert distances(SMALL, even, targets)[0] > 1e-3


def test_seeds_are_whole_cells_within_bounds(seeds: Cells) -> None:
    share = seeds.quarters.mean(axis=(1, 2))
    assert ((share >= SMALL.least) & (share <= SMALL.most)).all()
    assert all(pieces(np.tile(cell, (2, 2))).max() == 1 for cell in whole(seeds.quarters))
    np.testing.assert_allclose(SMALL.homogenised(seeds.quarters).stiffness, seeds.stiffness, rtol=1e-12)
    eigenvalue = seeds.stiffness[:, 0] * seeds.stiffness[:, 2] - seeds.stiffness[:, 1] ** 2
    assert (eigenvalue > 0).all(), "stiffness is positive definite"
    assert (seeds.stiffness[:, 3] > 0).all()


def test_stiffness_counts_in_its_unit() -> None:
    quarter = np.ones((1, 4, 4), bool)
    quarter[:, 1:3, 1:3] = False
    one, two = (CellDesignSpace(4, 4, young=young).homogenised(quarter).stiffness for young in (1.0, 2500.0))
    np.testing.assert_allclose(two, 2500 * one, rtol=1e-12)


def test_perturbed_cells_differ_a_little_and_by_chance(seeds: Cells) -> None:
    parents = np.repeat(seeds.quarters[:2], 20, axis=0)
    first, second, again = (perturbed(parents, np.random.default_rng(seed)) for seed in (1, 2, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != second).any()
    changed = (first != parents).mean(axis=(1, 2))
    assert changed.mean() > 0.01
    assert changed.mean() < 0.5


def test_the_distance_of_an_outline_is_mirrored_at_the_sides() -> None:
    solid = np.zeros((10, 10), bool)
    solid[:, :3] = True
    expected = np.broadcast_to([2.5, 1.5, 0.5, -0.5, -1.5, -2.5, -3.5, -4.5, -5.5, -6.5], (10, 10))
    np.testing.assert_array_equal(signed_distance(solid), expected)


def test_the_solid_is_opened_by_perturbation() -> None:
    solid = np.ones((64, 12, 12), bool)
    share = perturbed(solid, np.random.default_rng(0)).mean(axis=(1, 2))
    assert (share < 1).any()
    assert share.mean() > 0.7


def test_sparse_and_extreme_cells_are_chosen_more_often() -> None:
    random = np.random.default_rng(0)
    crowd = random.normal(0.5, 0.004, (300, 4))
    corners = np.array([[0.1, 0.1, 0.1, 0.1], [0.9, 0.9, 0.1, 0.1], [0.9, 0.1, 0.9, 0.1], [0.1, 0.9, 0.9, 0.9], [0.9] * 4])
    points = np.concatenate([crowd, corners])
    chosen = choose(points, 2000, random)
    often = np.bincount(chosen, minlength=len(points))
    assert often[300:].mean() > 4 * often[:300].mean()


def test_the_edge_is_that_of_the_convex_hull() -> None:
    square = np.array([[0.0, 0], [1, 0], [0, 1], [1, 1], [0.5, 0.25]])
    np.testing.assert_allclose(distance_from_edge(square, np.array([4, 0])), [0.25, 0], atol=1e-12)
    line = np.array([[0.0, 0], [1, 1], [2, 2]])
    np.testing.assert_array_equal(distance_from_edge(line, np.arange(3)), np.zeros(3))


def test_many_points_are_chosen_from_a_part_of_them() -> None:
    points = np.random.default_rng(0).random((5000, 4))
    chosen = choose(points, 100, np.random.default_rng(1))
    assert chosen.shape == (100,)
    np.testing.assert_array_equal(chosen, choose(points, 100, np.random.default_rng(1)))
