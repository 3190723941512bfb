"""Which pixels are flipped for misses whose derivatives are known."""

import numpy as np
import pytest

from metac.runtime.assembly.pixel_flips import ADDED, REMOVED, flipped
from tests.runtime.assembly.test_pixel_sheet import KINDS, frames


def slopes(count=3):
    return 1e-3 * np.random.default_rng(2).normal(size=(count, *frames().shape))


def expected(changed, slope):
    """What the flips do: removed solid its own derivative, added void that of the solid beside it."""
    solid = frames()
    found = np.zeros(len(slope))
    for kind, y, x in zip(*np.nonzero(changed), strict=True):
        if solid[kind, y, x]:
            found -= REMOVED * slope[:, kind, y, x]
            continue
        around = [(y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)]
        around = [(min(max(i, 0), 7), min(max(j, 0), 7)) for i, j in around]
        beside = [slope[:, kind, i, j] for i, j in around if solid[kind, i, j]]
        found += ADDED * np.mean(beside, axis=0)
    return found


def test_flips_lower_what_is_missed():
    misses, slope = np.array([0.004, -0.002, 0.001]), slopes()
    found = flipped(misses, slope, frames(), KINDS, 1e-4)
    changed = found != frames()
    assert changed.sum() > 3
    after = misses + expected(changed, slope)
    assert after @ after < 0.3 * (misses @ misses)


def test_few_flips_are_made_where_each_must_promise_much():
    misses, slope = np.array([0.02, -0.01, 0.005]), slopes()
    counts = [(flipped(misses, slope, frames(), KINDS, least) != frames()).sum() for least in (1e-5, 1e-2, 0.1, 10.0)]
    assert counts[0] >= counts[1] >= counts[2] > counts[3] == 0


@pytest.mark.parametrize("misses", [np.zeros(3), np.full(3, 1e-12)])
def test_nothing_is_flipped_where_nothing_is_missed(misses):
    assert (flipped(misses, slopes(), frames(), KINDS, 1e-3) == frames()).all()


def test_corners_of_cells_stay_solid():
    slope = np.zeros((1, 2, 8, 8))
    slope[0, :, :2, :2] = 1.0
    found = flipped(np.ones(1), slope, frames(), KINDS, 1e-6)
    assert found[:, 0, 0].all()
