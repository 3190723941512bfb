"""BFGS against scipy's matrix formulas."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import BFGS

from metac.runtime.optimise.methods.bfgs import MOST_PARAMETERS, TooManyParameters, scale_by_bfgs


def test_the_inverse_hessian_is_that_of_the_formula():
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(4, 4))
    matrix = matrix @ matrix.T + np.eye(4)
    rule = scale_by_bfgs()
    points = [rng.normal(size=4) for _ in range(5)]
    state = rule.init({"a": jnp.asarray(points[0])})
    reference = BFGS(init_scale="auto")
    reference.initialize(4, "inv_hess")
    for number, point in enumerate(points):
        direction, state = jax.jit(rule.update)({"a": jnp.asarray(matrix @ point)}, state, {"a": jnp.asarray(point)})
        if number:
            step = point - points[number - 1]
            if number == 1:
                growth = matrix @ step
                reference = BFGS(init_scale=float(growth @ step / (growth @ growth)))
                reference.initialize(4, "inv_hess")
                reference.update(step, growth)
            else:
                reference.update(step, matrix @ step)
            np.testing.assert_allclose(state.inverse, reference.get_matrix(), rtol=1e-8, atol=1e-10)
            np.testing.assert_allclose(direction["a"], reference.get_matrix() @ (matrix @ point), rtol=1e-8)


def test_the_first_direction_is_no_longer_than_one():
    rule = scale_by_bfgs()
    theta = {"a": jnp.zeros(3)}
    assert np.allclose(rule.update({"a": jnp.array([3.0, 0, 4])}, rule.init(theta), theta)[0]["a"], [0.6, 0, 0.8])
    assert np.allclose(rule.update({"a": jnp.array([0.3, 0, 0.4])}, rule.init(theta), theta)[0]["a"], [0.3, 0, 0.4])


@pytest.mark.parametrize("curvature", [-1.0, -1e-3, 0.0, 1e-11])
def test_a_step_along_which_the_gradient_does_not_grow_leaves_the_inverse_positive_definite(curvature):
    """The safeguard that keeps every direction one of descent on losses that are not convex."""
    rule, rng = scale_by_bfgs(), np.random.default_rng(1)
    points = [jnp.zeros(3), jnp.array([1.0, 0.0, 0.0]), jnp.array([1.0, 1.0, 0.0])]
    slopes = [jnp.array([-1.0, 0.5, 0.2]), jnp.array([1.0, 0.5, 0.2]), jnp.array([0.7, 0.5 + curvature, 0.3])]
    state = rule.init({"a": points[0]})
    for point, slope in zip(points, slopes, strict=True):
        state = rule.update({"a": slope}, state, {"a": point})[1]
    assert np.linalg.eigvalsh(state.inverse).min() > 0
    for slope in rng.normal(size=(20, 3)):
        assert slope @ np.asarray(state.inverse) @ slope > 0


def test_a_step_without_curvature_teaches_nothing():
    rule = scale_by_bfgs()
    theta, gradient = {"a": jnp.zeros(2)}, {"a": jnp.ones(2)}
    state = rule.update(gradient, rule.init(theta), theta)[1]
    later = rule.update(gradient, state, {"a": jnp.ones(2)})[1]
    assert np.array_equal(later.inverse, np.eye(2))


def test_a_matrix_that_does_not_fit_is_refused_with_its_size():
    with pytest.raises(TooManyParameters) as caught:
        scale_by_bfgs().init({"a": jnp.zeros(MOST_PARAMETERS + 10_000)})
    assert "30,000 by 30,000 numbers, 7 GB" in caught.value.message and "lbfgs" in caught.value.remedy
