"""When iterative refinement stops, and which of two solvers is believed: with factors whose error is known."""

import numpy as np
import pytest

from metac.runtime.linear_solvers.interface import FactorisationFailed, SymmetricSparsity
from metac.runtime.linear_solvers.verified import MAXIMUM_REFINEMENTS, REFINED, VerifiedAnalysis

SIZE = 5
DIAGONAL = np.arange(1.0, SIZE + 1)
SPARSITY = SymmetricSparsity(SIZE, np.arange(SIZE + 1, dtype=np.int32), np.arange(SIZE, dtype=np.int32))
RIGHT_SIDE = np.array([3.0, -1.0, 4.0, 1.0, -5.0])


class Inexact:
    """Solves all but for a part of the right side: each pass leaves `error` of the residual. Solver, analysis and factor."""

    packages = ()
    bytes = 0

    def __init__(self, error, name="inexact"):
        self.error, self.name, self.passes, self.factors = error, name, 0, 0

    def analyse(self, sparsity):
        return self

    def factor(self, values, recycle=None):
        self.factors += 1
        if np.isnan(self.error):
            raise FactorisationFailed("none")
        return self

    def solve(self, right_side):
        self.passes += 1
        return (1 - self.error) * right_side / DIAGONAL

    def inertia(self):
        return None


def refined(error, **options):
    factor = Inexact(error)
    solution = VerifiedAnalysis(SPARSITY, factor, Inexact(0.0)).refine(factor, DIAGONAL, RIGHT_SIDE, **options)
    np.testing.assert_allclose(
        np.linalg.norm(RIGHT_SIDE - DIAGONAL * solution.x), solution.residual * np.linalg.norm(RIGHT_SIDE), atol=1e-14
    )
    return solution, factor.passes


def test_an_exact_factor_is_used_once():
    solution, passes = refined(0.0)
    assert passes == 1 and solution.residual < 1e-15


def test_refinement_continues_to_its_aim_and_no_further():
    solution, passes = refined(0.06)
    # 0.06⁹ = 1e-11 is the first power below the aim.
    assert passes == 9
    assert 0.01 * REFINED < solution.residual <= REFINED


def test_slow_refinement_is_given_up():
    solution, passes = refined(0.9)
    assert passes == 1
    assert solution.residual == pytest.approx(0.9)
    # As slow as the caller allows.
    assert refined(0.2, slowest=0.1)[1] == 1
    assert refined(0.2, slowest=0.3)[1] == MAXIMUM_REFINEMENTS


def test_refinement_is_bounded():
    solution, passes = refined(0.45)
    assert passes == MAXIMUM_REFINEMENTS
    assert solution.residual == pytest.approx(0.45**MAXIMUM_REFINEMENTS)


@pytest.mark.parametrize("error", [1.5, -1.0, np.inf])
def test_a_pass_that_makes_things_worse_is_undone(error):
    solution, passes = refined(error)
    assert passes == 1 and solution.residual == 1 and not solution.x.any()


def test_a_right_side_that_is_not_finite_is_not_solved():
    factor = Inexact(0.0)
    solution = VerifiedAnalysis(SPARSITY, factor, factor).refine(factor, DIAGONAL, RIGHT_SIDE * np.nan)
    assert factor.passes == 0 and np.isinf(solution.residual) and np.isnan(solution.x).all()


@pytest.mark.parametrize(
    ("errors", "factors", "residual"),
    [
        ((0.0, 0.0), (1, 0), 0.0),  # an accurate first solver is enough
        ((0.9, 0.0), (1, 1), 0.0),  # else the second one is asked
        ((0.9, 0.95), (1, 1), 0.9),  # and the better of both is taken
        ((0.95, 0.9), (1, 1), 0.9),
        ((np.nan, 0.0), (1, 1), 0.0),  # as where the first one fails
        ((np.nan, np.nan), (1, 1), np.inf),
    ],
)
def test_the_second_solver_is_asked_where_the_first_one_is_not_accurate(errors, factors, residual):
    solvers = [Inexact(error, str(error)) for error in errors]
    solution = VerifiedAnalysis(SPARSITY, *solvers).solve(DIAGONAL, RIGHT_SIDE)
    assert tuple(solver.factors for solver in solvers) == factors
    assert solution.residual == pytest.approx(residual, abs=1e-14)
    assert (solution.factor is None) == np.isinf(residual)


def test_a_system_without_unknowns_has_the_empty_solution():
    empty = SymmetricSparsity(0, np.zeros(1, np.int32), np.zeros(0, np.int32))
    analysis = VerifiedAnalysis(empty)
    solution = analysis.solve(np.zeros(0), np.zeros(0))
    assert solution.x.shape == (0,) and solution.residual == 0
    inertia = analysis.factor(np.zeros(0)).inertia()
    assert inertia is not None and (inertia.positive, inertia.negative, inertia.zero) == (0, 0, 0)
