"""Regions where a function is negative, against closed forms."""

import numpy as np
import pytest

from metac.runtime.geometry.contours import NoContour, negative_regions
from metac.runtime.geometry.rectangle import Rectangle
from tests.runtime.geometry.test_combine import area

WINDOW = Rectangle(-3.0, -2.5, 3.0, 2.5)


def test_a_circle():
    (outline,) = negative_regions(lambda x, y: (x - 0.3) ** 2 + y**2 - 4, WINDOW, None)
    np.testing.assert_allclose(np.hypot(outline.points[:, 0] - 0.3, outline.points[:, 1]), 2.0, rtol=1e-12)
    assert area(outline) == pytest.approx(4 * np.pi, rel=1e-7)
    assert outline.corners == ()


@pytest.mark.parametrize("angle", [0.0, 0.3, np.pi / 4])
def test_kinks_are_corners_at_their_place(angle):
    c, s = np.cos(angle), np.sin(angle)
    (outline,) = negative_regions(lambda x, y: np.maximum(abs(c * x + s * y), abs(c * y - s * x)) - 1.0, WINDOW, None)
    assert len(outline.corners) == 4
    np.testing.assert_allclose(np.linalg.norm(outline.points[list(outline.corners)], axis=1), np.sqrt(2), rtol=1e-9)
    assert area(outline) == pytest.approx(4.0, rel=1e-9)


def test_two_circles_that_overlap_and_two_that_do_not():
    def both(x, y, apart):
        return np.minimum(np.hypot(x - apart / 2, y), np.hypot(x + apart / 2, y)) - 1.0

    (outline,) = negative_regions(lambda x, y: both(x, y, 1.2), WINDOW, None)
    angle = np.arccos(0.6)
    assert area(outline) == pytest.approx(2 * np.pi - 2 * (angle - 0.6 * 0.8), rel=1e-5)
    assert len(outline.corners) == 2
    found = negative_regions(lambda x, y: both(x, y, 2.1), WINDOW, None)
    assert [area(each) for each in found] == pytest.approx([np.pi, np.pi], rel=1e-6)


def test_a_small_pore_in_a_large_window_is_as_exact():
    (outline,) = negative_regions(lambda x, y: (x - 1) ** 2 + (y + 1) ** 2 - 0.1**2, WINDOW, 1e-6)
    np.testing.assert_allclose(np.hypot(outline.points[:, 0] - 1, outline.points[:, 1] + 1), 0.1, rtol=1e-10)
    assert area(outline) == pytest.approx(np.pi * 0.01, rel=1e-7)


@pytest.mark.parametrize(
    ("function", "words", "field"),
    [
        (lambda x, y: 1 + x * x, "nowhere negative", "of"),
        (lambda x, y: x * x + y * y, "nowhere negative", "of"),
        (lambda x, y: -1.0, "reaches the edge", "window"),
        (lambda x, y: x - 0.1, "reaches the edge", "window"),
        (lambda x, y: np.sqrt(x) - 1, "no value at", "of"),
        (lambda x, y: np.sin(200 * x) * np.sin(211 * y) + x * x - 1, "outlines|edge", None),
        (lambda x, y: np.hypot(x, y) - 2 - 0.3 * np.sin(300 * np.arctan2(y, x)), "different|follow|loose", None),
    ],
)
def test_what_has_no_closed_outline(function, words, field, monkeypatch):
    monkeypatch.setattr("metac.runtime.geometry.contours.LAST", 256)
    with pytest.raises(NoContour, match=words) as caught:
        negative_regions(function, WINDOW, None)
    assert field in (None, caught.value.field)


def test_holes_and_tolerances():
    with pytest.raises(NoContour, match=r"loose|lies within another"):
        negative_regions(lambda x, y: np.abs(np.hypot(x, y) - 1.5) - 0.3, WINDOW, None)
    with pytest.raises(NoContour, match="at best") as caught:
        negative_regions(lambda x, y: x * x + y * y - 1, WINDOW, 1e-9)
    assert caught.value.field == "tolerance"


def periodic(*centres, radius=2.0, period=(10.0, 8.0)):
    """Distance to circles that repeat, mm."""

    def function(x, y):
        def distance(centre):
            away = [
                (place - at + edge / 2) % edge - edge / 2 for place, at, edge in zip((x, y), centre, period, strict=True)
            ]
            return np.hypot(*away) - radius

        return np.min([distance(centre) for centre in centres], axis=0)

    return function


@pytest.mark.parametrize("corner", [(0.0, 0.0), (-3.0, 5.0)])
@pytest.mark.parametrize(
    "centres", [[(0.0, 0.0)], [(0.0, 4.0), (5.0, 0.0)], [(9.9, 7.9), (4.9, 3.9)], [(2.0, 2.0), (7.0, 6.0)]]
)
def test_each_pore_of_a_period_is_found_once_wherever_the_period_begins(centres, corner):
    period = Rectangle(*corner, corner[0] + 10.0, corner[1] + 8.0)
    window = Rectangle(period.x0 - 3.0, period.y0 - 3.0, period.x1 + 3.0, period.y1 + 3.0)
    found = negative_regions(periodic(*centres), window, 1e-3, period=period)
    middles = np.array([outline.polygon.centroid.coords[0] for outline in found])
    assert len(found) == len(centres)
    assert all(outline.polygon.area == pytest.approx(4 * np.pi, rel=1e-3) for outline in found)
    assert ((middles > period.lower - 1e-3) & (middles < period.lower + period.extents)).all()
    away = (middles[:, None] - np.array(centres) + [5.0, 4.0]) % [10.0, 8.0] - [5.0, 4.0]
    assert sorted(np.linalg.norm(away, axis=2).argmin(axis=1)) == list(range(len(centres)))
    assert np.linalg.norm(away, axis=2).min(axis=1) == pytest.approx(0, abs=1e-3)


def test_a_pore_that_runs_from_period_to_period_is_refused_where_it_does():
    def stripe(x, y):
        return np.abs(x - 5.0) - 1.0 + 0.1 * np.cos(2 * np.pi * y / 8.0)

    window, period = Rectangle(-3.0, -3.0, 13.0, 11.0), Rectangle(0.0, 0.0, 10.0, 8.0)
    with pytest.raises(NoContour, match=r"from period to period, at \((3|4|5|6)"):
        negative_regions(lambda x, y: np.minimum(stripe(x, y), periodic((0.0, 0.0))(x, y)), window, 1e-3, period=period)


def test_a_function_without_a_value_in_the_window_says_where():
    def function(x, y):
        return np.where((x > 0.5) & (y > 0.5), np.nan, np.hypot(x, y) - 0.2)

    with pytest.raises(NoContour, match=r"no value at \(0.5\d*, 0.5\d*\)"):
        negative_regions(function, Rectangle(-1.0, -1.0, 1.0, 1.0), None)
