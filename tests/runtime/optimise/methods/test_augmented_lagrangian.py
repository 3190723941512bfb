"""The augmented Lagrangian on problems of which the multipliers are known."""

import jax.numpy as jnp
import numpy as np
import optax
import pytest

from metac.runtime.optimise.evaluation import Objective
from metac.runtime.optimise.methods.augmented_lagrangian import AugmentedLagrangian
from metac.runtime.optimise.methods.method import FirstOrder, QuasiNewton
from metac.runtime.optimise.multi_start import MultiStart


def hock_schittkowski_43(theta, inputs):
    """Problem 43 (Rosen and Suzuki): −44 at (0, 1, 2, −1), two of three constraints active (multipliers 1 and 2)."""
    a, b, c, d = theta["x"]
    objective = a**2 + b**2 + 2 * c**2 + d**2 - 5 * a - 5 * b - 21 * c + 7 * d
    constraints = jnp.stack(
        [
            a**2 + b**2 + c**2 + d**2 + a - b + c - d - 8,
            a**2 + 2 * b**2 + c**2 + 2 * d**2 - a - d - 10,
            2 * a**2 + b**2 + c**2 + 2 * a - b - d - 5,
        ]
    )
    return objective + jnp.sum(jnp.maximum(constraints, 0) ** 2), (objective, constraints)


def multi_start(method, problem=hock_schittkowski_43, size=4, watch=lambda record, checkpoint: None, **settings):
    evaluate = Objective(problem, parts=lambda report: report).at({}, None)
    return MultiStart([evaluate], lambda restart: {"x": jnp.zeros(size)}, method, watch=watch, **settings)


def test_rosen_and_suzuki():
    found = multi_start(AugmentedLagrangian(QuasiNewton(), 3), steps=200).run()
    np.testing.assert_allclose(found.best.theta["x"], [0, 1, 2, -1], atol=1e-4)
    np.testing.assert_allclose(found.loop.method_state["multipliers"], [1, 0, 2], atol=1e-3)
    assert found.best.violation < 1e-5


def test_rosen_and_suzuki_by_steps_of_fixed_length():
    found = multi_start(AugmentedLagrangian(FirstOrder(optax.adam(0.02)), 3), steps=1000).run()
    np.testing.assert_allclose(found.best.theta["x"], [0, 1, 2, -1], atol=0.02)
    assert found.best.violation < 2e-3


def test_it_ends_where_nothing_is_lower():
    found = multi_start(AugmentedLagrangian(QuasiNewton(), 3), steps=2000).run()
    assert found.reason == "no lower loss" and found.steps < 300
    assert found.best.violation == 0 and found.best.loss == pytest.approx(-44, abs=1e-4)


def test_a_stored_design_counts_before_a_lower_one_that_violates():
    def lower_where_violated(theta, inputs):
        (x,) = theta["x"]
        return x, (x, jnp.stack([1 - x]))

    found = multi_start(AugmentedLagrangian(QuasiNewton(), 1), lower_where_violated, 1, steps=100).run()
    assert found.best.violation == 0 and found.best.loss == pytest.approx(1, abs=1e-5)


def test_it_resumes_from_a_snapshot_in_the_same_bits():
    checkpoints = []
    run = multi_start(AugmentedLagrangian(QuasiNewton(), 3), steps=40, watch=lambda record, take: checkpoints.append(take()))
    whole = run.run()
    again = multi_start(AugmentedLagrangian(QuasiNewton(), 3), steps=40).run(checkpoints[17])
    assert np.array_equal(whole.best.theta["x"], again.best.theta["x"]) and whole.steps == again.steps
