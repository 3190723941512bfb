"""Whatever the table of factors holds or has forgotten, solutions are the same."""

import numpy as np
import pytest

from metac.runtime.solvers.checked import CheckedAnalysis
from metac.runtime.solvers.factors import NO_FACTOR, FactorTable
from metac.runtime.solvers.interface import SymmetricPattern


def tridiagonal(size):
    """Pattern and values of the second difference, plus one on the diagonal."""
    indices = np.array(
        [row for column in range(size) for row in ([column - 1] if column else []) + [column]], dtype=np.int32
    )
    indptr = np.array([0, *np.cumsum([1] + [2] * (size - 1))], dtype=np.int32)
    values = np.where(indices == np.repeat(np.arange(size), np.diff(indptr)), 3.0, -1.0)
    return CheckedAnalysis(SymmetricPattern(size, indptr, indices)), values


@pytest.fixture
def system():
    analysis, values = tridiagonal(50)
    return analysis, values, np.random.default_rng(0).normal(size=50)


def test_a_kept_factor_is_found_and_released(system):
    analysis, values, right_side = system
    table = FactorTable()
    solution, handle = table.solve(analysis, values, right_side, NO_FACTOR, keep=True)
    assert len(table) == 1
    assert table.factor(handle) is solution.factor
    again = table.solve_again(analysis, values, right_side, handle)
    assert again.residual <= 1e-10
    assert len(table) == 0
    assert table.factor(handle) is None


def test_a_missing_handle_costs_time_not_accuracy(system):
    analysis, values, right_side = system
    table = FactorTable()
    solution = table.solve_again(analysis, values, right_side, 12345)
    assert np.allclose(analysis.pattern.multiply(values, solution.x), right_side)


def test_a_handle_of_another_matrix_is_refined_or_replaced(system):
    analysis, values, right_side = system
    table = FactorTable()
    _, handle = table.solve(
        analysis, 100 * values + np.random.default_rng(0).normal(size=len(values)), right_side, -1, keep=True
    )
    solution = table.solve_again(analysis, values, right_side, handle)
    assert np.allclose(analysis.pattern.multiply(values, solution.x), right_side, rtol=1e-9)


def test_a_handle_of_another_pattern_is_not_used(system):
    analysis, values, right_side = system
    other, other_values = tridiagonal(20)
    table = FactorTable()
    _, handle = table.solve(other, other_values, np.ones(20), NO_FACTOR, keep=True)
    solution = table.solve_again(analysis, values, right_side, handle)
    assert np.allclose(analysis.pattern.multiply(values, solution.x), right_side)


def test_what_is_not_kept_is_used_again(system):
    analysis, values, right_side = system
    table = FactorTable()
    first, handle = table.solve(analysis, values, right_side, NO_FACTOR, keep=False)
    assert handle == NO_FACTOR
    second, _ = table.solve(analysis, 2 * values, right_side, NO_FACTOR, keep=True)
    assert second.factor is first.factor


def test_replacing_takes_the_factor_over(system):
    analysis, values, right_side = system
    table = FactorTable()
    first, handle = table.solve(analysis, values, right_side, NO_FACTOR, keep=True)
    second, new = table.solve(analysis, 2 * values, right_side, handle, keep=True)
    assert second.factor is first.factor
    assert new != handle
    assert len(table) == 1


def test_memory_is_bounded(system):
    analysis, values, right_side = system
    _, probe = (probing := FactorTable()).solve(analysis, values, right_side, NO_FACTOR, keep=True)
    size = probing.factor(probe).bytes
    table = FactorTable(limit=3 * size)
    handles = [table.solve(analysis, values, right_side, NO_FACTOR, keep=True)[1] for _ in range(10)]
    assert table.bytes <= 3 * size
    assert table.factor(handles[0]) is None
    assert table.factor(handles[-1]) is not None
    table.clear()
    assert table.bytes == 0


def test_release_by_hand(system):
    analysis, values, right_side = system
    table = FactorTable()
    _, handle = table.solve(analysis, values, right_side, NO_FACTOR, keep=True)
    table.release(handle)
    table.release(handle)
    assert len(table) == 0
