"""Candidates of different clusters, against clusters that are known."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from metac.runtime.assembly.diversity import diverse_candidates, mean_distance


def test_one_of_each_cluster_the_nearest_to_what_is_wanted() -> None:
    random = np.random.default_rng(0)
    centres = 10 * np.eye(4)
    clusters = np.array([0, 0, 0, 1, 0, 2, 1, 3, 0, 2, 3, 3])
    latents = centres[clusters] + 0.1 * random.normal(size=(12, 4))
    pool = np.arange(12)[None]
    found = diverse_candidates(pool, latents, 4)
    assert found.tolist() == [[0, 3, 5, 7]]
    assert mean_distance(found, latents) > mean_distance(pool[:, :4], latents)


def test_equal_cells_leave_their_places_to_the_nearest() -> None:
    assert diverse_candidates(np.arange(6)[None], np.zeros((6, 3)), 3).tolist() == [[0, 1, 2]]


@given(st.integers(0, 10**6), st.integers(1, 8))
def test_candidates_are_different_cells_of_the_pool_with_the_nearest_first(seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    latents = np.round(random.normal(size=(30, 2)), 1)
    pool = np.stack([random.permutation(30)[:8] for _ in range(6)]).reshape(2, 3, 8)
    found = diverse_candidates(pool, latents, count)
    assert found.shape == (2, 3, count)
    for wanted, chosen in zip(pool.reshape(-1, 8), found.reshape(-1, count), strict=True):
        assert len(set(chosen)) == count and set(chosen) <= set(wanted)
        places = [wanted.tolist().index(each) for each in chosen]
        assert places == sorted(places)
        assert places[0] == 0


def test_many_pools_are_worked_on_in_parts(monkeypatch) -> None:
    random = np.random.default_rng(1)
    latents, pool = random.normal(size=(50, 4)), np.stack([random.permutation(50)[:10] for _ in range(7)])
    whole = diverse_candidates(pool, latents, 4)
    monkeypatch.setattr("metac.runtime.assembly.diversity.NUMBERS_AT_ONCE", 100)
    assert np.array_equal(diverse_candidates(pool, latents, 4), whole)
