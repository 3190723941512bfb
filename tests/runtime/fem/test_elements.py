"""Reference elements interpolate, differentiate and integrate what they promise."""

from math import factorial

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metac.runtime.fem.elements import line
from metac.runtime.fem.elements.quadrature import interval, triangle
from metac.runtime.fem.kernels import ELEMENTS

ORDERS = pytest.mark.parametrize("order", [1, 2])
inside = st.tuples(st.floats(0, 1), st.floats(0, 1)).map(lambda p: p if sum(p) <= 1 else (1 - p[0], 1 - p[1]))


@ORDERS
def test_shape_functions_are_one_at_their_own_node(order):
    element = ELEMENTS[order]
    assert element.shape(element.nodes) == pytest.approx(np.eye(len(element.nodes)))


@ORDERS
@given(point=inside)
def test_shape_functions_sum_to_one_and_gradients_match_differences(order, point):
    element = ELEMENTS[order]
    at = np.array([point])
    assert element.shape(at).sum() == pytest.approx(1)
    step = 1e-6
    for axis in range(2):
        move = step * np.eye(2)[axis]
        difference = (element.shape(at + move) - element.shape(at - move)) / (2 * step)
        assert element.gradient(at)[:, axis] == pytest.approx(difference, abs=1e-8)


@pytest.mark.parametrize("degree", [1, 2, 3, 4])
def test_triangle_rules_are_exact(degree):
    rule = triangle(degree)
    assert (rule.weights > 0).all()
    for i in range(degree + 1):
        for j in range(degree + 1 - i):
            integral = (rule.weights * rule.points[:, 0] ** i * rule.points[:, 1] ** j).sum()
            assert integral == pytest.approx(factorial(i) * factorial(j) / factorial(i + j + 2), rel=1e-14)


def test_there_is_no_rule_of_degree_five():
    with pytest.raises(ValueError, match="degree 5"):
        triangle(5)


def test_interval_rule_is_exact():
    rule = interval(2)
    assert [(rule.weights * rule.points**k).sum() for k in range(4)] == pytest.approx([1, 1 / 2, 1 / 3, 1 / 4])


@ORDERS
def test_lines_are_the_rims_of_triangles(order):
    at = np.linspace(0, 1, 5)
    rim = ELEMENTS[order].shape(np.stack([at, 0 * at], axis=1))[[0, 1] if order == 1 else [0, 1, 3]]
    assert line.shape(order, jnp.asarray(at)) == pytest.approx(rim)
    slope = ELEMENTS[order].gradient(np.stack([at, 0 * at], axis=1))[[0, 1] if order == 1 else [0, 1, 3], 0]
    assert line.slope(order, jnp.asarray(at)) == pytest.approx(slope)
