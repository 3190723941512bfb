"""Residuals in twice the precision, against rational arithmetic, and what refinement makes of them."""

from fractions import Fraction

import numpy as np
import pytest

from metac.runtime.linear_solvers.interface import SymmetricSparsity
from metac.runtime.linear_solvers.ldl import Ldl
from metac.runtime.linear_solvers.twice_precision import TwicePrecision, exact_residual
from metac.runtime.linear_solvers.verified import ACCURATE, REFINED, VerifiedAnalysis

SIZE = 6
COLUMNS = [[0], [0, 1], [2], [1, 2, 3], [0, 4], [0, 1, 2, 3, 4, 5]]
SPARSITY = SymmetricSparsity(
    SIZE,
    np.cumsum([0, *map(len, COLUMNS)]).astype(np.int32),
    np.concatenate([np.array(each, np.int32) for each in COLUMNS]),
)


def exactly(values, x, right_side):
    """b − Kx, rounded once."""
    full = SPARSITY.full(values).toarray()
    whole = [Fraction(high) + Fraction(low) for high, low in zip(x.high, x.low, strict=True)]
    return np.array(
        [float(Fraction(right_side[i]) - sum(Fraction(full[i, j]) * whole[j] for j in range(SIZE))) for i in range(SIZE)]
    )


def test_a_residual_that_rounding_would_hide_is_found():
    rng = np.random.default_rng(1)
    values = rng.normal(size=len(SPARSITY.indices)) * 10.0 ** rng.integers(-6, 6, len(SPARSITY.indices))
    x = TwicePrecision(rng.normal(size=SIZE), 1e-17 * rng.normal(size=SIZE))
    right_side = SPARSITY.multiply(values, x.high)
    exact = exactly(values, x, right_side)
    found = exact_residual(SPARSITY, values, x, right_side)
    np.testing.assert_allclose(found, exact, rtol=1e-12, atol=1e-30 * np.abs(values).max())
    plain = right_side - SPARSITY.multiply(values, x.high)
    assert np.abs(plain - exact).max() > 0.1 * np.abs(exact).max()


def test_digits_that_follow_are_kept():
    sum_ = TwicePrecision(np.ones(2), np.zeros(2)).plus(np.array([1e-20, 3e-17])).plus(np.array([1e-3, 0.0]))
    assert [Fraction(high) + Fraction(low) for high, low in zip(sum_.high, sum_.low, strict=True)] == pytest.approx(
        [1 + 1e-20 + 1e-3, 1 + 3e-17], rel=1e-30
    )
    assert (sum_.low != 0).all()


def chain(soft):
    """Stiffness of springs of 1 N/mm in a row, held by one that is `soft` times as stiff."""
    count = 40
    columns = [[0], *([j - 1, j] for j in range(1, count))]
    sparsity = SymmetricSparsity(
        count, np.cumsum([0, *map(len, columns)]).astype(np.int32), np.concatenate(columns).astype(np.int32)
    )
    values = np.concatenate([[1.0 + soft], *([-1.0, 2.0 if j < count - 1 else 1.0] for j in range(1, count))])
    return sparsity, values, count


def test_a_soft_part_beside_stiff_ones_is_solved():
    soft, load = 2.0**-40, 0.1
    sparsity, values, count = chain(soft)
    right_side = np.full(count, load)
    solution = VerifiedAnalysis(sparsity, Ldl(), Ldl()).solve(values, right_side)
    # All of the load goes through the soft spring, and i springs on move by what each of them carries.
    along = np.cumsum(np.arange(count, 0, -1.0)) - count
    np.testing.assert_allclose(solution.x, load * (count / soft + along), rtol=1e-11)
    assert solution.residual <= REFINED
    rounded = np.linalg.norm(right_side - sparsity.multiply(values, solution.x)) / np.linalg.norm(right_side)
    assert rounded > 1e4 * ACCURATE


def test_a_matrix_without_enough_digits_is_not_believed():
    """1 + 2⁻⁵³ is 1: what is left has no solution."""
    sparsity, values, count = chain(2.0**-53)
    solution = VerifiedAnalysis(sparsity, Ldl(), Ldl()).solve(values, np.ones(count))
    assert not solution.residual <= ACCURATE


def test_what_overflows_is_no_residual():
    x = TwicePrecision(np.full(SIZE, 1e300), np.zeros(SIZE))
    assert not np.isfinite(exact_residual(SPARSITY, np.full(len(SPARSITY.indices), 1e300), x, np.ones(SIZE))).any()
