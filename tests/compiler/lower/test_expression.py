"""Expressions have the same value on the host, in a trace and as SymPy."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from metac.compiler import graph
from metac.compiler.graph_walk import Bindings
from metac.compiler.interfaces.values import Curve
from metac.compiler.lower.emit import generate
from metac.compiler.lower.expression import evaluate_expression
from metac.compiler.lower.symbolic import symbol, to_sympy
from metac.dsl.diagnostics.diagnostic import DiagnosticError

UNARY = ["neg", "abs", "sign", "exp", "sin", "cos", "atan", "tanh", "floor", "ceil", "round"]
BINARY = ["+", "-", "*", "min", "max", "atan2"]


@pytest.fixture(scope="module")
def expressions(make):
    """Random expressions in x and y, four operations deep."""

    @st.composite
    def term(draw, depth=4):
        shape = draw(st.sampled_from(["leaf", "unary", "binary", "if"] if depth else ["leaf"]))
        if shape == "leaf":
            return draw(
                st.sampled_from([make.variable("x"), make.variable("y")])
                | st.integers(-32, 32).map(lambda eighths: make.lift(eighths / 8))
            )
        if shape == "unary":
            return make.apply(draw(st.sampled_from(UNARY)), draw(term(depth - 1)))
        first, second = draw(term(depth - 1)), draw(term(depth - 1))
        if shape == "binary":
            return make.apply(draw(st.sampled_from(BINARY)), first, second)
        return make.apply("if", draw(term(0)) < draw(term(0)), first, second)

    return term()


def test_numpy_jax_and_sympy_agree(expressions):
    points = st.integers(-24, 24).map(lambda eighths: eighths / 8)

    @settings(max_examples=40, deadline=None)
    @given(expressions, points, points)
    def check(term, x, y):
        values = {"x": np.float64(x), "y": np.float64(y)}
        host = evaluate_expression(term.graph, Bindings(values))
        assume(np.isfinite(host) and abs(host) < 1e100)
        traced = evaluate_expression(term.graph, Bindings({name: jnp.asarray(value) for name, value in values.items()}), jnp)
        np.testing.assert_allclose(traced, host, rtol=1e-9, atol=1e-9)

    check()


def test_generated_code_agrees_with_direct_evaluation(expressions):
    # Exact arithmetic may fall on the other side of a jump, so jumps are left out of the comparison by nearby points.
    @settings(max_examples=40, deadline=None)
    @given(expressions)
    def check(term):
        x, y = symbol("x"), symbol("y")
        generated = generate("f", [x, y], [to_sympy(term.graph, {"x": x, "y": y})])
        for point in ((0.3, -1.7), (2.1, 0.9)):
            values = dict(zip("xy", map(np.float64, point), strict=True))
            host = [
                evaluate_expression(term.graph, Bindings({k: v + d for k, v in values.items()})) for d in (-1e-9, 0, 1e-9)
            ]
            if not np.all(np.isfinite(host)) or np.ptp(host) > 1e-6 * (1 + abs(host[1])):
                continue
            with np.errstate(all="ignore"):
                (value,) = generated(np, tuple(values.values()))
            np.testing.assert_allclose(float(value), host[1], rtol=1e-6, atol=1e-6)

    check()


def test_a_choice_is_a_number_like_others(make):
    # SymPy turned the sign of the cosine's argument for ever.
    chosen = make.apply("if", make.variable("y") < make.lift(0.375), make.lift(0.375), make.lift(-1.375))
    term = make.apply("cos", make.lift(-1.375) * chosen - make.apply("cos", make.variable("x")))
    x, y = symbol("x"), symbol("y")
    generated = generate("f", [x, y], [to_sympy(term.graph, {"x": x, "y": y})])
    np.testing.assert_allclose(generated(np, (0.5, 0.0))[0], np.cos(-1.375 * 0.375 - np.cos(0.5)))


@pytest.mark.parametrize("xp", [np, jnp])
def test_tensors(make, xp):
    A = [[2.0, 1.0, 0.5], [0.0, 3.0, 1.0], [1.0, 0.0, 4.0]]
    matrix = np.array(A)

    def value(operator, *arguments):
        return evaluate_expression(make.apply(operator, *arguments).graph, Bindings(), xp)

    np.testing.assert_allclose(value("inv", A), np.linalg.inv(matrix), rtol=1e-14)
    np.testing.assert_allclose(value("det", A), np.linalg.det(matrix), rtol=1e-14)
    np.testing.assert_allclose(value("*", A, A), matrix @ matrix, rtol=1e-14)
    np.testing.assert_allclose(value("*", A, [1.0, 2.0, 3.0]), matrix @ [1, 2, 3], rtol=1e-14)
    np.testing.assert_allclose(value("tr", value_of(make, "dev", A)), 0, atol=1e-14)
    assert value("index", A, 1, 3) == 0.5
    exact = to_sympy(make.apply("inv", A).graph, {})
    np.testing.assert_allclose(exact.astype(float), np.linalg.inv(matrix), rtol=1e-14)


def value_of(make, operator, *arguments):
    return make.apply(operator, *arguments)


def test_numbers_are_exact_in_sympy(make):
    assert to_sympy((make.lift(0.1) * 10).graph, {}) == 1
    assert to_sympy((make.variable("x") ** 0.5).graph, {"x": symbol("x")}) == sympy.sqrt(symbol("x"))


def test_huge_powers_do_not_fill_the_memory(make):
    with pytest.raises(DiagnosticError, match="M0556"):
        to_sympy((make.lift(7) ** 1_000_000_000).graph, {})
    assert float(to_sympy((make.lift(1.0000001) ** 1000).graph, {})) == pytest.approx(1.0001, rel=1e-6)


def test_known_conditions_choose_the_branch(make):
    term = make.apply("if", make.apply("==", make.variable("plane"), "stress"), 1, make.lift(1) / 0)
    assert evaluate_expression(term.graph, Bindings({"plane": "stress"})) == 1
    with pytest.raises(DiagnosticError, match="division by zero"):
        evaluate_expression(term.graph, Bindings({"plane": "strain"}))


@pytest.mark.parametrize("xp", [np, jnp])
def test_curves_are_pointwise(make, xp):
    abscissa = xp.array([0.0, -0.05, -0.1])
    curve = Curve(abscissa, xp.array([0.0, -2.0, -3.0]))
    finer = Curve(xp.array([0.0, -0.1]), xp.array([0.0, 1.0]))
    scope = Bindings({"s": curve, "t": finer})
    double = evaluate_expression((2 * make.variable("s") + 1).graph, scope, xp)
    np.testing.assert_allclose(double.ordinate, [1, -3, -5])
    assert double.abscissa is abscissa
    mixed = evaluate_expression((make.variable("s") + make.variable("t")).graph, scope, xp)
    np.testing.assert_allclose(mixed.ordinate, [0, -1.5, -2])
    assert evaluate_expression(make.apply("min", make.variable("s")).graph, scope, xp) == -3
    np.testing.assert_allclose(evaluate_expression(make.apply("at", make.variable("s"), -0.075).graph, scope, xp), -2.5)


def test_functions_may_read_curves(make):
    """`e -> 2 * curve(e)`: a measured curve has no formula."""
    curve = Curve(np.array([0.0, 0.1]), np.array([0.0, 3.0]))
    e = make.variable("e")
    body = 2 * make.apply("at", make.variable("s"), e)
    function = graph.Function((e.graph,), body.graph, None, body.graph.type, make.SPAN)
    target = evaluate_expression(function, Bindings({"s": curve}), jnp)
    np.testing.assert_allclose(target(jnp.array([0.0, 0.05, 0.1])), [0, 3, 6])
    assert jax.grad(target)(0.05) == pytest.approx(60)


def test_shared_parts_are_evaluated_once(make):
    term = make.variable("x")
    for _ in range(200):
        term = term + term
    assert evaluate_expression(term.graph, Bindings({"x": 1.0})) == 2.0**200
    with pytest.raises(DiagnosticError, match="written out"):
        to_sympy(term.graph, {"x": symbol("x")})


def test_missing_values_are_located(make):
    with pytest.raises(DiagnosticError) as raised:
        evaluate_expression(make.variable("x").graph, Bindings())
    assert raised.value.diagnostics[0].labels[0].span == make.SPAN


def test_gradients_pass_through(make):
    term = make.apply("min", make.variable("x") ** 2, 3) / make.variable("x")
    value = jax.grad(lambda x: evaluate_expression(term.graph, Bindings({"x": x}), jnp))
    assert value(1.5) == pytest.approx(1.0)
    assert value(2.0) == pytest.approx(-0.75)
