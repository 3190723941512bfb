"""Candidates that homogenised elements expect to lower misses, against all there are."""

import numpy as np

from metac.stdlib.studies.exchange_candidates import expected_gains, promising

RANDOM = np.random.default_rng(0)
SLOPES, MISSES = RANDOM.normal(size=(5, 3, 4, 4)), RANDOM.normal(size=5)
THERE, OFFERED = 0.1 * RANDOM.normal(size=(3, 4, 4)), 0.3 * RANDOM.normal(size=(200, 4))


def gain(row, column, cell):
    left = MISSES + SLOPES[:, row, column] @ (OFFERED[cell] - THERE[row, column])
    return (left @ left - MISSES @ MISSES) / (MISSES @ MISSES)


def test_the_most_promising_come_first():
    found = promising(SLOPES, MISSES, THERE, OFFERED, 6, np.inf)
    for row, column in np.ndindex(3, 4):
        gains = np.array([gain(row, column, cell) for cell in range(len(OFFERED))])
        np.testing.assert_array_equal(found.cells[row, column], gains.argsort()[:6])
        np.testing.assert_allclose(found.gains[row, column], np.sort(gains)[:6])
    again = expected_gains(SLOPES, MISSES, THERE, OFFERED[found.cells])
    np.testing.assert_allclose(again, found.gains)


def test_what_changes_too_much_alone_comes_last():
    near = promising(SLOPES, MISSES, THERE, OFFERED, len(OFFERED), 0.3)
    for row, column in np.ndindex(3, 4):
        change = SLOPES[:, row, column] @ (OFFERED[near.cells[row, column]] - THERE[row, column]).T
        far = np.linalg.norm(change, axis=0) > 0.3 * np.linalg.norm(MISSES)
        np.testing.assert_array_equal(np.isinf(near.gains[row, column]), far)
        assert far.any()
        assert not far.all()
