"""Quasi-Newton steps whose memory leads nowhere."""

import jax.numpy as jnp
import numpy as np
import optax

from metac.runtime.optimise.evaluation import LossEvaluation
from metac.runtime.optimise.methods.method import QuasiNewton


def ridge(theta, start=None):
    """x² + |y|, which has no derivative where y = 0 and is given one there."""
    x, y = theta["a"]
    return LossEvaluation(theta, float(x**2 + abs(y)), {"a": jnp.array([2 * x, 1.0 if y >= 0 else -1.0])})


def misled(gradient, seen, theta=None):
    """Along y alone, once there is a memory."""
    return {"a": jnp.where(seen > 0, jnp.array([0.0, 1.0]), gradient["a"])}, seen + 1


METHOD = QuasiNewton(optax.GradientTransformation(lambda theta: jnp.zeros((), int), misled))  # type: ignore[arg-type]


def test_a_memory_that_leads_nowhere_is_forgotten():
    first = ridge({"a": jnp.array([1.0, 0.0])})
    step = METHOD.step(first, jnp.array(7), ridge, 1.0)
    assert step.evaluation is not None
    assert step.evaluation.loss < first.loss
    assert int(step.state) == 1, "it learns again from nothing"


def test_where_the_gradient_leads_nowhere_either_the_search_ends():
    step = METHOD.step(ridge({"a": jnp.array([0.0, 0.0])}), jnp.array(7), ridge, 1.0)
    assert step.evaluation is None
    assert np.isfinite(step.evaluations)
    assert step.evaluations > 0
