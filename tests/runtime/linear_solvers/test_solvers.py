"""Every solver solves; what one of them cannot is caught by the check and done by the next."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from metac.runtime.linear_solvers.interface import FactorisationFailed, Inertia, SymmetricSparsity
from metac.runtime.linear_solvers.ldl import Ldl
from metac.runtime.linear_solvers.verified import ACCURATE, REFINED, VerifiedAnalysis


def pattern_of(matrix):
    """Pattern and upper values of a dense symmetric matrix; zero diagonal entries are kept."""
    rows, columns = np.nonzero(np.triu(matrix) + np.eye(len(matrix)))
    order = np.lexsort((rows, columns))
    rows, columns = rows[order], columns[order]
    indptr = np.searchsorted(columns, np.arange(len(matrix) + 1))
    return SymmetricSparsity(len(matrix), indptr.astype(np.int32), rows.astype(np.int32)), matrix[rows, columns].astype(
        float
    )


def random_matrix(size, seed, density=0.2, indefinite=False):
    rng = np.random.default_rng(seed)
    upper = np.triu(scipy.sparse.random(size, size, density, rng=rng).toarray(), 1)
    matrix = upper + upper.T
    signs = rng.choice([-1, 1], size) if indefinite else np.ones(size)
    return matrix + np.diag(signs * (np.abs(matrix).sum(axis=1) + rng.uniform(0.5, 2, size)))


@settings(max_examples=20, deadline=None)
@given(size=st.integers(1, 40), seed=st.integers(0, 1000), indefinite=st.booleans())
def test_solves_symmetric_systems(solver, size, seed, indefinite):
    matrix = random_matrix(size, seed, indefinite=indefinite)
    sparsity, values = pattern_of(matrix)
    right_side = np.random.default_rng(seed).normal(size=size)
    x = solver.analyse(sparsity).factor(values).solve(right_side)
    assert np.linalg.norm(matrix @ x - right_side) <= 1e-12 * np.linalg.norm(right_side)
    assert np.allclose(sparsity.full(values).toarray(), matrix)
    assert np.allclose(sparsity.multiply(values, x), matrix @ x)


def test_one_analysis_serves_many_matrices(solver):
    sparsity, values = pattern_of(random_matrix(30, 1))
    analysis = solver.analyse(sparsity)
    right_side = np.ones(30)
    first = analysis.factor(values)
    second = analysis.factor(2 * values)
    recycled = analysis.factor(4 * values, recycle=second)
    x = first.solve(right_side)
    assert np.allclose(recycled.solve(right_side), x / 4, rtol=1e-13)
    assert first.bytes > 0


def test_values_that_are_not_finite_are_refused(solver):
    sparsity, values = pattern_of(random_matrix(5, 1))
    values[2] = np.nan
    with pytest.raises(FactorisationFailed):
        solver.analyse(sparsity).factor(values)


def test_a_singular_matrix_is_refused(solver):
    sparsity, values = pattern_of(np.ones((2, 2)))
    with pytest.raises(FactorisationFailed):
        solver.analyse(sparsity).factor(values)


def test_inertia_counts_negative_eigenvalues(choosable):
    matrix = random_matrix(25, 4, indefinite=True)
    sparsity, values = pattern_of(matrix)
    eigenvalues = np.linalg.eigvalsh(matrix)
    inertia = choosable.analyse(sparsity).factor(values).inertia()
    assert inertia == Inertia(int((eigenvalues > 0).sum()), int((eigenvalues < 0).sum()), 0)


SADDLE = np.array([[0.0, 1.0, 2.0], [1.0, 0.0, 3.0], [2.0, 3.0, 0.0]])
"""Regular, with nothing but zeros on its diagonal: LDLᵀ without pivoting cannot start."""


def test_the_same_matrix_gives_the_same_bits(solver):
    """Also in recycled memory, and from arrays that lie elsewhere: runs are to be repeatable."""
    sparsity, values = pattern_of(random_matrix(200, 3, 0.05, indefinite=True))
    right_side, found = np.random.default_rng(0).normal(size=200), set()
    analysis, factor = solver.analyse(sparsity), None
    for offset in range(4):
        shifted, moved = np.zeros(len(values) + offset)[offset:], np.zeros(200 + offset)[offset:]
        shifted[:], moved[:] = values, right_side
        factor = analysis.factor(shifted, recycle=factor)
        found.add(factor.solve(moved).tobytes())
        factor = analysis.factor(2 * shifted, recycle=factor)
    found.add(solver.analyse(sparsity).factor(values).solve(right_side).tobytes())
    assert len(found) == 1


def test_factors_of_one_analysis_in_two_threads(solver):
    sparsity, values = pattern_of(random_matrix(300, 5, 0.05, indefinite=True))
    analysis, right_side = solver.analyse(sparsity), np.ones(300)
    expected = analysis.factor(values).solve(right_side)

    def solve(scale):
        factor, found = None, []
        for power in range(10):
            factor = analysis.factor(scale * 2.0**power * values, recycle=factor)
            found.append(scale * 2.0**power * factor.solve(right_side))
        return found

    with ThreadPoolExecutor(2) as pool:
        results = [x for found in pool.map(solve, [1.0, 4.0]) for x in found]
    assert all(np.array_equal(x, expected) for x in results)


def test_right_sides_that_are_not_contiguous_or_read_only(solver):
    sparsity, values = pattern_of(random_matrix(20, 7))
    factor, wide = solver.analyse(sparsity).factor(values), np.random.default_rng(0).normal(size=(20, 2))
    assert np.array_equal(factor.solve(wide[:, 0]), factor.solve(wide[:, 0].copy()))
    wide.setflags(write=False)
    assert np.array_equal(factor.solve(wide[:, 1]), factor.solve(wide[:, 1].copy()))


def test_zero_pivots_are_left_to_the_second_solver():
    sparsity, values = pattern_of(SADDLE)
    with pytest.raises(FactorisationFailed):
        Ldl().analyse(sparsity).factor(values)
    solution = VerifiedAnalysis(sparsity).solve(values, np.array([1.0, 2.0, 3.0]))
    assert solution.residual <= REFINED
    assert np.allclose(SADDLE @ solution.x, [1, 2, 3])


def test_a_zero_pivot_that_an_update_does_not_tell_of_is_noticed():
    """QDLDL's `update` returns normally from a failed factorisation: only the recomputed residual shows it."""
    sparsity, values = pattern_of(SADDLE)
    definite = values.copy()
    definite[sparsity.diagonal] = 10.0
    analysis = VerifiedAnalysis(sparsity)
    used = analysis.solve(definite, np.ones(3)).factor
    solution = analysis.solve(values, np.array([1.0, 2.0, 3.0]), recycle=used)
    assert solution.residual <= REFINED
    assert np.allclose(SADDLE @ solution.x, [1, 2, 3])


