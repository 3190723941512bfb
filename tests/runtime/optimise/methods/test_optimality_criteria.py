"""Optimality criteria on a problem in closed form."""

import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.optimise.evaluation import Objective
from metac.runtime.optimise.methods.optimality_criteria import OptimalityCriteria
from metac.runtime.optimise.multi_start import MultiStart

FORCES = np.array([3.0, 1.0, 2.0, 0.0, 40.0])


def multi_start(share, start=0.5, **settings):
    """Bars in a row, of stiffness x: the compliance Σ F² / x is least where x is proportional to F, but for its bounds."""

    def loss_and_report(theta, inputs):
        objective = jnp.sum(FORCES**2 / (theta["x"] + 1e-12))
        constraints = jnp.stack([jnp.mean(theta["x"]) / share - 1])
        return objective, (objective, constraints)

    evaluate = Objective(loss_and_report, parts=lambda report: report).at({}, None)
    theta = {"x": jnp.full(5, start)}
    return MultiStart([evaluate], lambda restart: theta, OptimalityCriteria((0.0, 1.0)), **settings)


def test_bars_in_a_row():
    found = multi_start(0.4, steps=60, stop=lambda loss, step, change: change < 1e-9).run()
    assert found.reason == "stop rule" and found.best.violation == 0
    np.testing.assert_allclose(found.best.theta["x"], [0.5, 1 / 6, 1 / 3, 0.0, 1.0], atol=1e-8)


def test_the_move_limit_holds_and_the_bound_is_met_step_by_step():
    found = multi_start(0.4, start=0.9, steps=1).run()
    assert np.abs(np.asarray(found.loop.evaluation.theta["x"]) - 0.9).max() <= 0.2 + 1e-12
    found = multi_start(0.4, start=0.5, steps=1).run()
    assert abs(float(jnp.mean(found.loop.evaluation.theta["x"])) - 0.4) < 1e-12


def test_a_bound_beyond_reach_leaves_everything_full():
    np.testing.assert_allclose(multi_start(1.5, steps=5).run().loop.evaluation.theta["x"][:3], 1.0)


def step_of(objective, constraint, start, bounds, scale=1.0):
    """Where one step leads; `objective` and `constraint` are the slopes of linear functions."""

    def loss_and_report(theta, inputs):
        values = jnp.asarray(objective) @ theta["x"], jnp.stack([jnp.asarray(constraint) @ (theta["x"] - start)])
        return values[0], values

    evaluate = Objective(loss_and_report, parts=lambda report: report).at({}, None)
    proposed = OptimalityCriteria(bounds).step(evaluate({"x": jnp.asarray(start)}), (), evaluate, scale)
    return np.asarray(proposed.evaluation.theta["x"])


START = np.array([2.4, 2.4, 2.4, 2.4])


def test_the_move_limit_is_a_part_of_the_range():
    """Bounds 2 .. 3, so 0.2 either way, half of it for half a step: the first gains most and the last least."""
    for scale, limit in ((1.0, 0.2), (0.5, 0.1)):
        found = step_of([-9.0, -1.0, -1.0, -0.01], [1.0, 1.0, 1.0, 1.0], START, (2.0, 3.0), scale)
        assert found[[0, 3]] == pytest.approx([2.4 + limit, 2.4 - limit], abs=1e-12)
        assert found.sum() == pytest.approx(START.sum(), abs=1e-12)


def test_what_costs_nothing_grows_and_what_gains_nothing_shrinks():
    found = step_of([-1.0, 0.5, -1.0, -1.0], [1.0, 1.0, 0.0, -1.0], START, (2.0, 3.0))
    assert found[1:] == pytest.approx([2.2, 2.6, 2.6], abs=1e-12)
    # What the others leave of the constraint: 0.2 less for the second, 0.2 less for the last, which relieves it.
    assert found[0] == pytest.approx(2.6, abs=1e-12)


def test_the_multiplier_is_found_whatever_the_units():
    plain = step_of([-9.0, -1.0, -2.0, -3.0], [1.0, 1.0, 2.0, 1.0], START, (0.0, 3.0))
    scaled = step_of(1e30 * np.array([-9.0, -1.0, -2.0, -3.0]), 1e-30 * np.array([1.0, 1.0, 2.0, 1.0]), START, (0.0, 3.0))
    assert scaled == pytest.approx(plain, rel=1e-12)
    assert np.ptp(plain) > 0.1
