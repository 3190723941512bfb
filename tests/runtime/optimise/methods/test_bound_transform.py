"""Parameters between bounds for methods that know none."""

import jax.numpy as jnp
import numpy as np
import optax
import pytest

from metac.runtime.optimise.evaluation import Objective
from metac.runtime.optimise.methods.bound_transform import LogitTransformed, with_bounds
from metac.runtime.optimise.methods.method import FirstOrder, QuasiNewton


def bowl(theta, inputs):
    return jnp.sum((theta["a"] - jnp.array([0.7, 3.0])) ** 2), None


def descend(method, theta, steps):
    evaluate = Objective(bowl).at({}, None)
    evaluation, visited = evaluate(theta), []
    state = method.init(evaluation.theta)
    for _ in range(steps):
        taken = method.step(evaluation, state, evaluate, 1.0)
        if taken.evaluation is None:
            break
        evaluation, state = taken.evaluation, taken.state
        visited.append(np.asarray(evaluation.theta["a"]))
    return evaluation, np.array(visited)


@pytest.mark.parametrize("method", [QuasiNewton(), FirstOrder(optax.adam(0.5))])
def test_the_least_value_between_bounds_is_found(method):
    evaluation, visited = descend(LogitTransformed(method, (-1.0, 2.0)), {"a": jnp.array([-0.5, 0.5])}, 120)
    assert visited.min() > -1 and visited.max() <= 2
    np.testing.assert_allclose(evaluation.theta["a"], [0.7, 2.0], atol=1e-2)
    np.testing.assert_allclose(evaluation.gradient["a"], 2 * (np.asarray(evaluation.theta["a"]) - [0.7, 3.0]))


def test_a_start_on_a_bound_can_leave_it():
    evaluation, _ = descend(LogitTransformed(FirstOrder(optax.adam(0.5)), (0.0, 1.0)), {"a": jnp.array([0.0, 1.0])}, 200)
    np.testing.assert_allclose(evaluation.theta["a"], [0.7, 1.0], atol=1e-3)


def test_failed_trials_reach_the_loop_as_they_are():
    failure = object()
    evaluate = Objective(bowl, failure_of=lambda report: None).at({}, None)
    first = evaluate({"a": jnp.array([0.5, 0.5])})

    def failing(theta, start=None, /):
        from dataclasses import replace

        return replace(evaluate(theta), failure=failure)

    method = LogitTransformed(FirstOrder(optax.adam(0.1)), (0.0, 1.0))
    taken = method.step(first, method.init(first.theta), failing, 1.0)
    assert taken.evaluation.failure is failure


def test_nothing_is_wrapped_without_bounds():
    method = QuasiNewton()
    assert with_bounds(None, method) is method and isinstance(with_bounds((0.0, 1.0), method), LogitTransformed)


def test_each_tree_may_have_bounds_of_its_own():
    """`a` ends at its upper bound, `b`, which has none, where the least value is."""

    def loss(theta, inputs):
        return jnp.sum((theta["a"] - 3.0) ** 2) + jnp.sum((theta["b"] - 3.0) ** 2), None

    evaluate = Objective(loss).at({}, None)
    evaluation = evaluate({"a": jnp.array([0.5]), "b": jnp.array([0.5])})
    method = with_bounds({"a": (0.0, 2.0), "b": None}, QuasiNewton())
    state = method.init(evaluation.theta)
    for _ in range(60):
        taken = method.step(evaluation, state, evaluate, 1.0)
        if taken.evaluation is None:
            break
        evaluation, state = taken.evaluation, taken.state
    np.testing.assert_allclose([evaluation.theta["a"][0], evaluation.theta["b"][0]], [2.0, 3.0], atol=1e-3)
