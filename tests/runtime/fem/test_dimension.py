"""Small matrices are those of NumPy; degrees of freedom are numbered point by point."""

import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.fem.dimension import determinant, facet_measure, inverse, product
from metac.runtime.fem.numbering import degrees_of_freedom

DIMENSIONS = pytest.mark.parametrize("dimension", [2, 3])
RANDOM = np.random.default_rng(1)


def matrices(dimension):
    """`[point, row, column]`, and the same with the components first."""
    usual = RANDOM.normal(size=(7, dimension, dimension))
    return usual, jnp.asarray(np.moveaxis(usual, 0, -1))


@DIMENSIONS
def test_determinants_inverses_and_products(dimension):
    (first, a), (second, b) = matrices(dimension), matrices(dimension)
    np.testing.assert_allclose(determinant(a), np.linalg.det(first), rtol=1e-12)
    np.testing.assert_allclose(np.moveaxis(inverse(a), -1, 0), np.linalg.inv(first), rtol=1e-10)
    np.testing.assert_allclose(np.moveaxis(product(a, b), -1, 0), first @ second, rtol=1e-13, atol=1e-14)


@DIMENSIONS
def test_degrees_of_freedom_are_numbered_point_by_point(dimension):
    field = RANDOM.normal(size=(5, dimension))
    points = np.array([3, 0])
    for component in range(dimension):
        found = field.ravel()[degrees_of_freedom(points, [component], dimension)]
        np.testing.assert_array_equal(found, field[points, component])
    everything = degrees_of_freedom(np.arange(5), range(dimension), dimension)
    np.testing.assert_array_equal(field.ravel()[everything], field.T.ravel())


def test_measures_of_facets():
    assert facet_measure(jnp.array([[3.0], [4.0]])) == 5.0
    tangents = RANDOM.normal(size=(3, 2))
    area = np.linalg.norm(np.cross(tangents[:, 0], tangents[:, 1]))
    np.testing.assert_allclose(facet_measure(jnp.asarray(tangents)), area, rtol=1e-14)
