"""Inertia, lowest mode and descent against dense eigenvalues."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metac.runtime.linear_solvers.factorisations import NO_FACTOR, FactorTable
from metac.runtime.linear_solvers.interface import SymmetricSparsity
from metac.runtime.linear_solvers.lu import Lu
from metac.runtime.linear_solvers.stability import UNKNOWN, curvature, descend, lowest_mode
from metac.runtime.linear_solvers.verified import VerifiedAnalysis

SIZE = 40


def analysis(solver=None):
    """Of tridiagonal matrices."""
    indices = np.concatenate([[0], *([k - 1, k] for k in range(1, SIZE))]).astype(np.int32)
    indptr = np.array([0, *np.arange(1, 2 * SIZE, 2)], dtype=np.int32)
    return VerifiedAnalysis(SymmetricSparsity(SIZE, indptr, indices), solver)


CHAIN = analysis()


def values(shift=0.0, scale=1.0):
    """The second difference less `shift` on the diagonal: eigenvalues 2 − 2 cos(kπ/41) − shift."""
    result = np.full(2 * SIZE - 1, -1.0)
    result[CHAIN.sparsity.diagonal] = 2.0 - shift
    return scale * result


EIGENVALUES = 2 - 2 * np.cos(np.arange(1, SIZE + 1) * np.pi / (SIZE + 1))
COUNTS = [count for count in range(SIZE) if count != SIZE // 2]
"""At half of them the diagonal vanishes, and LDLᵀ without pivoting fails."""
BETWEEN = (EIGENVALUES[:-1] + EIGENVALUES[1:]) / 2


@given(count=st.sampled_from(COUNTS[1:]), before=st.sampled_from(COUNTS), scale=st.floats(0.5, 2.0))
@settings(max_examples=300, deadline=None)
def test_negative_eigenvalues_are_counted_whatever_the_table_holds(count, before, scale):
    table = FactorTable()
    neighbour = values(BETWEEN[before - 1] if before else 0.0, scale)
    first, handle, _ = table.examine(CHAIN, neighbour, np.zeros(SIZE), NO_FACTOR, own=False, keep=True)
    assert first.negative == before
    found, _, is_new = table.examine(CHAIN, values(BETWEEN[count - 1]), first.mode, handle, own=False, keep=True)
    assert found.negative == count
    assert is_new or count == before


def test_a_neighbours_factor_tells_without_a_new_one():
    table = FactorTable()
    first, handle, _ = table.examine(CHAIN, values(), np.zeros(SIZE), NO_FACTOR, own=False, keep=True)
    assert first.lowest == pytest.approx(EIGENVALUES[0], rel=1e-3)
    found, same, is_new = table.examine(CHAIN, values(scale=1.1), first.mode, handle, own=False, keep=True)
    assert (found.negative, same, is_new) == (0, handle, False)
    assert found.lowest == pytest.approx(1.1 * EIGENVALUES[0], rel=1e-2)


def test_a_solver_that_does_not_tell_is_believed():
    chain = analysis(Lu())
    found, _, _ = FactorTable().examine(chain, values(), np.zeros(SIZE), NO_FACTOR, own=False, keep=True)
    assert found.negative == UNKNOWN < 0, "no number of eigenvalues"


def test_values_that_are_not_finite_are_unknown():
    found, handle, _ = FactorTable().examine(CHAIN, values(np.nan), np.zeros(SIZE), NO_FACTOR, own=False, keep=True)
    assert (found.negative, handle) == (UNKNOWN, NO_FACTOR)


def test_a_memory_that_was_taken_over_counts_again():
    table = FactorTable()
    _, handle, _ = table.examine(CHAIN, values(), np.zeros(SIZE), NO_FACTOR, own=False, keep=True)
    found, new, _ = table.examine(CHAIN, values(BETWEEN[2]), np.zeros(SIZE), handle, own=True, keep=True)
    assert found.negative == 3
    assert table.factor(handle) is None
    assert table.factor(new) is not None


@pytest.mark.parametrize("count", [1, 5])
def test_the_lowest_mode(count):
    with FactorTable().workspace(CHAIN) as workspace:
        mode = lowest_mode(workspace, values(BETWEEN[count - 1]))
    assert np.linalg.norm(mode) == pytest.approx(1)
    assert curvature(CHAIN, values(BETWEEN[count - 1]), mode) == pytest.approx(EIGENVALUES[0] - BETWEEN[count - 1], rel=0.01)


@pytest.mark.parametrize("shift", [0.0, BETWEEN[0], BETWEEN[9], 5.0])
def test_the_direction_always_leads_down(shift):
    force = np.random.default_rng(1).normal(size=SIZE)
    table = FactorTable()
    with table.workspace(CHAIN) as workspace:
        direction, residual = descend(workspace, values(shift), force)
    assert residual <= 1e-10
    assert direction @ force > 0
    if shift == 0:
        assert CHAIN.sparsity.multiply(values(), direction) == pytest.approx(force)
    # The memory is kept for the next factor, and no handle for it.
    assert len(table) == 0
    assert table.bytes > 0


def test_no_descent_where_nothing_is_positive_definite():
    with FactorTable().workspace(CHAIN) as workspace:
        assert descend(workspace, values(np.nan), np.ones(SIZE))[1] == np.inf
        assert np.isnan(lowest_mode(workspace, values(np.nan))).all()


def test_a_matrix_that_cannot_be_factorised_is_unknown():
    found, _, _ = FactorTable().examine(CHAIN, values(2.0), np.zeros(SIZE), NO_FACTOR, own=False, keep=True)
    assert found.negative == UNKNOWN


@pytest.mark.parametrize("kept", [0, 1])
def test_a_mode_that_turns_unnoticed_by_the_softest_one_is_found(kept):
    """Two uncoupled chains: one stays as it is, soft, and its mode is the probe; the other turns unstable."""
    cut = 2 * (SIZE // 2) - 1
    before = values()
    before[cut] = 0.0
    after = before.copy()
    half = 2 - 2 * np.cos(np.pi / (SIZE // 2 + 1))
    diagonal = CHAIN.sparsity.diagonal
    part = diagonal[: SIZE // 2] if kept else diagonal[SIZE // 2 :]
    before[diagonal] = after[diagonal] = 2.0 - half + 5e-5
    before[part] = 2.0 - half + 1e-4
    after[part] = 2.0 - half - 1e-4
    table = FactorTable()
    first, handle, _ = table.examine(CHAIN, before, np.zeros(SIZE), NO_FACTOR, own=False, keep=True)
    assert first.negative == 0
    found, _, _ = table.examine(CHAIN, after, first.mode, handle, own=False, keep=True)
    assert found.negative == 1
