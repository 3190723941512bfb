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


@pytest.mark.parametrize(
    ("method", "before", "first", "penalty"),
    [
        (QuasiNewton(), 4.0, 2.0, 2.0),  # a quarter is left: fast enough
        (QuasiNewton(), 3.9, 2.0, 8.0),
        (QuasiNewton(), 3.9, 5e-8, 5.0),  # never more than 1e8 times the first
        (FirstOrder(optax.adam(0.02)), 1.0, 2.0, 2.0),  # a steeper penalty would only make it restless
    ],
)
def test_an_update_of_the_multipliers_and_of_the_penalty(method, before, first, penalty):
    """λ ← max(0, λ + μ g) with g = (1, −3) at zero and μ = 2; the second violation is max(g, −λ/μ) = −2, so none."""

    def known(theta, inputs):
        (x,) = theta["x"]
        return x, (x, jnp.stack([1 - x, x - 3]))

    augmented = AugmentedLagrangian(method, 2)
    theta = {"x": jnp.zeros(1)}
    state = {**augmented.init(theta), "penalty": np.array(2.0), "first": np.array(first), "violation": np.array(before)}
    state["multipliers"], state["since"] = np.array([0.5, 4.0]), np.array(10)
    after = augmented._updated(Objective(known, parts=lambda report: report).at({}, None)(theta), state)
    assert after["multipliers"].tolist() == [2.5, 0.0]
    assert float(after["penalty"]) == pytest.approx(penalty)
    assert float(after["violation"]) == 1.0 and int(after["since"]) == 0
