"""Reference elements interpolate, differentiate and integrate what they promise."""

from math import factorial

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metac.runtime.fem.elements import line
from metac.runtime.fem.elements.known import ELEMENTS
from metac.runtime.fem.elements.quadrature import interval, square, triangle

SORTS = pytest.mark.parametrize("nodes", list(ELEMENTS))
inside = st.tuples(st.floats(0, 1), st.floats(0, 1)).map(lambda p: p if sum(p) <= 1 else (1 - p[0], 1 - p[1]))


@SORTS
def test_shape_functions_are_one_at_their_own_node(nodes):
    element = ELEMENTS[nodes]
    assert element.shape(element.nodes) == pytest.approx(np.eye(len(element.nodes)))


@SORTS
@given(point=inside)
def test_shape_functions_sum_to_one_and_gradients_match_differences(nodes, point):
    element = ELEMENTS[nodes]
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


@SORTS
def test_lines_are_the_rims_of_elements(nodes):
    element, at = ELEMENTS[nodes], np.linspace(0, 1, 5)
    for edge in element.edges:
        first, last = (element.nodes[node] for node in edge[:2])
        points = first + at[:, None] * (last - first)
        assert line.shape(element.order, jnp.asarray(at)) == pytest.approx(element.shape(points)[list(edge)])
        slope = np.einsum("aip,i->ap", element.gradient(points), last - first)[list(edge)]
        assert line.slope(element.order, jnp.asarray(at)) == pytest.approx(slope)


@SORTS
def test_edges_go_round_counter_clockwise(nodes):
    element = ELEMENTS[nodes]
    (x, y), ends = element.nodes[list(element.corners)].T, [edge[1] for edge in element.edges]
    assert tuple(ends) == (*element.corners[1:], element.corners[0])
    assert np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) / 2 == pytest.approx(element.default_rule.weights.sum())
    assert len({node for edge in element.edges for node in edge}) == {3: 3, 4: 4, 6: 6, 9: 8}[nodes]


@pytest.mark.parametrize("degree", [1, 3, 5])
def test_square_rules_are_exact(degree):
    rule = square(degree)
    for i in range(degree + 1):
        for j in range(degree + 1):
            integral = (rule.weights * rule.points[:, 0] ** i * rule.points[:, 1] ** j).sum()
            assert integral == pytest.approx(1 / ((i + 1) * (j + 1)), rel=1e-14)
