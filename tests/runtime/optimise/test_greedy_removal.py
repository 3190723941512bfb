"""Parts that are tried first."""

import numpy as np

from metac.runtime.optimise.greedy_removal import most_promising


def test_those_with_the_largest_derivative_come_first_and_equal_ones_by_number():
    gradient = np.array([9.0, 1.0, 3.0, 3.0, -2.0, 8.0])
    assert most_promising(np.array([1, 2, 3, 4]), gradient, 3).tolist() == [2, 3, 1]


def test_there_are_always_as_many():
    assert most_promising(np.array([4, 1]), np.array([0.0, 1.0, 0.0, 0.0, 2.0]), 5).tolist() == [4, 1, 4, 1, 4]
