"""Candidates: each once, the most promising first; the order of what was simulated."""

from __future__ import annotations

import numpy as np

from metac.runtime.search.candidates import Candidates, SimulatedCandidates

RANDOM = np.random.default_rng(0)


def drawn(count: int, seed: int) -> Candidates:
    designs = (np.random.default_rng(seed).random((count, 5)) < 0.5).astype(np.uint8)
    value = np.asarray(designs @ np.array([1.0, 2.0, 4.0, 8.0, 16.0]), np.float64)
    return Candidates(designs, value[:, None], np.square(value - 11.3, dtype=np.float64), count, count)


def test_pools_in_parts_are_the_pool_of_all() -> None:
    whole = Candidates.empty(5, 1).joined(drawn(300, 1), 12)
    parts = Candidates.empty(5, 1)
    for start in range(0, 300, 70):
        part = drawn(300, 1)
        rows = slice(start, start + 70)
        size = len(part.error[rows])
        parts = parts.joined(Candidates(part.designs[rows], part.predicted[rows], part.error[rows], size, size), 12)
    np.testing.assert_array_equal(whole.designs, parts.designs)
    assert (whole.drawn, whole.valid) == (parts.drawn, parts.valid) == (300, 300)


def test_each_design_is_kept_once_the_least_error_first_within_the_limit() -> None:
    kept = Candidates.empty(5, 1).joined(drawn(300, 1), 100, limit=50.0)
    np.testing.assert_array_equal(kept.predicted[:, 0], [11, 12, 10, 13, 9, 14, 8, 15, 7, 16, 6, 17, 5, 18])


def test_what_meets_the_goals_comes_first_then_by_rank_then_by_miss() -> None:
    simulated = SimulatedCandidates(
        np.zeros((5, 1)),
        miss=np.array([0.5, 0.1, np.inf, 0.01, 0.2]),
        rank=np.array([3.0, 2.0, 0.0, 5.0, 2.0]),
        met=np.array([False, True, False, False, True]),
    )
    np.testing.assert_array_equal(simulated.order(), [1, 4, 3, 0, 2])


def test_both_come_back_from_their_arrays() -> None:
    kept = drawn(9, 2)
    again = Candidates.restored(kept.arrays(), {"drawn": 9, "valid": 9})
    np.testing.assert_array_equal(kept.designs, again.designs)
    simulated = SimulatedCandidates(np.ones((2, 3)), np.ones(2), np.zeros(2), np.array([True, False]))
    restored = SimulatedCandidates.restored(simulated.arrays())
    np.testing.assert_array_equal(restored.met, simulated.met)
