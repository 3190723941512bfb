"""The cheapest assembly and its bound, against all choices there are."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metac.runtime.assembly.choice import ChoiceCosts
from metac.runtime.assembly.trws import assemble, descended


def random_costs(rows, columns, count, seed, *, integer=False):
    random = np.random.default_rng(seed)
    shapes = (rows, columns, count), (rows, columns - 1, count, count), (rows - 1, columns, count, count)
    return ChoiceCosts(
        *(random.integers(0, 6, shape) * 1.0 if integer else random.uniform(-1, 2, shape) for shape in shapes)
    )


def cheapest(costs):
    """The least energy of all choices there are."""
    rows, columns, count = costs.own.shape
    choices = np.array(list(itertools.product(range(count), repeat=rows * columns))).reshape(-1, rows, columns)
    energy = np.zeros(len(choices))
    for row, column in np.ndindex(rows, columns):
        here = choices[:, row, column]
        energy += costs.own[row, column, here]
        if column + 1 < columns:
            energy += costs.across[row, column, here, choices[:, row, column + 1]]
        if row + 1 < rows:
            energy += costs.down[row, column, here, choices[:, row + 1, column]]
    return energy.min()


@settings(max_examples=25)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(0, 10_000), st.booleans())
def test_the_bound_is_below_and_the_choice_above_the_optimum(rows, columns, count, seed, integer):
    if count ** (rows * columns) > 5_000:
        count = 2
    costs = random_costs(rows, columns, count, seed, integer=integer)
    found, optimum = assemble(costs, 200, 0.0), cheapest(costs)
    assert found.energy == pytest.approx(costs.energy(found.choice))
    assert found.bound <= optimum + 1e-9
    assert found.energy >= optimum - 1e-9


@pytest.mark.parametrize(("rows", "columns"), [(1, 7), (7, 1)])
def test_chains_are_solved_exactly(rows, columns):
    for seed in range(5):
        costs = random_costs(rows, columns, 3, seed)
        found = assemble(costs, 50, 1e-12)
        assert found.energy == pytest.approx(cheapest(costs), abs=1e-9)
        assert found.bound == pytest.approx(found.energy, abs=1e-9)


def test_small_grids_mostly_close_the_gap():
    """Where the relaxation is tight the choice is proven optimal: most of these are."""
    closed = 0
    for seed in range(20):
        costs = random_costs(3, 3, 3, seed)
        found = assemble(costs, 500, 1e-9)
        closed += found.gap < 1e-6
        if found.gap < 1e-6:
            assert found.energy == pytest.approx(cheapest(costs), abs=1e-8)
    assert closed >= 15


def test_the_bound_never_falls():
    costs = random_costs(6, 7, 5, 3)
    seen = []
    assemble(costs, 60, 0.0, lambda sweep, energy, bound: seen.append((sweep, energy, bound)))
    bounds, energies = [bound for _, _, bound in seen], [energy for _, energy, _ in seen]
    assert bounds == sorted(bounds)
    assert energies == sorted(energies, reverse=True)


def test_a_choice_that_is_free_costs_nothing():
    rows, columns, count = 4, 5, 3
    wanted = np.random.default_rng(0).integers(0, count, (rows, columns))
    own = np.ones((rows, columns, count))
    np.put_along_axis(own, wanted[..., None], 0.0, axis=-1)
    costs = ChoiceCosts(own, np.zeros((rows, columns - 1, count, count)), np.zeros((rows - 1, columns, count, count)))
    found = assemble(costs, 10, 0.0)
    assert found.energy == 0
    assert found.gap == 0
    np.testing.assert_array_equal(found.choice, wanted)


def test_descent_ends_where_no_cell_alone_is_cheaper():
    costs = random_costs(5, 4, 3, 1)
    choice = descended(costs, np.zeros((5, 4), np.int64))
    energy = costs.energy(choice)
    for row, column, other in itertools.product(range(5), range(4), range(3)):
        changed = choice.copy()
        changed[row, column] = other
        assert costs.energy(changed) >= energy - 1e-9


def test_costs_that_do_not_go_together_are_refused():
    with pytest.raises(ValueError, match="go together"):
        ChoiceCosts(np.zeros((2, 2, 3)), np.zeros((2, 2, 3, 3)), np.zeros((1, 2, 3, 3)))
    with pytest.raises(ValueError, match="not finite"):
        ChoiceCosts(np.full((1, 1, 2), np.inf), np.zeros((1, 0, 2, 2)), np.zeros((0, 1, 2, 2)))


def test_the_optimum_is_that_of_an_exact_solver():
    toulbar2 = pytest.importorskip("pytoulbar2", reason="pytoulbar2 is not installed (dev extra)")
    rows, columns, count, digits = 4, 8, 5, 6
    costs = random_costs(rows, columns, count, 9, integer=True)
    problem = toulbar2.CFN(10.0**9, digits)
    for row, column in itertools.product(range(rows), range(columns)):
        problem.AddVariable(f"c{row}_{column}", range(count))
        problem.AddFunction([f"c{row}_{column}"], costs.own[row, column].tolist())
    for row, column in itertools.product(range(rows), range(columns)):
        if column + 1 < columns:
            problem.AddFunction([f"c{row}_{column}", f"c{row}_{column + 1}"], costs.across[row, column].ravel().tolist())
        if row + 1 < rows:
            problem.AddFunction([f"c{row}_{column}", f"c{row + 1}_{column}"], costs.down[row, column].ravel().tolist())
    _, optimum, _ = problem.Solve()
    found = assemble(costs, 1000, 0.0)
    assert found.bound <= optimum + 1e-6 <= found.energy + 2e-6
    assert found.energy == pytest.approx(optimum, rel=0.02)
