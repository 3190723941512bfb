"""Global search on functions whose minima are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from metac.runtime.optimise.cma_es import NARROW, REFUSED, Candidate, EvolutionStrategy


def rastrigin(share):
    """Minima near the integers, the lowest, 0, in the middle of the box; away from it they are near 1, 2, 4, 5, …"""
    x = (np.asarray(share) - 0.5) * 10.24
    return float(np.sum(x**2 + 10 - 10 * np.cos(2 * np.pi * x)))


def strategy(**fields):
    settings = {"begin": np.array([0.8, 0.3]), "spread": 0.3, "population": None, "restarts": 4, "seed": 3}
    return EvolutionStrategy(**(settings | fields))


def search(strategy, function=rastrigin, generations=10_000) -> Any:
    while not strategy.ended and strategy.generations < generations:
        strategy.tell([function(at) for at in strategy.ask()])
    return strategy


@pytest.mark.parametrize("seed", range(4))
def test_the_lowest_of_a_hundred_minima_is_found(seed):
    found = search(strategy(seed=seed))
    assert found.best.loss < 1e-9 and found.best.at == pytest.approx([0.5, 0.5], abs=1e-6)
    # What counts as converged is a minimum of the function, which a first start seldom hits.
    for start in found.starts:
        if not start.left_behind:
            assert min(abs(start.best.loss - value) for value in (0, 0.99496, 1.98992, 3.97983)) < 1e-4
    sizes = [start.strategy.population_size for start in found.starts if not start.refines]
    assert sizes == [6, 12, 24, 48]


def test_a_start_that_left_the_best_valley_is_refined_there():
    """Once, and narrowly; a start that ends at its best place is followed by a wide one at random."""

    def following(left: bool, **more):
        found = strategy(**more)
        start = found.starts[0]
        start.best, start.converged = Candidate(np.array([0.31, 0.62]), 1.0), True
        start.reached = 2.0 if left else 1.0
        found.ask()
        return found

    refined = following(left=True)
    assert refined.starts[1].refines and refined.starts[1].strategy.mean == pytest.approx([0.31, 0.62])
    assert refined.starts[1].strategy._sigma == pytest.approx(NARROW * 0.3)
    assert refined.starts[1].strategy.population_size == 6
    assert not following(left=True, restarts=1).ended
    wide = following(left=False)
    assert not wide.starts[1].refines and wide.starts[1].strategy._sigma == pytest.approx(0.3)
    assert wide.starts[1].strategy.mean != pytest.approx([0.31, 0.62]) and wide.starts[1].strategy.population_size == 12
    # A start that only left a place behind which is not the best of all is not refined.
    other = following(left=False)
    other.starts[1].best, other.starts[1].reached, other.starts[1].converged = (
        Candidate(np.array([0.1, 0.1]), 3.0),
        4.0,
        True,
    )
    other._asked = None
    other.ask()
    assert [each.refines for each in other.starts] == [False, False, False]


def test_a_search_that_is_told_again_is_the_same_to_the_last_bit():
    whole = search(strategy())
    half = search(strategy(), generations=130)
    again: Any = strategy()
    again.replay(half.state)
    assert search(again).state.tobytes() == whole.state.tobytes()
    assert again.best.at.tobytes() == whole.best.at.tobytes()
    with pytest.raises(ValueError, match="whole number"):
        strategy().replay(half.state[:-1])


@pytest.mark.slow
def test_candidates_lie_in_the_box_and_minima_may_lie_on_its_faces():
    asked = []

    def tilted(at):
        asked.append(at)
        return float(at[0] - 2 * at[1] + (at[2] - 0.25) ** 2)

    found = search(strategy(begin=np.array([0.5, 0.5, 0.9]), restarts=1), tilted)
    assert np.min(asked) >= 0 and np.max(asked) <= 1
    assert found.best.at == pytest.approx([0, 1, 0.25], abs=5e-3)


def test_one_parameter_is_enough():
    found = search(strategy(begin=np.array([0.9]), restarts=2), rastrigin)
    assert found.ask().shape[1] == 1 and found.best.loss < 1e-9


def test_what_cannot_be_simulated_is_worse_than_everything():
    def partly(at):
        return np.nan if at[0] > 0.6 else rastrigin(at)

    found = search(strategy(restarts=3), partly)
    assert found.best.loss < 1e-9
    nothing = search(strategy(restarts=1), lambda at: np.inf, generations=5)
    assert nothing.best is None and (nothing.state == REFUSED).all()
