"""Cells of regular lattices of beams of length 1, for tests: nodes, beams, periods."""

import numpy as np

HALF_ROOT = np.sqrt(3) / 2
TRIANGULAR_PERIODS = np.array([[1.0, 0.0], [0.5, HALF_ROOT]])
HONEYCOMB_PERIODS = np.sqrt(3) * TRIANGULAR_PERIODS


def square():
    """One node, two beams."""
    return np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), np.array([[0, 1], [0, 2]]), np.eye(2)


def triangular():
    """One node, three beams."""
    nodes = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, HALF_ROOT]])
    return nodes, np.array([[0, 1], [0, 2], [1, 2]]), TRIANGULAR_PERIODS


def honeycomb():
    """Two nodes, three beams."""
    b = np.array([0.0, 1.0])
    nodes = np.array([[0.0, 0.0], b, b - HONEYCOMB_PERIODS[1], b - HONEYCOMB_PERIODS[1] + HONEYCOMB_PERIODS[0]])
    return nodes, np.array([[0, 1], [0, 2], [0, 3]]), HONEYCOMB_PERIODS
