"""Areas and corners of combined outlines against closed forms, on their true curves."""

import numpy as np
import pytest

from metac.runtime.geometry.combine import NotOneOutline, difference, intersection, offset, union
from metac.runtime.geometry.curve import OutlineSpline
from metac.runtime.geometry.outline import Outline, closed_polygon
from metac.stdlib.shapes.outlines import circle


def at(outline, x, y=0.0):
    return Outline(outline.points + np.array([x, y]), outline.corners)


def area(outline):
    """That within the true curve, not the polygon through its points."""
    curve = OutlineSpline(outline)
    parts = np.linspace(0, 1, 40, endpoint=False)
    x, y = curve.at((curve.knots[:-1, None] + np.diff(curve.knots)[:, None] * parts).ravel()).T
    return 0.5 * np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))


def square(half):
    return closed_polygon(np.array([[-half, -half], [half, -half], [half, half], [-half, half]], float))


LENS = 2 * np.pi / 3 - np.sqrt(3) / 2
"""Two unit circles whose centres are 1 apart have this in common."""


@pytest.mark.parametrize(
    ("combine", "expected"), [(union, 2 * np.pi - LENS), (intersection, LENS), (difference, np.pi - LENS)]
)
def test_two_circles(combine, expected):
    whole = combine([circle(1.0), at(circle(1.0), 1.0)])
    np.testing.assert_allclose(area(whole), expected, rtol=2e-6)
    np.testing.assert_allclose(
        np.sort(whole.points[list(whole.corners)], axis=0), [[0.5, -np.sqrt(0.75)], [0.5, np.sqrt(0.75)]], atol=5e-6
    )
    assert len(whole.points) < 300, "as few points as other outlines have: the mesher compares all with all"


def test_every_point_lies_on_one_of_the_curves():
    whole = union([circle(1.0), at(circle(0.6), 1.2)])
    apart = np.abs(
        np.stack([np.linalg.norm(whole.points, axis=1) - 1, np.linalg.norm(whole.points - [1.2, 0], axis=1) - 0.6])
    )
    assert apart.min(axis=0).max() < 5e-6


def test_squares_keep_their_corners():
    whole = union([square(1.0), at(square(1.0), 1.0, 1.0)])
    np.testing.assert_allclose(area(whole), 7.0, rtol=1e-12)
    assert {(2.0, 2.0), (2.0, 0.0), (1.0, 0.0), (-1.0, -1.0)} <= {
        tuple(x) for x in whole.points[list(whole.corners)].round(9)
    }


@pytest.mark.parametrize("distance", [0.3, -0.3])
def test_offset_of_a_circle(distance):
    wider = offset(circle(1.0), distance)
    np.testing.assert_allclose(np.linalg.norm(wider.points, axis=1), 1 + distance, rtol=2e-6)
    np.testing.assert_allclose(area(wider), np.pi * (1 + distance) ** 2, rtol=5e-6)
    assert wider.corners == ()


def test_offset_of_a_square():
    np.testing.assert_allclose(area(offset(square(1.0), 0.2)), 4 + 8 * 0.2 + np.pi * 0.2**2, rtol=5e-6)
    inner = offset(square(1.0), -0.2)
    np.testing.assert_allclose(area(inner), 1.6**2, rtol=1e-9)
    assert len(inner.corners) == 4


def test_what_is_no_single_outline():
    far = [circle(1.0), at(circle(1.0), 5.0)]
    ring = [circle(2.0), circle(1.0)]
    for make, words in (
        (lambda: union(far), "2 pieces"),
        (lambda: intersection(far), "nothing is left"),
        (lambda: difference(ring), "a hole around"),
        (lambda: difference(ring[::-1]), "nothing is left"),
        (lambda: offset(circle(1.0), -1.5), "nothing is left"),
        (lambda: offset(union([circle(1.0), at(circle(1.0), 1.9)]), -0.5), "2 pieces"),
    ):
        with pytest.raises(NotOneOutline, match=words):
            make()
