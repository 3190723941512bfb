import numpy as np
import pytest

from metac.runtime.geometry.curve import OutlineSpline
from metac.runtime.geometry.outline import SAMPLES, Outline, closed_polygon
from metac.runtime.geometry.sizes import ligament_widths

ANGLES = 2 * np.pi * np.arange(SAMPLES) / SAMPLES
CIRCLE = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)


def test_outlines_are_turned_counter_clockwise_and_keep_their_first_point():
    points = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 1.0], [2.0, 0.0]])
    outline = Outline(points, corners=(0, 1))
    assert outline.points.tolist() == points[[0, 3, 2, 1]].tolist()
    assert outline.corners == (0, 3)
    assert outline.area == 1.5


def test_outlines_need_three_points():
    with pytest.raises(ValueError, match="three points"):
        Outline(np.zeros((2, 2)))


def test_spline_follows_a_circle():
    curve = OutlineSpline(Outline(3 * CIRCLE))
    points = curve.at(np.linspace(-1.0, 2.3, 5000) * curve.length)
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 3.0, rtol=2e-9)


def test_corners_stay_sharp():
    square = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    curve = OutlineSpline(closed_polygon(square))
    points = curve.at(np.linspace(0, 4, 1001))
    distance = np.abs(np.abs(points - 0.5).max(axis=1) - 0.5)
    assert distance.max() < 1e-12
    np.testing.assert_allclose(curve.at(curve.corners), square, atol=1e-14)


def test_ligament_width_between_two_circles():
    points = np.concatenate([CIRCLE, CIRCLE + np.array([2.5, 0.0])])
    normals = np.concatenate([CIRCLE, CIRCLE])
    widths = ligament_widths(points, normals, reach=2.0)
    assert widths[0] == pytest.approx(0.5)
    assert widths[SAMPLES // 2] == 2.0  # nothing faces the far side
    assert widths.min() == pytest.approx(0.5)
