"""Defects of cells: found on quarters, mended, or given up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from metac.runtime.datasets.cells.design_space import whole
from metac.runtime.datasets.cells.repair import in_one_piece, repaired
from metac.runtime.grid.binary_images import pieces, smallest_feature, smallest_gap


def picture(*rows: str) -> np.ndarray:
    return np.array([[mark == "#" for mark in row] for row in rows])


def mended(*rows: str) -> tuple[list[str], bool]:
    found, kept = repaired(picture(*rows)[None])
    return ["".join("#" if pixel else "." for pixel in row) for row in found[0]], bool(kept[0])


CROSS = ("..##..", "..##..", "######", "######", "..##..", "..##..")


def test_a_sound_cell_stays_as_it_is() -> None:
    assert mended(*CROSS) == (list(CROSS), True)


def test_isolated_pixels_take_the_colour_around_them() -> None:
    rows, kept = mended("..##...", "..##...", "#######", "#.#####", "#######", "..##...", "..##.#.", "..##...")
    assert kept
    assert rows == ["..##...", "..##...", "#######", "#######", "#######", "..##...", "..##...", "..##..."]


def test_pixels_that_meet_by_their_corners_are_joined() -> None:
    rows, kept = mended("##..", "##..", "..##", "..##")
    assert kept
    solid = picture(*rows)
    assert solid.sum() == 9, "one pixel is filled"


def test_what_floats_is_dropped_where_it_is_little() -> None:
    rows, kept = mended("..##....", "..##....", *["########"] * 4, "..##....", "..##.##.", "..##....", "..##....")
    assert kept
    assert rows[7] == "..##...."


@pytest.mark.parametrize(
    "rows",
    [
        ("######", "######", "......", "......", "######", "######"),
        ("......", ".####.", ".####.", ".####.", ".####.", "......"),
        ("##....", "##....", "......", "......", "......", "......"),
        ("......", "......", "######", "######", "......", "......"),
        ("......",) * 6,
    ],
    ids=["two bars", "an island", "islands at the corners", "a laminate", "nothing"],
)
def test_what_is_not_connected_is_given_up(rows: tuple[str, ...]) -> None:
    assert not mended(*rows)[1]


@settings(max_examples=200, deadline=None)
@given(arrays(bool, (3, 6, 7)))
def test_what_is_kept_has_no_defects(quarters: np.ndarray) -> None:
    found, kept = repaired(quarters)
    for cell in whole(found[kept]):
        tiled = np.tile(cell, (2, 2))
        assert pieces(tiled).max() == 1, "the solid is one piece, also across periods"
        around = [np.roll(cell, step, axis) for axis in (0, 1) for step in (1, -1)]
        assert not np.logical_and.reduce([each != cell for each in around]).any(), "no pixel is alone"
        right, below = np.roll(cell, -1, 1), np.roll(cell, -1, 0)
        across = np.roll(right, -1, 0)
        assert not ((cell == across) & (right == below) & (cell != right)).any(), "no checkerboard"
    again, still = repaired(found[kept])
    np.testing.assert_array_equal(again, found[kept], "nothing is left to mend")
    assert still.all()


@settings(max_examples=100, deadline=None)
@given(arrays(bool, (2, 9, 8), elements=st.booleans()), st.integers(2, 3))
def test_what_is_kept_has_no_narrow_members_and_gaps(quarters: np.ndarray, feature: int) -> None:
    coarse = np.repeat(np.repeat(quarters, 2, axis=1), 2, axis=2)
    found, kept = repaired(coarse, feature)
    for cell in whole(found[kept]):
        assert smallest_feature(cell) >= feature
        assert cell.all() or smallest_gap(cell) >= feature


def test_members_that_are_wide_enough_stay() -> None:
    found, kept = repaired(picture(*CROSS)[None], 2)
    np.testing.assert_array_equal(found[0], picture(*CROSS))
    assert kept[0]
    thin = ("...#...", "...#...", "#######", "#######", "#######", "...#...", "...#...")
    assert not repaired(picture(*thin)[None], 2)[1][0], "nothing meets the sides once the thin member is gone"


def test_one_piece_is_one_through_all_periods() -> None:
    cells = np.stack([picture(*CROSS), picture("......", ".####.", ".####.", ".####.", ".####.", "......")])
    assert in_one_piece(cells).tolist() == [True, False]
