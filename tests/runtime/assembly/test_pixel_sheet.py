"""Pixels of a sheet of mirrored cells: which flips are made, and that none makes the sheet less sound."""

import numpy as np
import pytest
from scipy import ndimage

from metac.runtime.assembly.pixel_sheet import EIGHT, PixelSheet, unfolded
from metac.runtime.assembly.sheet import soundness

KINDS = np.array([[0, 1, 0], [1, 1, 0]])


def frames():
    """Quarters of frames of two widths, eight pixels along a side."""
    quarters = np.zeros((2, 8, 8), bool)
    for width, quarter in zip((2, 3), quarters, strict=True):
        quarter[:width], quarter[:, :width] = True, True
    return quarters


def flip(sheet, kind, *pixels):
    rows, columns = np.array(pixels).T
    return sheet.flip(kind, rows, columns)


@pytest.mark.parametrize(
    ("kind", "pixels", "made"),
    [
        (0, [(2, 4)], False),  # a bump of one pixel on a straight edge
        (0, [(2, 4), (2, 5)], True),  # of two
        (0, [(2, 7)], True),  # that its image makes two
        (0, [(2, 2)], True),  # in a corner
        (0, [(5, 5), (5, 6)], False),  # an island, one pixel thick
        (0, [(7, 7)], False),  # an island that is two by two pixels with its images
        (1, [(2, 4), (2, 5)], True),  # a notch of two: two pixels are left at the edge of the sheet
        (0, [(1, 4), (1, 5)], False),  # one is left there
        (1, [(0, 4), (0, 5)], False),  # a hole where neighbours meet
        (1, [(2, 4)], False),  # a notch of one pixel
    ],
)
def test_which_flips_are_made(kind, pixels, made):
    kinds = np.full((2, 2), kind)
    sheet = PixelSheet(frames(), kinds)
    assert flip(sheet, kind, *pixels) is made
    assert (sheet.quarters ^ frames()).sum() == (len(pixels) if made else 0)
    assert (sheet._picture[8:-8, 8:-8] == unfolded(sheet.quarters, kinds)).all()


def test_a_gap_is_not_closed():
    quarters = frames()
    quarters[0, 5:] = True
    sheet = PixelSheet(quarters, np.zeros((2, 2), int))
    assert flip(sheet, 0, (2, 5), (2, 6)), "two of three pixels are left"
    assert not flip(sheet, 0, (3, 5), (3, 6))
    assert not flip(sheet, 0, (4, 5), (4, 6))


def test_any_flips_leave_a_sheet_as_sound():
    sheet, random = PixelSheet(frames(), KINDS), np.random.default_rng(0)
    before = unfolded(frames(), KINDS)
    made = 0
    for _ in range(600):
        pixel = random.integers(0, 7, 2)
        step = ((0, 0), (0, 1), (1, 0))[random.integers(3)]
        pixels = [pixel] if step == (0, 0) else [pixel, pixel + step]
        made += flip(sheet, int(random.integers(2)), *pixels)
    after = unfolded(sheet.quarters, KINDS)
    assert made > 20 and (after != before).sum() > 100
    old, new = (soundness(each, (16, 16)) for each in (before, after))
    assert new.pieces == old.pieces == 1
    assert old.member == new.member == 2 and new.gap >= 2
    holes = [ndimage.label(np.pad(~each, 1, constant_values=True), EIGHT)[1] for each in (before, after)]
    assert holes[0] == holes[1]
