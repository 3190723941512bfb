"""Exchanges of cells against all that one exchange could do."""

import numpy as np

from metac.runtime.assembly.choice import ChoiceCosts
from metac.runtime.assembly.exchange import exchanged, least_beside

ROWS, COLUMNS, COUNT, GOALS = 2, 3, 4, 5


def problem(seed, pairs=0.0):
    random = np.random.default_rng(seed)
    costs = ChoiceCosts(
        np.zeros((ROWS, COLUMNS, COUNT)),
        pairs * random.uniform(size=(ROWS, COLUMNS - 1, COUNT, COUNT)),
        pairs * random.uniform(size=(ROWS - 1, COLUMNS, COUNT, COUNT)),
    )
    choice = random.integers(0, COUNT, (ROWS, COLUMNS))
    return costs, choice, random.normal(size=GOALS), 0.3 * random.normal(size=(GOALS, ROWS, COLUMNS, COUNT))


def total(costs, start, choice, misses, changes, accuracy):
    left = misses.copy()
    for place in np.ndindex(ROWS, COLUMNS):
        left += changes[(slice(None), *place, choice[place])] - changes[(slice(None), *place, start[place])]
    return accuracy * left @ left / (misses @ misses) + costs.energy(choice)


def test_the_first_exchange_is_the_best_one():
    for seed in range(10):
        costs, start, misses, changes = problem(seed, 0.2)
        found = exchanged(costs, start, misses, changes, 3.0, 1)
        trials = []
        for place in np.ndindex(ROWS, COLUMNS):
            for candidate in range(COUNT):
                trial = start.copy()
                trial[place] = candidate
                trials.append(total(costs, start, trial, misses, changes, 3.0))
        assert np.isclose(total(costs, start, found, misses, changes, 3.0), min(trials))


def test_more_exchanges_are_never_worse():
    costs, start, misses, changes = problem(3, 0.1)
    totals = [
        total(costs, start, exchanged(costs, start, misses, changes, 2.0, most), misses, changes, 2.0) for most in range(8)
    ]
    assert totals == sorted(totals, reverse=True)


def test_nothing_is_exchanged_without_gain():
    costs, start, misses, _ = problem(1)
    found = exchanged(costs, start, misses, np.zeros((GOALS, ROWS, COLUMNS, COUNT)), 5.0, 10)
    np.testing.assert_array_equal(found, start)


def test_candidates_beyond_the_radius_are_left_out():
    costs, start, misses, changes = problem(2)
    found = exchanged(costs, start, misses, changes, 5.0, 10, radius=0.2)
    for place in np.argwhere(found != start):
        step = changes[(slice(None), *place, found[tuple(place)])] - changes[(slice(None), *place, start[tuple(place)])]
        assert np.linalg.norm(step) <= 0.2 * np.linalg.norm(misses)
    assert (exchanged(costs, start, misses, changes, 5.0, 10, radius=0.0) == start).all()


def test_nothing_is_exchanged_where_nothing_is_missed():
    costs, start, misses, changes = problem(4, 0.1)
    with np.errstate(divide="raise", over="raise", invalid="raise"):
        for size in (0.0, 1e-160):
            np.testing.assert_array_equal(exchanged(costs, start, size * misses, changes, 5.0, 10), start)


def test_neighbours_are_not_exchanged_together():
    several = 0
    for seed in range(10):
        costs, start, misses, changes = problem(seed)
        found = exchanged(costs, start, misses, changes, 3.0, ROWS * COLUMNS)
        changed = found != start
        several += changed.sum() > 1
        assert not (changed[:, 1:] & changed[:, :-1]).any()
        assert not (changed[1:] & changed[:-1]).any()
    assert several


def test_what_is_not_known_is_not_taken():
    costs, start, misses, changes = problem(1)
    changes[..., 2] = np.inf
    found = exchanged(costs, np.where(start == 2, 0, start), misses, changes, 3.0, 4)
    assert (found != 2).all()


def test_candidates_that_are_worth_a_look_are_the_cheapest_and_what_is_there():
    costs, start, _, _ = problem(2, 0.5)
    more = np.random.default_rng(0).normal(size=costs.own.shape)
    found = least_beside(costs, start, more, 2)
    assert (found.sum(axis=-1) == 2).all()
    for place in np.ndindex(ROWS, COLUMNS):
        trials = []
        for candidate in range(COUNT):
            trial = start.copy()
            trial[place] = candidate
            trials.append(costs.energy(trial) + more[(*place, candidate)])
        trials[start[place]] = -np.inf
        assert set(np.flatnonzero(found[place])) == set(np.argsort(trials)[:2])
