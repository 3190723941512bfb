"""The line search against functions whose minima are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metac.runtime.errors import NotFinite
from metac.runtime.optimise.evaluation import Sample
from metac.runtime.optimise.methods.line_search import CURVATURE, SUFFICIENT_DECREASE, line_search


def sampled(function, gradient, limit=np.inf):
    def evaluate(theta, start=None):
        failure = NotFinite("too far", increment=1) if abs(theta[0]) > limit else None
        return Sample(theta, float(function(theta[0])), np.array([gradient(theta[0])]), failure=failure)

    return evaluate


@settings(max_examples=80, deadline=None)
@given(st.floats(1e-3, 1e3), st.floats(1e-2, 1e2), st.sampled_from([1.0, 0.1, 7.0]))
def test_strong_wolfe_conditions_hold(minimum, curvature, first):
    evaluate = sampled(
        lambda x: curvature * ((x - minimum) ** 2 + np.cos(x)), lambda x: curvature * (2 * (x - minimum) - np.sin(x))
    )
    start = evaluate(np.zeros(1))
    slope = float(start.gradient[0])
    found = line_search(start, np.ones(1), slope, evaluate, first=first, trials=60).sample
    length = found.theta[0]
    assert found.loss <= start.loss + SUFFICIENT_DECREASE * length * slope
    assert abs(found.gradient[0]) <= -CURVATURE * slope + 1e-12


def test_failed_trials_only_shorten_the_step():
    evaluate = sampled(lambda x: (x - 1) ** 2, lambda x: 2 * (x - 1), limit=0.3)
    start = evaluate(np.zeros(1))
    found = line_search(start, np.ones(1), -2.0, evaluate)
    assert found.sample.failure is None and 0 < found.sample.theta[0] <= 0.3
    assert found.sample.loss < start.loss


def test_every_trial_failing_is_told():
    evaluate = sampled(lambda x: -x, lambda x: -1.0, limit=0.0)
    found = line_search(evaluate(np.zeros(1)), np.ones(1), -1.0, evaluate, trials=5)
    assert found.sample.failure is not None and found.samples == 5


def test_nothing_lower_gives_no_sample():
    evaluate = sampled(lambda x: abs(x), lambda x: np.sign(x))
    start = evaluate(np.zeros(1))
    assert line_search(start, np.ones(1), -1.0, evaluate, trials=10).sample is None


def test_a_direction_that_leads_up_is_refused():
    evaluate = sampled(lambda x: x, lambda x: 1.0)
    with pytest.raises(ValueError, match="leads up"):
        line_search(evaluate(np.zeros(1)), np.ones(1), 1.0, evaluate)
