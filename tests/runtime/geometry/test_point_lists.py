"""Outlines as tables of points."""

import numpy as np
import pytest

from metac.runtime.geometry.drawings import read_outlines
from metac.runtime.geometry.drawn_curves import NoDrawnOutline
from tests.runtime.geometry.test_combine import area


def table(path, points, head="x_mm,y_mm"):
    path.write_text("\n".join([head, *(",".join(map(str, row)) for row in points)]) + "\n")
    return path


def test_a_smooth_curve_goes_through_the_points(tmp_path):
    angles = 2 * np.pi * np.arange(24) / 24
    path = table(tmp_path / "circle.csv", np.stack([2 * np.cos(angles), 2 * np.sin(angles)], axis=1).tolist())
    (outline,), directions = read_outlines(path, None, None, None)
    assert area(outline) == pytest.approx(4 * np.pi, rel=1e-4)
    assert outline.corners == () and directions.tolist() == [1, 1]


def test_corners_and_several_outlines(tmp_path):
    rows = [["a", x, y] for x, y in ((0, 0), (2, 0), (2, 1), (0, 1), (0, 0))]
    rows += [["b", x, y] for x, y in ((5, 0), (6, 0), (6, 1))]
    path = table(tmp_path / "two.csv", rows, "outline,x_mm,y_mm")
    found, _ = read_outlines(path, None, None, None)
    assert [area(each) for each in found] == pytest.approx([2.0, 0.5])
    assert [len(each.corners) for each in found] == [4, 3]
    assert area(read_outlines(path, "B", 1.0, None)[0][0]) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("rows", "given", "words"),
    [
        ([[0, 0], [1, 0]], {}, "has 2 points"),
        ([[0, 0], [1, 0], [1, 0], [0, 1]], {}, "a point twice, at \\(1, 0\\)"),
        ([[0, 0], [2, 2], [2, 0], [0, 2]], {}, "crosses itself"),
        ([[0, 0], [1, "nan"], [1, 1]], {}, "line 3"),
        ([[0, 0], [1, 0, 5], [1, 1]], {}, "line 3"),
        ([[0, 0], [1, "here"], [1, 1]], {}, "no two numbers"),
        ([[0, 0], [1, 0], [1, 1]], {"layer": "a"}, "no outline `a`"),
        ([[0, 0], [1, 0], [1, 1]], {"unit": 10.0}, "columns are in mm"),
        ([], {}, "no points"),
    ],
)
def test_what_is_no_outline(tmp_path, rows, given, words):
    path = table(tmp_path / "bad.csv", rows)
    with pytest.raises(NoDrawnOutline, match=words):
        read_outlines(path, given.get("layer"), given.get("unit"), None)


def test_other_tables_and_sorts(tmp_path):
    with pytest.raises(NoDrawnOutline, match="expected the columns"):
        read_outlines(table(tmp_path / "bad.csv", [[1, 2]], "x,y"), None, None, None)
    with pytest.raises(NoDrawnOutline, match="no known sort"):
        read_outlines(tmp_path / "pore.ai", None, None, None)
