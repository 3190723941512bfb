"""Moving asymptotes on problems with known optima, and their convex subproblems."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import minimize

from metac.runtime.optimise.evaluation import Objective
from metac.runtime.optimise.methods.mma import MovingAsymptotes
from metac.runtime.optimise.methods.mma_subproblem import SeparableApproximation, minimise
from metac.runtime.optimise.multi_start import MultiStart


def multi_start(problem, start, bounds, move=0.5, watch=lambda record, checkpoint: None, **settings):
    def loss_and_report(theta, inputs):
        objective, constraints = problem(theta["x"])
        return objective + jnp.sum(jnp.maximum(constraints, 0) ** 2), (objective, constraints)

    evaluate = Objective(loss_and_report, parts=lambda report: report).at({}, None)
    theta = {"x": jnp.asarray(start, float)}
    return MultiStart([evaluate], lambda restart: theta, MovingAsymptotes(bounds, move), watch=watch, **settings)


def cantilever(x):
    """Svanberg 1987, example 1: weight of five hollow segments, bounded tip displacement; optimum 1.340."""
    return 0.0624 * jnp.sum(x), jnp.stack([jnp.sum(jnp.array([61.0, 37, 19, 7, 1]) / x**3) - 1])


def two_bars(x):
    """Svanberg 1987, example 2: weight of a truss of two bars, two stresses bounded; optimum 1.51 at (1.41, 0.38)."""
    area, half = x
    length = jnp.sqrt(1 + half**2)
    stresses = [0.124 * length * (8 / area + sign / (area * half)) - 1 for sign in (1, -1)]
    return area * length, jnp.stack(stresses)


def test_svanbergs_cantilever():
    found = multi_start(cantilever, [5.0] * 5, (1.0, 10.0), steps=40, stop=lambda loss, step, change: change < 1e-5).run()
    assert found.best.violation == 0 and found.reason == "stop rule" and found.steps < 25
    assert found.best.loss == pytest.approx(1.33996, abs=2e-5)
    np.testing.assert_allclose(found.best.theta["x"], [6.016, 5.309, 4.494, 3.502, 2.153], atol=2e-3)


def test_svanbergs_truss():
    found = multi_start(two_bars, [1.5, 0.5], (0.1, 4.0), 0.2, steps=60, stop=lambda loss, step, change: change < 1e-6).run()
    assert found.best.violation == 0 and found.best.loss == pytest.approx(1.5087, abs=1e-3)
    np.testing.assert_allclose(found.best.theta["x"], [1.4116, 0.3771], atol=2e-3)


def test_the_scale_of_objective_and_constraints_does_not_matter():
    def scaled(x):
        objective, constraints = cantilever(x)
        return 1e7 * objective, 1e-4 * constraints

    plain = multi_start(cantilever, [5.0] * 5, (1.0, 10.0), steps=6).run().loop.evaluation.theta["x"]
    again = multi_start(scaled, [5.0] * 5, (1.0, 10.0), steps=6).run().loop.evaluation.theta["x"]
    np.testing.assert_allclose(plain, again, rtol=1e-6)


def test_a_start_that_violates_is_brought_back():
    found = multi_start(cantilever, [2.0] * 5, (1.0, 10.0), steps=40).run()
    assert found.best.violation == 0 and found.best.loss == pytest.approx(1.34, abs=1e-3)


def test_constraints_that_contradict_end_between_them():
    def contradicting(x):
        return jnp.sum(x), jnp.stack([2 - x[0], x[0] - 1])

    found = multi_start(contradicting, [0.5], (0.0, 3.0), steps=60).run()
    assert found.best.violation > 0 and 0.9 < float(found.best.theta["x"][0]) < 2.1


def test_a_constraint_that_nothing_changes_is_left_alone():
    def stuck(x):
        return jnp.sum((x - 0.3) ** 2), jnp.stack([0 * x[0] + 0.5])

    found = multi_start(stuck, [0.9, 0.1], (0.0, 1.0), steps=40).run()
    np.testing.assert_allclose(found.loop.evaluation.theta["x"], 0.3, atol=1e-3)


def test_without_constraints_it_only_descends():
    found = multi_start(lambda x: (jnp.sum((x - 0.3) ** 2), jnp.zeros(0)), [0.9, 0.1], (0.0, 1.0), steps=40).run()
    np.testing.assert_allclose(found.best.theta["x"], 0.3, atol=1e-3)


def test_it_goes_on_from_a_snapshot_in_the_same_bits():
    checkpoints = []
    arguments = (cantilever, [5.0] * 5, (1.0, 10.0))
    whole = multi_start(*arguments, steps=12, watch=lambda record, take: checkpoints.append(take())).run()
    again = multi_start(*arguments, steps=12).run(checkpoints[5])
    assert np.array_equal(whole.loop.evaluation.theta["x"], again.loop.evaluation.theta["x"])


@pytest.mark.parametrize("constraints", [1, 3])
def test_subproblems_are_solved(constraints):
    rng = np.random.default_rng(constraints)
    size = 12
    shape = (1 + constraints, size)
    low, high = np.full(size, -1.0), np.full(size, 2.0)
    lower, upper = np.full(size, 0.0), np.full(size, 1.0)
    rising, falling = rng.uniform(0.1, 3, (2, *shape))
    falling[1:] /= 10
    rising[0] /= 10
    problem = SeparableApproximation(low, high, lower, upper, rising, falling, np.zeros(1 + constraints))
    # Constraints that hold at a random point and not at the objective's minimum.
    problem = replace(problem, rest=-problem.values(rng.uniform(0.1, 0.9, size)) * (np.arange(1 + constraints) > 0))
    found = minimise(problem, 1e3)
    values, slopes = problem.values(found), problem.slopes(found)
    assert abs(values[1:].max()) < 1e-8
    other = minimize(
        lambda x: problem.values(x)[0],
        np.full(size, 0.5),
        jac=lambda x: problem.slopes(x)[0],
        bounds=list(zip(lower, upper, strict=True)),
        constraints={"type": "ineq", "fun": lambda x: -problem.values(x)[1:], "jac": lambda x: -problem.slopes(x)[1:]},
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    assert other.success and values[0] == pytest.approx(other.fun, rel=1e-7)
    numeric = jax.jacobian(lambda x: jnp.sum(problem.rising / (2 - x) + problem.falling / (x + 1), axis=1))(found)
    np.testing.assert_allclose(slopes, numeric, rtol=1e-10, atol=1e-12)
