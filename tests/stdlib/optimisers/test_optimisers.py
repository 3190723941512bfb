"""Optimisers as the library gives them: their steps, and definitions that agree with their classes."""

from dataclasses import fields

import jax.numpy as jnp
import numpy as np
import optax
import pytest

import metac
from metac.runtime.optimise.evaluation import Objective
from metac.runtime.optimise.methods.bfgs import TooManyParameters
from metac.runtime.optimise.methods.bound_transform import LogitTransformed
from tests.library import constructor

Adam = constructor("optimiser", "adam")
Lbfgs = constructor("optimiser", "lbfgs")
Bfgs = constructor("optimiser", "bfgs")
Mma = constructor("optimiser", "mma")
Criteria = constructor("optimiser", "optimality_criteria")


def bowl(theta, inputs):
    return jnp.sum(theta["a"] ** 2 * jnp.array([1.0, 25.0])), None


def descend(method, steps):
    evaluate = Objective(bowl).at({}, None)
    evaluation = evaluate({"a": jnp.array([1.0, 1.0])})
    state = method.init(evaluation.theta)
    for _ in range(steps):
        taken = method.step(evaluation, state, evaluate, 1.0)
        if taken.evaluation is None:
            break
        evaluation, state = taken.evaluation, taken.state
    return evaluation


def test_adam_takes_the_steps_of_optax():
    found = descend(Adam(rate=0.05, b1=0.8, b2=0.95, epsilon=1e-6).method(), 7)
    theta, rule = {"a": jnp.array([1.0, 1.0])}, optax.adam(0.05, 0.8, 0.95, 1e-6)
    state = rule.init(theta)
    for _ in range(7):
        updates, state = rule.update({"a": 2 * theta["a"] * jnp.array([1.0, 25.0])}, state, theta)
        theta = optax.apply_updates(theta, updates)
    np.testing.assert_allclose(found.theta["a"], theta["a"], rtol=1e-12)


def test_lbfgs_solves_a_quadratic_bowl_in_a_few_steps():
    assert descend(Lbfgs().method(), 15).loss < 1e-18


def test_bfgs_learns_the_hessian_of_a_quadratic_bowl():
    assert descend(Bfgs().method(), 12).loss < 1e-18
    with pytest.raises(TooManyParameters, match="20,001"):
        Bfgs().method().init({"a": jnp.zeros(20_001)})


def test_bounds_are_kept_or_asked_for():
    assert isinstance(Bfgs().method((0.0, 1.0)), LogitTransformed) and isinstance(
        Adam().method((0.0, 1.0)), LogitTransformed
    )
    for made in (Mma(), Criteria()):
        assert made.refusal((0.0, 1.0)) is None and "bounds" in made.refusal(None)[0]
    assert "negative" in Criteria().refusal((-1.0, 1.0))[0]
    assert Criteria().refusal_of(1) is None and "none" in Criteria().refusal_of(0)[0]


@pytest.mark.parametrize(
    ("name", "made"),
    [("adam", Adam()), ("lbfgs", Lbfgs()), ("bfgs", Bfgs()), ("mma", Mma()), ("optimality_criteria", Criteria())],
)
def test_definitions_have_the_fields_and_defaults_of_their_classes(name, made):
    names = [field.name for field in fields(made)]
    spec = f"optimiser o = {name}\n"
    assert not [found for found in metac.compile(spec).diagnostics if found.severity == "error"]
    node = metac.compile(spec).graph.nodes["o"]
    assert list(node.definition.fields) == names
    assert {field: node.fields[field].value for field in names} == {field: getattr(made, field) for field in names}


@pytest.mark.parametrize(
    "wrong",
    [
        "adam { rate = 0 }",
        "adam { b1 = 1 }",
        "adam { rate = 1 mm }",
        "lbfgs { memory = 0 }",
        "lbfgs { trials = 1.5 }",
        "mma { move = 0 }",
    ],
)
def test_values_that_make_no_sense_are_refused(wrong):
    assert [found for found in metac.compile(f"optimiser o = {wrong}\n").diagnostics if found.severity == "error"]
