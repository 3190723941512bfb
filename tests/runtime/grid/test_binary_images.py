"""Pieces and features of pictures that repeat, against what is found pixel by pixel."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from metac.runtime.grid.binary_images import largest_piece, pieces, smallest_feature, smallest_gap

PICTURES = arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, max_side=6))


def drawn(*rows):
    return np.array([[mark == "#" for mark in row] for row in rows])


def flooded(solid, start):
    """All pixels that are connected with one, edge by edge round the period."""
    rows, columns = solid.shape
    found, waiting = set(), [start]
    while waiting:
        row, column = waiting.pop()
        if (row, column) in found or not solid[row, column]:
            continue
        found.add((row, column))
        for down, right in ((0, 1), (1, 0), (0, -1), (-1, 0)):
            waiting.append(((row + down) % rows, (column + right) % columns))
    return found


@settings(max_examples=60, deadline=None)
@given(PICTURES)
def test_pieces_are_what_can_be_walked(solid):
    numbers = pieces(solid)
    assert np.array_equal(numbers > 0, solid)
    for place in zip(*np.nonzero(solid), strict=True):
        same = set(zip(*map(list, np.nonzero(numbers == numbers[place])), strict=True))
        assert same == flooded(solid, place)


@settings(max_examples=60, deadline=None)
@given(PICTURES, st.integers(0, 5), st.integers(0, 5))
def test_nothing_depends_on_where_the_period_is_cut(solid, down, right):
    moved = np.roll(solid, (down, right), (0, 1))
    for measure in (largest_piece, smallest_feature, smallest_gap):
        assert measure(moved) == measure(solid)


@pytest.mark.parametrize(
    ("rows", "share", "feature", "gap"),
    [
        (("#..#", "....", "....", "#..#"), 1.0, 2, 2),  # one square, cut by both edges
        (("#....", ".....", "...#.", "....."), 0.5, 1, 3),
        (("##..", "##..", "....", "...."), 1.0, 2, 2),
        (("####", "####", "....", "...."), 1.0, 2, 2),
        (("....", "...."), 0.0, 0, np.inf),
        (("##", "##"), 1.0, np.inf, 0),
        (("#.", ".#"), 0.5, 1, 1),  # corners do not hold
    ],
)
def test_known_pictures(rows, share, feature, gap):
    solid = drawn(*rows)
    assert (largest_piece(solid), smallest_feature(solid), smallest_gap(solid)) == (share, feature, gap)


@settings(max_examples=40, deadline=None)
@given(PICTURES)
def test_a_picture_of_larger_pixels_has_larger_features(solid):
    fine = np.kron(solid, np.ones((2, 2), bool))
    assert smallest_feature(fine) >= 2 * min(smallest_feature(solid), max(solid.shape))
