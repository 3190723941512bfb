"""Whatever the table of factors holds or has forgotten, solutions are the same."""

import numpy as np
import pytest

from metac.runtime.linear_solvers.factorisations import NO_FACTOR, FactorTable
from metac.runtime.linear_solvers.interface import SymmetricSparsity
from metac.runtime.linear_solvers.verified import VerifiedAnalysis


def tridiagonal(size):
    """Pattern and values of the second difference, plus one on the diagonal."""
    indices = np.array(
        [row for column in range(size) for row in ([column - 1] if column else []) + [column]], dtype=np.int32
    )
    indptr = np.array([0, *np.cumsum([1] + [2] * (size - 1))], dtype=np.int32)
    values = np.where(indices == np.repeat(np.arange(size), np.diff(indptr)), 3.0, -1.0)
    return VerifiedAnalysis(SymmetricSparsity(size, indptr, indices)), values


@pytest.fixture
def system():
    analysis, values = tridiagonal(50)
    return analysis, values, np.random.default_rng(0).normal(size=50)


def different(values):
    """A matrix that the factors of `values` do not help with."""
    return values * np.where(values > 0, 2.0, -0.5)


def kept(table, analysis, values, right_side, old=NO_FACTOR, *, own=False):
    return table.solve(analysis, values, right_side, old, own=own, keep=True)


def test_a_kept_factor_is_found_and_released(system):
    analysis, values, right_side = system
    table = FactorTable()
    solution, handle, is_new = kept(table, analysis, values, right_side)
    assert is_new
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
    assert np.allclose(analysis.sparsity.multiply(values, solution.x), right_side)


def test_a_handle_of_another_matrix_is_refined_or_replaced(system):
    analysis, values, right_side = system
    table = FactorTable()
    _, handle, _ = kept(table, analysis, different(values), right_side)
    solution = table.solve_again(analysis, values, right_side, handle)
    assert np.allclose(analysis.sparsity.multiply(values, solution.x), right_side, rtol=1e-9)


def test_a_handle_of_another_pattern_is_not_used(system):
    analysis, values, right_side = system
    other, other_values = tridiagonal(20)
    table = FactorTable()
    _, handle, _ = kept(table, other, other_values, np.ones(20))
    solution = table.solve_again(analysis, values, right_side, handle)
    assert np.allclose(analysis.sparsity.multiply(values, solution.x), right_side)


def test_what_is_not_kept_is_used_again(system):
    analysis, values, right_side = system
    table = FactorTable()
    first, handle, _ = table.solve(analysis, values, right_side, NO_FACTOR, own=False, keep=False)
    assert (len(table), table.factor(handle)) == (0, None)
    second, _, is_new = kept(table, analysis, different(values), right_side)
    assert is_new
    assert second.factor is first.factor
    assert second.residual <= 1e-10


def test_replacing_takes_the_factor_over(system):
    analysis, values, right_side = system
    table = FactorTable()
    first, handle, _ = kept(table, analysis, values, right_side)
    second, new, _ = kept(table, analysis, different(values), right_side, handle, own=True)
    assert second.factor is first.factor
    assert new != handle
    assert len(table) == 1


def test_memory_is_bounded(system):
    analysis, values, right_side = system
    _, probe, _ = kept(probing := FactorTable(), analysis, values, right_side)
    size = probing.factor(probe).bytes
    table = FactorTable(limit=3 * size)
    handles = [kept(table, analysis, values, right_side)[1] for _ in range(10)]
    assert table.bytes <= 3 * size
    assert table.factor(handles[0]) is None
    assert table.factor(handles[-1]) is not None
    table.clear()
    assert table.bytes == 0


def test_release_by_hand(system):
    analysis, values, right_side = system
    table = FactorTable()
    _, handle, _ = kept(table, analysis, values, right_side)
    table.release(handle)
    table.release(handle)
    assert len(table) == 0


def test_a_neighbour_is_solved_without_a_new_factor(system):
    analysis, values, right_side = system
    table = FactorTable()
    first, handle, _ = kept(table, analysis, values, right_side)
    near = values * (1 + 1e-4 * np.random.default_rng(0).normal(size=len(values)))
    second, same, is_new = kept(table, analysis, near, right_side, handle)
    assert (same, is_new) == (handle, False)
    assert second.factor is first.factor
    assert np.allclose(analysis.sparsity.multiply(near, second.x), right_side, rtol=1e-9)


def test_a_neighbours_factor_that_is_not_ours_stays(system):
    analysis, values, right_side = system
    table = FactorTable()
    first, handle, _ = kept(table, analysis, values, right_side)
    second, new, is_new = kept(table, analysis, different(values), right_side, handle, own=False)
    assert is_new
    assert table.factor(handle) is first.factor
    assert table.factor(new) is second.factor is not first.factor


def test_what_is_not_kept_serves_its_handle_alone(system):
    """Bits must not depend on what else was factorised before."""
    analysis, values, right_side = system
    table = FactorTable()
    _, handle, _ = table.solve(analysis, values, right_side, NO_FACTOR, own=False, keep=False)
    near = values * (1 + 1e-4 * np.random.default_rng(0).normal(size=len(values)))
    _, same, is_new = table.solve(analysis, near, right_side, handle, own=False, keep=False)
    assert (same, is_new) == (handle, False)
    second, other, is_new = table.solve(analysis, near, right_side, NO_FACTOR, own=False, keep=False)
    assert is_new
    assert other != handle
    assert np.array_equal(second.x, FactorTable().solve(analysis, near, right_side, NO_FACTOR, own=False, keep=True)[0].x)


def test_a_handle_can_serve_twice(system):
    analysis, values, right_side = system
    table = FactorTable()
    _, handle, _ = kept(table, analysis, values, right_side)
    table.solve_again(analysis, values, right_side, handle, release=False)
    assert table.factor(handle) is not None
    table.solve_again(analysis, values, right_side, handle)
    assert table.factor(handle) is None
