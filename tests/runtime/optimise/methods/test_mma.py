"""Moving asymptotes on problems with known optima, and their convex subproblems."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import minimize

from metac.runtime.optimise.evaluation import Objective
from metac.runtime.optimise.methods import mma, mma_subproblem
from metac.runtime.optimise.methods.mma import MovingAsymptotes
from metac.runtime.optimise.methods.mma_subproblem import SeparableApproximation, minimise
from metac.runtime.optimise.multi_start import MultiStart


def evaluation_of(problem):
    def loss_and_report(theta, inputs):
        objective, constraints = problem(theta["x"])
        return objective + jnp.sum(jnp.maximum(constraints, 0) ** 2), (objective, constraints)

    return Objective(loss_and_report, parts=lambda report: report).at({}, None)


def multi_start(problem, start, bounds, move=0.5, watch=lambda record, checkpoint: None, **settings):
    theta = {"x": jnp.asarray(start, float)}
    return MultiStart(
        [evaluation_of(problem)], lambda restart: theta, MovingAsymptotes(bounds, move), watch=watch, **settings
    )


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


def test_it_resumes_from_a_snapshot_in_the_same_bits():
    checkpoints = []
    arguments = (cantilever, [5.0] * 5, (1.0, 10.0))
    whole = multi_start(*arguments, steps=12, watch=lambda record, take: checkpoints.append(take())).run()
    again = multi_start(*arguments, steps=12).run(checkpoints[5])
    assert np.array_equal(whole.loop.evaluation.theta["x"], again.loop.evaluation.theta["x"])


def mixed(x):
    """Slopes of both signs and none, in the objective and in a constraint."""
    return jnp.sum(jnp.array([2.0, -1, 0, 5]) * x) + x[0] * x[3], jnp.stack([jnp.sum(jnp.array([-3.0, 2, 1, 0]) * x) - 0.4])


def test_approximations_are_svanbergs(monkeypatch):
    """Values and slopes at the point are those of the functions, over their mean slopes; p and q as Svanberg has them since
    2007: 1.001 and 0.001 times the parts of the slope that rise and fall, and a little more."""
    seen = []
    monkeypatch.setattr(mma, "minimise", lambda problem, price: seen.append(problem) or problem.minimiser(np.ones(2)))
    bounds, width = (-3.0, 1.0), 4.0
    at = np.array([-2.5, 0.9, -1.0, 0.0])
    evaluate = evaluation_of(mixed)
    method = MovingAsymptotes(bounds, 0.5)
    method.step(evaluate({"x": jnp.asarray(at)}), method.init({"x": jnp.asarray(at)}), evaluate, 0.5)
    (problem,) = seen
    slopes = np.array([[2.0 + at[3], -1, 0, 5 + at[0]], [-3, 2, 1, 0]])
    mean = np.abs(slopes).mean(axis=1)
    values = np.array([2 * at[0] - at[1] + 5 * at[3] + at[0] * at[3], -3 * at[0] + 2 * at[1] + at[2] - 0.4])
    np.testing.assert_allclose(problem.values(at), values / mean, rtol=1e-12)
    np.testing.assert_allclose(problem.slopes(at), slopes / mean[:, None], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose([problem.low, problem.high], [at - width / 2, at + width / 2])
    up, down = np.maximum(slopes, 0) / mean[:, None], np.maximum(-slopes, 0) / mean[:, None]
    np.testing.assert_allclose(problem.rising, (width / 2) ** 2 * (1.001 * up + 0.001 * down + 1e-5 / width), rtol=1e-12)
    np.testing.assert_allclose(problem.falling, (width / 2) ** 2 * (0.001 * up + 1.001 * down + 1e-5 / width), rtol=1e-12)
    # Half the move limit, as the step is scaled by a half: a quarter of the range.
    np.testing.assert_allclose(problem.lower, np.maximum(at - 1.0, -3.0))
    np.testing.assert_allclose(problem.upper, np.minimum(at + 1.0, 1.0))


def test_asymptotes_follow_what_parameters_do():
    """Apart where a parameter keeps its direction, closer where it turns back, as they were where it rests."""
    method = MovingAsymptotes((2.0, 6.0))
    at, last, before = np.array([3.0, 3.0, 3.0]), np.array([2.9, 2.9, 3.0]), np.array([2.8, 3.0, 3.0])
    low, high = method._asymptotes(at, {"seen": 2, "low": last - 1.0, "high": last + 0.5, "last": last, "before": before})
    np.testing.assert_allclose(at - low, [1.2, 0.7, 1.0])
    np.testing.assert_allclose(high - at, [0.6, 0.35, 0.5])
    for below, above in ((1e3, 1e-3), (1e-3, 1e3)):
        far = {"seen": 2, "low": last - below, "high": last + above, "last": last, "before": before}
        low, high = method._asymptotes(at, far)
        np.testing.assert_allclose([at - low, high - at], [[40.0 if apart > 1 else 0.04] * 3 for apart in (below, above)])


def test_a_dual_problem_has_the_derivatives_that_its_newton_method_takes():
    rng = np.random.default_rng(5)
    rising, falling = rng.uniform(0.1, 3, (2, 3, 4))
    low, high = np.full(4, -1.0), np.full(4, 2.0)
    problem = SeparableApproximation(low, high, low + 0.5, high - 0.5, rising, falling, rng.uniform(-1, 1, 3))
    x, weights, by = rng.uniform(0, 1, 4), np.array([1.0, 0.3, 2.0]), 1e-6
    numeric = [
        (weights @ (problem.slopes(x + by * e) - problem.slopes(x - by * e)))[k] / (2 * by) for k, e in enumerate(np.eye(4))
    ]
    np.testing.assert_allclose(problem.curvature(weights, x), numeric, rtol=1e-7)
    least = problem.minimiser(weights)
    assert ((low + 0.5 < least) & (least < high - 0.5)).all()
    np.testing.assert_allclose(weights @ problem.slopes(least), 0, atol=1e-12)
    multipliers, price, weight = np.array([0.4, 30.0]), 10.0, 0.1
    direction, half_square = mma_subproblem._newton(problem, multipliers, price, weight)
    dual = [
        [mma_subproblem._dual(problem, multipliers + sign * by * e, price, weight) for sign in (1, -1)] for e in np.eye(2)
    ]
    slope = np.array([(up - down) / (2 * by) for up, down in dual])
    assert half_square == pytest.approx(slope @ direction / 2, rel=1e-6)
    # Newton's direction solves with the Hessian of the dual: the slope along it falls at the rate that it has.
    ahead, behind = [
        mma_subproblem._dual(problem, multipliers + shift * direction * 1e-4, price, weight) for shift in (1, -1)
    ]
    here = mma_subproblem._dual(problem, multipliers, price, weight)
    assert (ahead - 2 * here + behind) / 1e-8 == pytest.approx(-slope @ direction, rel=1e-3)


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