def test_a_singular_system_is_reported_not_raised():
    sparsity, values = pattern_of(np.ones((2, 2)))
    solution = VerifiedAnalysis(sparsity).solve(values, np.array([1.0, 2.0]))
    assert not solution.residual <= ACCURATE


def test_refinement_with_factors_of_a_neighbour():
    matrix = random_matrix(40, 2)
    sparsity, values = pattern_of(matrix)
    analysis = VerifiedAnalysis(sparsity)
    neighbour = analysis.solve(values * (1 + 1e-3 * np.random.default_rng(0).normal(size=len(values))), np.ones(40)).factor
    right_side = np.random.default_rng(1).normal(size=40)
    assert np.linalg.norm(matrix @ neighbour.solve(right_side) - right_side) > 1e-6
    solution = analysis.refine(neighbour, values, right_side)
    assert solution.residual <= REFINED
    assert np.linalg.norm(matrix @ solution.x - right_side) <= REFINED * np.linalg.norm(right_side)


def test_nothing_to_solve_for():
    sparsity, values = pattern_of(random_matrix(4, 2))
    solution = VerifiedAnalysis(sparsity).solve(values, np.zeros(4))
    assert solution.residual == 0
    assert not solution.x.any()


def test_a_pattern_needs_its_diagonal():
    with pytest.raises(ValueError, match="diagonal"):
        SymmetricSparsity(2, np.array([0, 1, 2], dtype=np.int32), np.array([0, 0], dtype=np.int32))
