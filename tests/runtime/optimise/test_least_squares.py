"""Least squares: the linear model, where everything is known in closed form; bounds, failures, what is not determined."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import t as student

from metac.runtime.errors import NotFinite
from metac.runtime.optimise.least_squares import (
    LinearisedResiduals,
    errors_of,
    is_lower,
    minimise,
    profile,
    profile_interval,
)
from metac.runtime.optimise.optimisation_loop import NO_LOWER_LOSS, STEP_LIMIT, StepFailed

RANDOM = np.random.default_rng(3)
MATRIX = RANDOM.normal(size=(20, 3))
WANTED = MATRIX @ [0.3, 0.5, 0.6] + 0.02 * RANDOM.normal(size=20)
SETTINGS = {"evaluations": 100, "tolerance": 1e-12}


def linear(at, matrix=MATRIX, wanted=WANTED):
    return LinearisedResiduals(np.array(at), matrix @ at - wanted, matrix)


def test_a_linear_model_ends_at_the_normal_equations():
    found = minimise(linear, np.array([0.9, 0.1, 0.2]), **SETTINGS)
    exact, *_ = np.linalg.lstsq(MATRIX, WANTED)
    np.testing.assert_allclose(found.point.at, exact, atol=1e-8)
    errors = errors_of(found.point)
    variance = found.point.loss / (20 - 3)
    covariance = variance * np.linalg.inv(MATRIX.T @ MATRIX)
    np.testing.assert_allclose(errors.standard_error, np.sqrt(np.diagonal(covariance)), rtol=1e-8)
    scale = np.outer(errors.standard_error, errors.standard_error)
    np.testing.assert_allclose(errors.correlation, covariance / scale, rtol=1e-6, atol=1e-9)
    assert errors.degrees == 17 and errors.quantile(0.95) == pytest.approx(student.ppf(0.975, 17))


def test_the_profile_of_a_linear_model_is_its_covariance():
    minimum = minimise(linear, np.array([0.9, 0.1, 0.2]), **SETTINGS).point
    errors = errors_of(minimum)
    found = profile(linear, minimum, errors, 1, places=9, **SETTINGS)
    rise = np.sqrt(found.loss - minimum.loss) / errors.deviation
    np.testing.assert_allclose(rise, np.abs(found.values - minimum.at[1]) / errors.standard_error[1], atol=1e-4)
    low, high = profile_interval(found, minimum, errors, 0.95)
    half = errors.quantile(0.95) * errors.standard_error[1]
    np.testing.assert_allclose(np.array([low, high], float), [minimum.at[1] - half, minimum.at[1] + half], rtol=1e-4)
    assert not is_lower(found, minimum)


def test_a_bound_holds_and_has_no_error():
    wanted = MATRIX @ [0.3, 1.4, 0.6]
    found = minimise(lambda at: linear(at, wanted=wanted), np.full(3, 0.5), **SETTINGS).point
    assert found.at[1] == pytest.approx(1, abs=1e-3) and (found.at <= 1).all()
    errors = errors_of(found)
    assert errors.held == (1,) and np.isnan(errors.standard_error[1]) and np.isfinite(errors.standard_error[[0, 2]]).all()


def test_what_only_acts_together_has_no_error():
    matrix = np.column_stack([MATRIX[:, 0], MATRIX[:, 0], MATRIX[:, 2]])
    found = minimise(lambda at: linear(at, matrix), np.array([0.4, 0.6, 0.5]), **SETTINGS).point
    assert np.isnan(errors_of(found).standard_error).tolist() == [True, True, False]


def test_as_many_parameters_as_values_have_no_errors():
    found = minimise(lambda at: linear(at, MATRIX[:3], WANTED[:3]), np.full(3, 0.5), **SETTINGS).point
    errors = errors_of(found)
    assert errors.degrees == 0 and np.isnan(errors.standard_error).all() and np.isnan(errors.quantile(0.95))
    nothing = profile(lambda at: linear(at, MATRIX[:3], WANTED[:3]), found, errors, 0, places=3, **SETTINGS)
    assert profile_interval(nothing, found, errors, 0.95) == (None, None)


def fragile(at):
    """A cubic, whose steps go beyond its zero, and a little beyond it nothing can be simulated."""
    if at[0] > 0.405:
        failed = NotFinite("no equilibrium", increment=1)
        return LinearisedResiduals(np.array(at), np.zeros(2), np.zeros((2, 1)), None, failed)
    ratio = at[0] / 0.4
    return LinearisedResiduals(np.array(at), np.array([ratio**3 - 1, 0.0]), np.array([[3 * ratio**2 / 0.4], [0.0]]))


def test_a_trial_that_fails_shortens_the_step():
    tried = []

    def seen(at):
        tried.append(float(at[0]))
        return fragile(at)

    assert minimise(seen, np.array([0.1]), **SETTINGS).point.at[0] == pytest.approx(0.4, abs=1e-6)
    assert max(tried) > 0.405
    with pytest.raises(StepFailed, match="no equilibrium"):
        minimise(fragile, np.array([0.6]), **SETTINGS)


def test_why_it_ended_is_told():
    start = np.array([0.1])
    assert minimise(fragile, start, **(SETTINGS | {"evaluations": 2})).reason == STEP_LIMIT
    assert minimise(fragile, start, **SETTINGS).reason == NO_LOWER_LOSS
    assert minimise(fragile, start, **SETTINGS, held=(0,)).point.at == start


def test_a_profile_reaches_three_standard_errors_at_as_many_places_as_are_asked_for():
    minimum = minimise(linear, np.array([0.9, 0.1, 0.2]), **SETTINGS).point
    errors = errors_of(minimum)
    found = profile(linear, minimum, errors, 1, places=5, **SETTINGS)
    reach = 3 * errors.standard_error[1]
    np.testing.assert_allclose(found.values, minimum.at[1] + reach * np.array([-1, -0.5, 0, 0.5, 1]), rtol=1e-9)
    # What could not be simulated ends the interval there, whatever lies beyond.
    loss = found.loss.copy()
    loss[3] = np.nan
    low, high = profile_interval(replace(found, loss=loss), minimum, errors, 0.95)
    assert low is not None and high is None


def test_a_profile_finds_a_lower_minimum():
    """Of two valleys the start leads into the higher one."""

    def valleys(at):
        x = at[0]
        residuals = np.array([4 * (x - 0.2) * (x - 0.8), 0.05 * (x - 0.8), 0.0])
        return LinearisedResiduals(np.array(at), residuals, np.array([[4 * (2 * x - 1)], [0.05], [0.0]]))

    minimum = minimise(valleys, np.array([0.15]), **SETTINGS).point
    assert minimum.at[0] < 0.4
    errors = errors_of(minimum)
    found = profile(valleys, minimum, errors, 0, places=201, **SETTINGS)
    wide = profile(
        valleys,
        minimum,
        errors_of(LinearisedResiduals(minimum.at, minimum.residuals, 0 * minimum.jacobian)),
        0,
        places=41,
        **SETTINGS,
    )
    assert found.values[0] >= 0 and is_lower(wide, minimum) and wide.best.at[0] > 0.6
