"""Shortest paths over ranked cells, against brute force."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metac.runtime.families.rank_graph import RankGraph, different_paths


def brute_edges(latents: np.ndarray, neighbours: int, window: int) -> set[tuple[int, int]]:
    found = set()
    for node in range(len(latents)):
        ahead = range(node + 1, min(node + window, len(latents) - 1) + 1)
        nearest = sorted(ahead, key=lambda other: float(np.sum((latents[other] - latents[node]) ** 2)))
        found |= {(node, other) for other in nearest[:neighbours]}
    return found


@pytest.mark.parametrize("window", [3, 5000])
def test_edges_lead_to_the_nearest_of_higher_rank(window: int) -> None:
    latents = np.random.default_rng(0).normal(size=(300, 3)).astype(np.float32)
    graph = RankGraph.of(latents, 4, window)
    edges = set(zip(graph.sources.tolist(), graph.targets.tolist(), strict=True))
    assert edges == brute_edges(latents.astype(float), 4, window)
    first, second = graph.sources, graph.targets
    np.testing.assert_allclose(graph.lengths, np.linalg.norm(latents[first] - latents[second], axis=1), rtol=1e-5)


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.sampled_from([1.0, 2.0, 3.5]), st.integers(1, 3), st.integers(1, 3))
def test_no_path_is_shorter(seed: int, power: float, neighbours: int, ends: int) -> None:
    latents = np.random.default_rng(seed).normal(size=(8, 2))
    graph = RankGraph.of(latents, neighbours)
    found = graph.shortest(ends, power)
    edges = {(int(a), int(b)): float(c) for a, b, c in zip(graph.sources, graph.targets, graph.lengths, strict=True)}

    def cost(path: tuple[int, ...]) -> float:
        return sum(edges.get(pair, np.inf) ** power for pair in pairwise(path))

    paths = [
        (start, *inner, stop)
        for start in range(ends)
        for stop in range(8 - ends, 8)
        for size in range(stop - start)
        for inner in combinations(range(start + 1, stop), size)
    ]
    least = min(map(cost, paths))
    assert found is not None, "each but the last is linked to one of higher rank"
    assert cost(tuple(found.tolist())) == pytest.approx(least)


def test_squares_take_small_steps_where_lengths_take_one() -> None:
    latents = np.column_stack([np.linspace(0, 1, 20), 0.02 * np.cos(np.arange(20))])
    graph = RankGraph.of(latents, 19)
    direct, gradual = graph.shortest(1, 1.0), graph.shortest(1, 2.0)
    assert direct is not None and gradual is not None
    assert direct.tolist() == [0, 19]
    assert len(gradual) > 10


def test_the_same_place_twice_is_no_missing_edge() -> None:
    graph = RankGraph.of(np.zeros((5, 2)), 1)
    found = graph.shortest(1, 2.0)
    assert found is not None and found[[0, -1]].tolist() == [0, 4]


def test_paths_that_do_not_reach_the_end_are_none() -> None:
    # Two nodes whose only nearest of higher rank are each other's: nothing leads on within one rank of none.
    graph = RankGraph.of(np.zeros((4, 1)), 1)
    cut = graph._replace(sources=graph.sources[:1], targets=graph.targets[:1], lengths=graph.lengths[:1])
    assert cut.shortest(1, 2.0) is None


def test_paths_share_nothing_and_stay_apart() -> None:
    random = np.random.default_rng(3)
    latents = np.column_stack([np.linspace(0, 4, 300), random.uniform(-1, 1, 300)])
    close = different_paths(latents, 3, 5, 10, 2.0, 0.0)
    assert len(close.paths) == 3
    together = np.concatenate(close.paths)
    assert len(set(together.tolist())) == len(together)
    assert close.left == 300 - len(together)
    wide = different_paths(latents, 3, 5, 10, 2.0, 0.15)
    for first, second in combinations(wide.paths, 2):
        distances = np.linalg.norm(latents[first][:, None] - latents[second], axis=-1)
        assert distances.min() > 0.15
    assert len(different_paths(latents, 3, 5, 10, 2.0, 5.0).paths) == 1, "all are as near as that to the first"
