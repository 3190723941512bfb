"""Functions of numbers as array code."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.compiler import graph
from metac.compiler.graph_walk import Bindings
from metac.compiler.interfaces.values import Curve
from metac.compiler.lower.expression import evaluate_expression
from metac.compiler.types import types
from metac.dsl.diagnostics.diagnostic import DiagnosticError


def parameter(make, name):
    return make.Term(graph.Parameter(name, types.SCALAR, make.SPAN))


def reference(make, name):
    return make.Term(graph.Reference(name, types.SCALAR, make.SPAN))


def plateau(make):
    e = make.variable("e")
    return make.function(make.apply("min", parameter(make, "slope") * e, 12), e)


def test_target_curve(make):
    curve = evaluate_expression(plateau(make), Bindings(parameters={"slope": 300.0}))
    e = np.linspace(0, 0.1, 11)
    np.testing.assert_allclose(curve(e), np.minimum(300 * e, 12), rtol=1e-14)
    assert isinstance(curve(e), np.ndarray)
    assert curve(e=0.02) == pytest.approx(6)


def test_parameters_are_inputs(make):
    function = plateau(make)

    def mean(slope):
        return evaluate_expression(function, Bindings(parameters={"slope": slope}), jnp)(jnp.linspace(0, 0.1, 11)).mean()

    assert jax.jit(jax.grad(mean))(100.0) == pytest.approx(0.05)
    first, second = (evaluate_expression(function, Bindings(parameters={"slope": s})) for s in (1.0, 2.0))
    assert first.generated is second.generated


def test_constant_functions_have_the_shape_of_their_argument(make):
    e = make.variable("e")
    curve = evaluate_expression(make.function(make.lift(3), e), Bindings())
    assert curve(np.zeros(4)).shape == (4,)
    assert curve(jnp.zeros((2, 3))).shape == (2, 3)
    assert curve(np.zeros(4)).dtype == float


def test_precision_follows_the_argument(make):
    x = make.variable("x")
    activation = evaluate_expression(
        make.function(make.apply("tanh", parameter(make, "a") * x), x), Bindings(parameters={"a": jnp.array(2.0)})
    )
    assert activation(jnp.zeros(3, jnp.float32)).dtype == jnp.float32


def test_a_function_without_inputs_is_one_object(make):
    x = make.variable("x")
    function = make.function(make.apply("tanh", x), x)
    assert evaluate_expression(function, Bindings()) is evaluate_expression(function, Bindings(), jnp)
    np.testing.assert_allclose(jax.vmap(evaluate_expression(function, Bindings()))(jnp.arange(3.0)), np.tanh(np.arange(3)))


def test_conditions(make):
    loss, step = make.variable("loss"), make.variable("step")
    stop = evaluate_expression(make.function(make.apply("and", loss < 1e-4, step >= 10), loss, step), Bindings())
    assert bool(stop(1e-5, 20)) is True
    assert bool(stop(1e-5, 2)) is False
    assert bool(stop(float("nan"), 20)) is False


def test_parts_that_depend_on_objects_are_taken_from_outside(make):
    e = make.variable("e")
    at_end = make.apply("at", reference(make, "curve"), 0.1)
    function = make.function(at_end / 0.1 * e + reference(make, "offset"), e)
    values = {"curve": Curve(np.array([0.0, 0.1]), np.array([0.0, 5.0])), "offset": 1.0}
    target = evaluate_expression(function, Bindings(reference=values.__getitem__))
    np.testing.assert_allclose(target(np.array([0.0, 0.05])), [1.0, 3.5])


def test_what_is_not_a_number_is_refused(make):
    e = make.variable("e")
    function = make.function(make.apply("*", make.variable("points"), e), e)
    with pytest.raises(DiagnosticError, match="M0556"):
        evaluate_expression(function, Bindings({"points": (1.0, 2.0)}))
