"""What goals contribute."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from metac.compiler import graph
from metac.compiler.interfaces.values import Curve, Range
from metac.compiler.lower.goals import goal_value, requirement_value
from metac.dsl.diagnostics.diagnostic import DiagnosticError


@pytest.fixture
def judge(make):
    def run(sense="match", **parts):
        expression = make.lift(0).graph
        goal = graph.Goal(
            "g", sense, expression, expression if "target" in parts else None, None, None, None, None, make.SPAN
        )
        return goal_value(goal, lambda _, part: parts.get(part))

    return run


def test_scalar(judge):
    goal = judge(measure=jnp.array(3.0), target=2.0, weight=5.0, scale=10.0, tolerance=1.5)
    assert goal.contribution == pytest.approx(5 * 0.01)
    assert goal.deviation == 1
    assert bool(goal.met)


def test_scale_defaults_to_the_targets_magnitude(judge):
    assert judge(measure=3.0, target=-2.0).contribution == pytest.approx(25 / 4)
    assert judge(measure=3.0, target=0.0).contribution == pytest.approx(9)
    assert not bool(judge(measure=3.0, target=2.0).met)


def test_tensor(judge):
    goal = judge(measure=jnp.eye(2), target=((2.0, 0.0), (0.0, 1.0)))
    assert goal.contribution == pytest.approx(1 / 4 / 4)
    with pytest.raises(DiagnosticError, match="M0576"):
        judge(measure=jnp.eye(3), target=((2.0, 0.0), (0.0, 1.0)))


def test_curve_counts_in_its_domain_only(judge):
    curve = Curve(jnp.array([0.1, 0.2, 0.3]), jnp.array([1.0, 2.0, 50.0]))
    goal = judge(measure=curve, target=lambda e: 10 * e + 1, domain=Range(0.1, 0.2))
    np.testing.assert_array_equal(goal.inside, [True, True, False])
    assert goal.contribution == pytest.approx((1 + 1) / 2 / 9)
    assert goal.deviation == pytest.approx(1)


@pytest.mark.parametrize(("sign", "end", "met"), [(1, 0.2, True), (1, 0.3, False), (-1, 0.2, True), (-1, 0.3, False)])
def test_a_range_that_the_load_does_not_reach_is_not_met(judge, sign, end, met):
    curve = Curve(sign * jnp.array([0.1, 0.2]), jnp.array([1.0, 2.0]))
    goal = judge(measure=curve, target=lambda e: 10 * jnp.abs(e), domain=Range(0.0, sign * end))
    assert goal.contribution == pytest.approx(0) and bool(goal.met) is met


def test_target_need_not_exist_outside_the_domain(judge):
    import jax

    def loss(scale):
        curve = Curve(jnp.array([-0.1, 0.2]), scale * jnp.array([1.0, 2.0]))
        return judge(measure=curve, target=lambda e: jnp.sqrt(e), domain=Range(0.0, 0.2)).contribution

    value, slope = jax.value_and_grad(loss)(1.0)
    assert np.isfinite(value)
    assert np.isfinite(slope)


def test_no_increment_in_the_domain_is_never_met(judge):
    curve = Curve(jnp.array([0.1, 0.2]), jnp.array([1.0, 2.0]))
    goal = judge(measure=curve, target=lambda e: 10 * e, domain=Range(0.11, 0.19), tolerance=1.0)
    assert np.isnan(goal.contribution)
    assert not bool(goal.met)


@pytest.mark.parametrize(("sense", "sign"), [("minimize", 1), ("maximize", -1)])
def test_extrema(judge, sense, sign):
    goal = judge(sense, measure=jnp.array(3.0), weight=2.0, scale=4.0)
    assert goal.contribution == sign * 1.5
    assert goal.met is None
    with pytest.raises(DiagnosticError, match="M0576"):
        judge(sense, measure=Curve(jnp.zeros(2), jnp.zeros(2)))


@pytest.mark.parametrize(
    ("value", "lower", "upper", "contribution", "met"),
    [
        (0.5, 0.4, 0.6, 0, True),
        (0.6, 0.4, 0.6, 0, True),
        (0.9, 0.4, 0.6, 0.25, False),
        (0.1, 0.4, None, (0.3 / 0.4) ** 2, False),
        (-2.0, 0.0, None, 4, False),
        (0.1, 0.0, np.inf, 0, True),
        (np.nan, 0.0, 1.0, np.nan, False),
    ],
)
def test_requirements(make, value, lower, upper, contribution, met):
    parts = {"measure": jnp.array(value), "lower": lower, "upper": upper}
    requirement = graph.Requirement("r", "require", make.lift(0).graph, None, None, make.SPAN)
    found = requirement_value(requirement, lambda _, part: parts[part])
    np.testing.assert_allclose(found.contribution, contribution)
    assert bool(found.met) is met
