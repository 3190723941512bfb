"""Optimality criteria on a problem in closed form."""

import jax.numpy as jnp
import numpy as np

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
