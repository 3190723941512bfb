"""Reference elements interpolate, differentiate and integrate what they promise."""

from math import factorial

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metac.runtime.fem.elements import traced_line
from metac.runtime.fem.elements.known import ELEMENTS
from metac.runtime.fem.elements.quadrature import cube, interval, square, tetrahedron, triangle

SORTS = pytest.mark.parametrize("sort", list(ELEMENTS), ids=str)
PLANE = pytest.mark.parametrize("sort", [sort for sort in ELEMENTS if sort[0] == 2], ids=str)
# Scaled into the unit simplex, which all reference cells contain.
inside = st.tuples(*[st.floats(0, 1)] * 3).map(lambda p: np.array(p) / max(1.0, sum(p)))


@SORTS
def test_shape_functions_are_one_at_their_own_node(sort):
    element = ELEMENTS[sort]
    assert element.shape(element.nodes) == pytest.approx(np.eye(len(element.nodes)))


@SORTS
@given(point=inside)
def test_shape_functions_sum_to_one_and_gradients_match_differences(sort, point):
    element = ELEMENTS[sort]
    at = point[None, : element.dimension]
    assert element.shape(at).sum() == pytest.approx(1)
    step = 1e-6
    for axis in range(element.dimension):
        move = step * np.eye(element.dimension)[axis]
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


@PLANE
def test_lines_are_the_rims_of_elements(sort):
    element, at = ELEMENTS[sort], np.linspace(0, 1, 5)
    for edge in element.facets:
        first, last = (element.nodes[node] for node in edge[:2])
        points = first + at[:, None] * (last - first)
        assert traced_line.shape(element.order, jnp.asarray(at)) == pytest.approx(element.shape(points)[list(edge)])


@PLANE
def test_edges_go_round_counter_clockwise(sort):
    element = ELEMENTS[sort]
    (x, y), ends = element.nodes[list(element.corners)].T, [edge[1] for edge in element.facets]
    assert tuple(ends) == (*element.corners[1:], element.corners[0])
    assert np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) / 2 == pytest.approx(element.default_rule.weights.sum())
    assert len({node for edge in element.facets for node in edge}) == {3: 3, 4: 4, 6: 6, 7: 6, 9: 8}[sort[1]]


@pytest.mark.parametrize("degree", [1, 3, 5])
def test_square_rules_are_exact(degree):
    rule = square(degree)
    for i in range(degree + 1):
        for j in range(degree + 1):
            integral = (rule.weights * rule.points[:, 0] ** i * rule.points[:, 1] ** j).sum()
            assert integral == pytest.approx(1 / ((i + 1) * (j + 1)), rel=1e-14)


@pytest.mark.parametrize("degree", [1, 2, 3, 4, 5])
def test_tetrahedron_rules_are_exact(degree):
    rule = tetrahedron(degree)
    assert (rule.weights > 0).all() and (rule.points > 0).all() and (rule.points.sum(axis=1) < 1).all()
    for i, j, k in np.ndindex(*(degree + 1,) * 3):
        if i + j + k <= degree:
            integral = (rule.weights * np.prod(rule.points ** np.array([i, j, k]), axis=1)).sum()
            exact = factorial(i) * factorial(j) * factorial(k) / factorial(i + j + k + 3)
            assert integral == pytest.approx(exact, rel=1e-13)


@pytest.mark.parametrize("degree", [1, 3])
def test_cube_rules_are_exact(degree):
    rule = cube(degree)
    for powers in np.ndindex(*(degree + 1,) * 3):
        integral = (rule.weights * np.prod(rule.points ** np.array(powers), axis=1)).sum()
        assert integral == pytest.approx(1 / np.prod(np.add(powers, 1)), rel=1e-14)


@SORTS
def test_facets_are_the_elements_of_one_dimension_less(sort):
    """On a facet the shape functions of its nodes are those of the facet's element, and all others vanish."""
    element = ELEMENTS[sort]
    facet = element.facet
    assert facet is not None and facet.dimension == element.dimension - 1
    rule = facet.rule(2)
    for nodes in element.facets:
        places = np.einsum("ap,ai->pi", facet.shape(rule.points), element.nodes[list(nodes)])
        values = element.shape(places)
        assert values[list(nodes)] == pytest.approx(facet.shape(rule.points))
        assert np.delete(values, nodes, axis=0) == pytest.approx(0, abs=1e-14)


@SORTS
def test_simplices_make_up_the_cell(sort):
    element = ELEMENTS[sort]
    places = element.nodes[np.array(element.simplices)]
    volumes = np.linalg.det(places[:, 1:] - places[:, :1]) / factorial(element.dimension)
    assert (volumes > 0).all()
    assert volumes.sum() == pytest.approx(element.default_rule.weights.sum(), rel=1e-14)
    assert set(element.corners) == set(np.array(element.simplices).ravel().tolist())
