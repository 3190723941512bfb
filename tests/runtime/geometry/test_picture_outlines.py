"""Outlines of pictures of shapes whose area is known."""

import numpy as np
import pytest

from metac.runtime.geometry.contours import NoContour
from metac.runtime.geometry.picture_outlines import dark_regions
from tests.runtime.geometry.test_combine import area

PIXELS = 64


def picture(*circles, size=PIXELS, periodic=True):
    """-0.5 in circles `x, y, radius` (shares of the picture, from its middle, y upwards), 0.5 around them."""
    fine = 4 * size
    places = (np.arange(fine) + 0.5) / fine - 0.5
    x, y = np.meshgrid(places, -places)
    solid = np.ones((fine, fine))
    for cx, cy, radius in circles:
        away = [(part + 0.5) % 1 - 0.5 if periodic else part for part in (x - cx, y - cy)]
        solid[np.hypot(*away) < radius] = 0
    return solid.reshape(size, 4, size, 4).mean(axis=(1, 3)) - 0.5


def filtered(radius, smoothing=1.0):
    """The filter, and the pixels themselves, make a circle smaller by σ²/2r; a square pixel has the variance 1/12."""
    return radius - (smoothing**2 + 1 / 12) / (2 * radius)


def test_a_circle_in_a_frame():
    (outline,) = dark_regions(picture((0.1, 0.05, 0.3), periodic=False), 0.25, 1.0, False, None)
    centre = 16 * np.array([0.1, 0.05])
    radii = np.linalg.norm(outline.points - centre, axis=1)
    np.testing.assert_allclose(radii, 4.8, atol=0.03)  # an eighth of a pixel; the filter alone moves it by σ²/2r = 0.007
    assert area(outline) == pytest.approx(np.pi * 4.8**2, rel=5e-3)
    assert outline.corners == ()


def test_pores_on_the_edge_of_a_period_are_whole():
    found = dark_regions(picture((0.0, 0.0, 0.2), (0.5, 0.5, 0.15), (0.5, 0.0, 0.1), (0.0, -0.5, 0.1)), 1.0, 1.0, True, None)
    wanted = sorted(np.pi * filtered(64 * radius) ** 2 for radius in (0.2, 0.15, 0.1, 0.1))
    assert sorted(area(each) for each in found) == pytest.approx(wanted, rel=6e-3)


def test_rows_and_columns_differ():
    half = picture((0.0, 0.0, 0.2))[PIXELS // 4 : -PIXELS // 4]
    (outline,) = dark_regions(half, 1.0, 1.0, True, None)
    assert area(outline) == pytest.approx(np.pi * filtered(64 * 0.2) ** 2, rel=3e-3)


@pytest.mark.parametrize(
    ("values", "periodic", "words"),
    [
        (picture((0.5, 0.5, 0.2)), False, "reaches the edge"),
        (picture(), True, "nowhere negative"),
        (-picture((0.0, 0.0, 0.2)), True, "solid lies loose"),
        (np.where(np.abs(np.arange(64) - 30) < 9, -0.5, 0.5)[None] * np.ones((64, 1)), True, "runs through"),
        (np.ones((2, 9)), True, "2 by 9 pixels"),
    ],
)
def test_what_has_no_outlines(values, periodic, words):
    with pytest.raises(NoContour, match=words):
        dark_regions(values, 1.0, 1.0, periodic, None)
