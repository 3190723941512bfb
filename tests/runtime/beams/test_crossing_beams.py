"""Crossings of beams against shapely, with nodes moved."""

import numpy as np
import pytest

from metac.runtime.beams.crossing_beams import beams_cross, pairs_that_may_cross
from metac.runtime.beams.node_grid import NodeGrid
from metac.runtime.report.frame_export import DrawnFrame


@pytest.mark.parametrize("shift", [0.0, 0.45])
def test_crossings_are_those_of_the_drawing(shift):
    grid = NodeGrid(5, 4)
    nodes = grid.positions(1.0) + np.random.default_rng(1).uniform(-shift, shift, (20, 2))
    drawn = DrawnFrame(nodes, grid.edges, np.full(len(grid.edges), 0.1), 1.0, 1.0, 0.3, True)
    pairs = pairs_that_may_cross(grid.edges, grid.positions(1.0))
    found = pairs[np.asarray(beams_cross(nodes, grid.edges, pairs))]
    assert {tuple(sorted(pair)) for pair in found.tolist()} == set(drawn.crossings())
    # Each square of the regular grid has two diagonals.
    assert len(found) >= 12 and (shift or len(found) == 12)


def test_beams_that_share_a_node_or_end_on_each_other_do_not_cross():
    edges = np.array([[0, 1], [1, 2], [3, 4]])
    nodes = np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [1.0, 0.0], [1.0, 1.0]])
    pairs = pairs_that_may_cross(edges, nodes)
    assert {tuple(pair) for pair in np.sort(pairs).tolist()} == {(0, 2), (1, 2)}
    assert not np.asarray(beams_cross(nodes, edges, pairs)).any()
