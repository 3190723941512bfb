"""The line search against functions whose minima are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metac.runtime.errors import NotFinite
from metac.runtime.optimise.evaluation import LossEvaluation
from metac.runtime.optimise.methods.line_search import line_search


def evaluated(function, gradient, limit=np.inf):
    def evaluate(theta, start=None):
        failure = NotFinite("too far", increment=1) if abs(theta[0]) > limit else None
        return LossEvaluation(theta, float(function(theta[0])), np.array([gradient(theta[0])]), failure=failure)

    return evaluate


@settings(max_examples=80, deadline=None)
@given(st.floats(1e-3, 1e3), st.floats(1e-2, 1e2), st.sampled_from([1.0, 0.1, 7.0]))
def test_strong_wolfe_conditions_hold(minimum, curvature, first):
    evaluate = evaluated(
        lambda x: curvature * ((x - minimum) ** 2 + np.cos(x)), lambda x: curvature * (2 * (x - minimum) - np.sin(x))
    )
    start = evaluate(np.zeros(1))
    slope = float(start.gradient[0])
    found = line_search(start, np.ones(1), slope, evaluate, first=first, trials=60).evaluation
    length = found.theta[0]
    assert found.loss <= start.loss + 1e-4 * length * slope
    assert abs(found.gradient[0]) <= -0.9 * slope + 1e-12


def first_trial_and_others(loss, slope):
    """The loss falls from 1 with slope -1; at length 1 it is as told, and lower with slope zero everywhere else."""
    return evaluated(
        lambda x: 1.0 if x == 0 else loss if x == 1 else 0.1, lambda x: -1.0 if x == 0 else slope if x == 1 else 0.0
    )


@pytest.mark.parametrize(("loss", "accepted"), [(1 - 1.1e-4, True), (1 - 0.9e-4, False)])
def test_a_decrease_is_sufficient_from_a_ten_thousandth_of_the_slope_on(loss, accepted):
    """Nocedal & Wright (2006, eq. 3.7a) with c₁ = 1e-4."""
    evaluate = first_trial_and_others(loss, 0.0)
    found = line_search(evaluate(np.zeros(1)), np.ones(1), -1.0, evaluate)
    assert (found.evaluations == 1) == accepted == (found.evaluation.theta[0] == 1)


@pytest.mark.parametrize(("slope", "accepted"), [(-0.89, True), (-0.91, False), (0.89, True), (0.91, False)])
def test_a_slope_is_flat_enough_up_to_nine_tenths_of_the_first(slope, accepted):
    """Nocedal & Wright (2006, eq. 3.7b) with c₂ = 0.9, on both sides of the minimum."""
    evaluate = first_trial_and_others(0.5, slope)
    found = line_search(evaluate(np.zeros(1)), np.ones(1), -1.0, evaluate)
    assert (found.evaluations == 1) == accepted == (found.evaluation.theta[0] == 1)
    if not accepted:
        assert (found.evaluation.theta[0] > 1) == (slope < 0), "it continues where the loss still falls, else back"


def test_interpolation_finds_the_minimum_of_a_cubic():
    """Equation 3.59: exact where the loss is a cubic, so the second trial has slope zero."""
    evaluate = evaluated(lambda x: x**3 / 3 + x**2 / 2 - 2 * x, lambda x: x**2 + x - 2)
    found = line_search(evaluate(np.zeros(1)), np.ones(1), -2.0, evaluate, first=4.0)
    np.testing.assert_allclose(found.evaluation.theta[0], 1.0, rtol=1e-12)
    assert found.evaluations == 2


def test_interpolation_is_exact_backwards_too():
    """The first trial fails, the second one lies behind the minimum: the third is between it and the start."""
    evaluate = evaluated(lambda x: x**3 + 1.2 * x**2 - x, lambda x: 3 * x**2 + 2.4 * x - 1, limit=0.9)
    found = line_search(evaluate(np.zeros(1)), np.ones(1), -1.0, evaluate)
    np.testing.assert_allclose(found.evaluation.theta[0], (np.sqrt(2.4**2 + 12) - 2.4) / 6, rtol=1e-12)
    assert found.evaluations == 3


def lengths_of(evaluate, **more):
    """Where the search looks, and what it finds."""
    seen = []

    def recorded(theta, start=None):
        seen.append(float(theta[0]))
        return evaluate(theta, start)

    start = evaluate(np.zeros(1))
    return seen, line_search(start, np.ones(1), float(start.gradient[0]), recorded, **more)


def test_trials_double_while_the_loss_falls():
    seen, found = lengths_of(evaluated(lambda x: -x, lambda x: -1.0), first=0.5, trials=5)
    assert seen == [0.5, 1, 2, 4, 8] and found.evaluation.theta[0] == 8


def test_an_interpolated_trial_stays_a_tenth_away_from_the_end_of_the_bracket():
    """A loss that rises a million times steeper than it falls at the start: its parabola has its minimum at once."""
    seen, _ = lengths_of(evaluated(lambda x: 1e6 * x**2 - x, lambda x: 2e6 * x - 1), trials=3)
    np.testing.assert_allclose(seen, [1, 0.1, 0.01])


def test_where_trials_run_out_the_lowest_counts():
    losses, slopes = {0: 1.0, 1: 0.5, 2: 0.8}, {0: -1.0, 1: -0.95, 2: 1.0}
    seen, found = lengths_of(evaluated(losses.__getitem__, slopes.__getitem__), trials=2)
    assert seen == [1, 2] and found.evaluation.theta[0] == 1


def test_the_bracket_closes_on_a_kink():
    """No point of |x - 0.7| has a flat slope: the search ends where nothing is left between the ends."""
    seen, found = lengths_of(evaluated(lambda x: abs(x - 0.7), lambda x: 1.0 if x > 0.7 else -1.0), first=4.0, trials=1000)
    np.testing.assert_allclose(found.evaluation.theta[0], 0.7, rtol=1e-9)
    assert len(seen) == found.evaluations < 200


def test_failed_trials_only_shorten_the_step():
    evaluate = evaluated(lambda x: (x - 1) ** 2, lambda x: 2 * (x - 1), limit=0.3)
    start = evaluate(np.zeros(1))
    found = line_search(start, np.ones(1), -2.0, evaluate)
    assert found.evaluation.failure is None and 0 < found.evaluation.theta[0] <= 0.3
    assert found.evaluation.loss < start.loss


def test_every_trial_failing_is_reported():
    evaluate = evaluated(lambda x: -x, lambda x: -1.0, limit=0.0)
    found = line_search(evaluate(np.zeros(1)), np.ones(1), -1.0, evaluate, trials=5)
    assert found.evaluation.failure is not None and found.evaluations == 5


def test_nothing_lower_gives_no_evaluation():
    evaluate = evaluated(lambda x: abs(x), lambda x: np.sign(x))
    start = evaluate(np.zeros(1))
    assert line_search(start, np.ones(1), -1.0, evaluate, trials=10).evaluation is None


def test_a_direction_that_leads_up_is_refused():
    evaluate = evaluated(lambda x: x, lambda x: 1.0)
    with pytest.raises(ValueError, match="leads up"):
        line_search(evaluate(np.zeros(1)), np.ones(1), 1.0, evaluate)
