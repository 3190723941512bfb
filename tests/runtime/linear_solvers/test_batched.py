"""Many systems at once are the same systems one by one."""

import numpy as np
import pytest

from metac.runtime.linear_solvers.batched import examine, solve_again, substitute
from metac.runtime.linear_solvers.factorisations import NO_FACTOR, FactorTable
from metac.runtime.linear_solvers.stability import UNKNOWN
from tests.runtime.linear_solvers.test_factorisations import tridiagonal

COUNT, SIZE = 7, 60
ANALYSIS, VALUES = tridiagonal(SIZE)
rng = np.random.default_rng(8)
MATRICES = VALUES * (1 + 0.2 * rng.uniform(size=(COUNT, 1)))
RIGHT_SIDES = rng.normal(size=(COUNT, SIZE))
NONE = np.full(COUNT, NO_FACTOR)
ALL = np.ones(COUNT, dtype=bool)


def expected():
    return np.array(
        [np.linalg.solve(ANALYSIS.sparsity.full(m).toarray(), b) for m, b in zip(MATRICES, RIGHT_SIDES, strict=True)]
    )


def test_substitution():
    table = FactorTable()
    x, handles = substitute(table, ANALYSIS, MATRICES, RIGHT_SIDES, NONE, ALL, renew=False)
    assert x == pytest.approx(expected())
    assert len(set(handles)) == COUNT == len(table)
    some = ALL & (np.arange(COUNT) != 2)
    again, same = substitute(table, ANALYSIS, MATRICES, RIGHT_SIDES, handles, some, renew=False)
    assert np.array_equal(again[some], x[some])
    assert not again[2].any()
    assert same[2] == handles[2]
    table.clear()
    assert np.array_equal(substitute(table, ANALYSIS, MATRICES, RIGHT_SIDES, handles, ALL, renew=False)[0], x)


def test_factors_are_renewed_in_place():
    table = FactorTable()
    _, handles = substitute(table, ANALYSIS, MATRICES[::-1].copy(), RIGHT_SIDES, NONE, ALL, renew=True)
    before = table.bytes
    x, _ = substitute(table, ANALYSIS, MATRICES, RIGHT_SIDES, handles, ALL, renew=True)
    assert x == pytest.approx(expected())
    assert table.bytes == before


def test_a_matrix_without_a_factor_spoils_only_its_own_row():
    matrices = MATRICES.copy()
    matrices[3] = np.nan
    x, handles = substitute(FactorTable(), ANALYSIS, matrices, RIGHT_SIDES, NONE, ALL, renew=False)
    assert np.isnan(x[3]).all()
    assert handles[3] == NO_FACTOR
    assert np.delete(x, 3, 0) == pytest.approx(np.delete(expected(), 3, 0))


@pytest.mark.parametrize("keep", [True, False])
def test_examination(keep):
    table = FactorTable()
    matrices = MATRICES.copy()
    matrices[4, ANALYSIS.sparsity.diagonal] -= 1.5
    matrices[5] = np.nan
    wanted = [
        int((np.linalg.eigvalsh(ANALYSIS.sparsity.full(m).toarray()) < 0).sum()) if np.isfinite(m).all() else UNKNOWN
        for m in matrices
    ]
    assert wanted[4] > 0
    _, handles = substitute(table, ANALYSIS, MATRICES, RIGHT_SIDES, NONE, ALL, renew=False)
    found = examine(table, ANALYSIS, matrices, np.zeros((COUNT, SIZE)), handles, keep=keep)
    assert found.negative.tolist() == wanted
    assert len(table) == (COUNT - 1 if keep else 0)
    assert np.linalg.norm(found.modes[0]) == pytest.approx(1)


@pytest.mark.parametrize("shared", [True, False])
def test_solving_again_releases_every_factor(shared):
    table = FactorTable()
    _, handles = substitute(table, ANALYSIS, MATRICES, RIGHT_SIDES, NONE, ALL, renew=False)
    if shared:
        for handle in handles[1:4]:
            table.release(int(handle))
        handles[1:4] = handles[0]
    x, residuals = solve_again(table, ANALYSIS, MATRICES, RIGHT_SIDES, handles)
    assert x == pytest.approx(expected())
    assert (residuals <= 1e-8).all()
    assert len(table) == 0
