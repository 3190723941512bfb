"""Crossings of beams against shapely, with nodes moved."""

import numpy as np
import pytest

from metac.runtime.beams.crossing_beams import (
    beams_cross,
    clearance,
    meetings,
    pairs_that_may_cross,
    with_nodes_at_crossings,
)
from metac.runtime.beams.node_grid import NodeGrid


@pytest.mark.parametrize("shift", [0.0, 0.45])
def test_crossings_are_those_of_the_drawing(shift):
    grid = NodeGrid(5, 4)
    nodes = grid.positions(1.0) + np.random.default_rng(1).uniform(-shift, shift, (20, 2))
    met = meetings(nodes, grid.edges)
    pairs = pairs_that_may_cross(grid.edges, grid.positions(1.0))
    found = pairs[np.asarray(beams_cross(nodes, grid.edges, pairs))]
    assert {tuple(sorted(pair)) for pair in found.tolist()} == {tuple(pair) for pair in met.crossings.tolist()}
    assert not len(met.touched)
    # Each square of the regular grid has two diagonals.
    assert len(found) >= 12 and (shift or len(found) == 12)


def test_beams_that_share_a_node_or_end_on_each_other_do_not_cross():
    edges = np.array([[0, 1], [1, 2], [3, 4]])
    nodes = np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [1.0, 0.0], [1.0, 1.0]])
    pairs = pairs_that_may_cross(edges, nodes)
    assert {tuple(pair) for pair in np.sort(pairs).tolist()} == {(0, 2), (1, 2)}
    assert not np.asarray(beams_cross(nodes, edges, pairs)).any()
    # The third beam ends on the first one without being joined to it.
    met = meetings(nodes, edges)
    assert not len(met.crossings) and met.touched.tolist() == [[0, 3]]
    joined = with_nodes_at_crossings(nodes, edges)
    assert joined.net.edges.tolist() == [[0, 3], [3, 1], [1, 2], [3, 4]] and joined.origin.tolist() == [0, 0, 1, 2]


def test_three_beams_that_cross_in_one_point_and_a_fourth_get_their_nodes():
    nodes = np.array([[-1.0, 0.0], [1.0, 0.0], [0.0, -1.0], [0.0, 1.0], [-1.0, -1.0], [1.0, 1.0], [-1.0, 0.5], [1.0, 0.5]])
    edges = np.array([[0, 1], [2, 3], [5, 4], [6, 7]])
    joined = with_nodes_at_crossings(nodes, edges)
    np.testing.assert_array_equal(joined.net.nodes[:8], nodes)
    new = joined.net.nodes[8:]
    assert {tuple(place) for place in new.round(12).tolist()} == {(0.0, 0.0), (0.0, 0.5), (0.5, 0.5)}
    assert np.bincount(joined.origin).tolist() == [2, 3, 3, 3]
    # The pieces of a beam follow each other from its first node to its last.
    for beam, (start, end) in enumerate(edges):
        pieces = joined.net.edges[joined.origin == beam]
        assert pieces[0, 0] == start and pieces[-1, 1] == end and (pieces[1:, 0] == pieces[:-1, 1]).all()
    assert not len(meetings(joined.net.nodes, joined.net.edges).crossings)


def test_the_clearance_is_that_of_beams_without_a_common_node():
    nodes = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 1.0], [4.0, 3.0], [4.0, 1.5]])
    assert clearance(nodes, np.array([[0, 1], [2, 3], [1, 4]])) == pytest.approx(1.0)
    assert clearance(nodes, np.array([[0, 1], [1, 4]])) == np.inf
