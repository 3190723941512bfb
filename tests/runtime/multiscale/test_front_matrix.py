"""Fronts put together by blocks and eliminated in place, against whole matrices."""

import numpy as np
import pytest

from metac.runtime.multiscale.front_matrix import FrontMatrix, gathered, runs_of


def places(size, front, seed, order):
    """Unknowns of a part in a front: they ascend among the eliminated ones and among the others, mixed in between."""
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(front)[:size]
    eliminated, passed = np.sort(chosen[chosen < order]), np.sort(chosen[chosen >= order])
    found, mixed = np.empty(size, int), rng.permutation(size) < len(eliminated)
    found[mixed], found[~mixed] = eliminated, passed
    return found


def positive(size, seed):
    root = np.random.default_rng(seed).normal(size=(size, size))
    return root @ root.T + np.eye(size)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("count", [0, 5, 12])
def test_fronts_of_parts_and_what_is_left_of_them(seed, count):
    front, whole = FrontMatrix.zeros(count, 12 - count), np.eye(12)
    front.add(np.eye(12), runs_of(np.arange(12), count))
    for number, size in enumerate((12, 7, 1, 0)):
        where, matrix = places(size, 12, 10 * seed + number, count), positive(size, number)
        # Only the lower triangle of a part counts.
        front.add(np.tril(matrix) + np.triu(np.full(matrix.shape, np.nan), 1), runs_of(where, count))
        whole[np.ix_(where, where)] += matrix
        np.testing.assert_array_equal(gathered(whole, runs_of(where, count)), whole[np.ix_(where, where)])
    assert front.eliminate()
    lower = np.linalg.cholesky(whole[:count, :count])
    half = np.linalg.solve(lower, whole[:count, count:]).T
    np.testing.assert_allclose(front.own, lower, atol=1e-12)
    np.testing.assert_allclose(front.across, half, atol=1e-12)
    np.testing.assert_allclose(np.tril(front.rest), np.tril(whole[count:, count:] - half @ half.T), atol=1e-11)


def test_no_factor_of_what_is_not_positive():
    for wrong in (-np.eye(3), np.diag([1.0, np.nan, 1.0]), np.diag([1.0, 0.0, 1.0])):
        front = FrontMatrix.zeros(2, 1)
        front.add(wrong, runs_of(np.arange(3), 2))
        assert not front.eliminate()
