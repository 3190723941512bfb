"""Outlines that ezdxf writes are read back as they were drawn."""

import os

import ezdxf.filemanagement
import numpy as np
import pytest
from ezdxf import units

from metac.runtime.geometry.drawings import read_outlines
from metac.runtime.geometry.drawn_curves import NoDrawnOutline
from tests.runtime.geometry.test_combine import area

BRANCHED = [((0, 0), (1, 0)), ((1, 0), (1, 1)), ((1, 1), (0, 0)), ((1, 1), (2, 2))]


@pytest.fixture
def drawn(tmp_path):
    """Reads what a function draws into a model space, with other settings of the file."""

    def read(draw, *, unit=units.MM, layer=None, said=None, tolerance=None):
        document = ezdxf.filemanagement.new("R2000")
        document.units = unit
        draw(document.modelspace())
        document.saveas(tmp_path / "drawn.dxf")
        (outline,), _ = read_outlines(tmp_path / "drawn.dxf", layer, said, tolerance)
        return outline

    return read


def slot(space, **attributes):
    """Two half circles of radius 1 and straight lines between them, as one polyline with bulges."""
    corners = [(-1, -1, 0), (1, -1, 1), (1, 1, 0), (-1, 1, 1)]
    space.add_lwpolyline(corners, format="xyb", close=True, dxfattribs=attributes)


def test_a_polyline_with_arcs(drawn):
    outline = drawn(slot)
    np.testing.assert_allclose(area(outline), 4 + np.pi, rtol=1e-6)
    assert len(outline.corners) == 4, "the curvature jumps there"


def test_circle_ellipse_and_spline(drawn):
    circle = drawn(lambda space: space.add_circle((3, 4), 2.0))
    np.testing.assert_allclose(np.linalg.norm(circle.points - [3, 4], axis=1), 2.0, rtol=1e-6)
    assert circle.corners == ()
    ellipse = drawn(lambda space: space.add_ellipse((0, 0), (3, 0), 0.5))
    np.testing.assert_allclose(area(ellipse), 4.5 * np.pi, rtol=1e-5)
    angles = 2 * np.pi * np.arange(24) / 24
    wave = np.stack([np.cos(angles), np.sin(angles)], axis=1) * (1 + 0.1 * np.cos(3 * angles))[:, None]
    spline = drawn(lambda space: space.add_spline([*wave.tolist(), wave[0].tolist()]))
    np.testing.assert_allclose(area(spline), np.pi * (1 + 0.1**2 / 2), rtol=2e-3)


def test_lines_and_arcs_that_join_in_any_order_and_direction(drawn):
    def draw(space):
        space.add_line((1, 1), (-1, 1))
        space.add_arc((-1, 0), 1.0, 90, 270)
        space.add_arc((1, 0), 1.0, -90, 90)
        space.add_line((1, -1), (-1, -1))

    np.testing.assert_allclose(area(drawn(draw)), 4 + np.pi, rtol=1e-6)


def test_units(drawn):
    np.testing.assert_allclose(drawn(slot, unit=units.IN).bounds[2], 2 * 25.4, rtol=1e-4)
    np.testing.assert_allclose(drawn(slot, unit=0, said=10.0).bounds[2], 20.0, rtol=1e-4)
    for unit, said, words in ((0, None, "does not say"), (units.MM, 10.0, "units of 1 mm"), (units.KM, None, "mm large")):
        with pytest.raises(NoDrawnOutline, match=words):
            drawn(slot if unit != units.KM else lambda space: space.add_circle((0, 0), 3.0), unit=unit, said=said)


def test_fine_detail_gets_more_points(drawn):
    angles = 2 * np.pi * np.arange(720) / 720
    radii = 10 * (1 + 0.02 * np.cos(60 * angles))
    points = np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=1)
    outline = drawn(lambda space: space.add_spline([*points.tolist(), points[0].tolist()]))
    assert len(outline.points) > 400
    found = np.linalg.norm(outline.points, axis=1)
    np.testing.assert_allclose([found.min(), found.max()], [9.8, 10.2], atol=5e-3)


@pytest.mark.parametrize(
    ("draw", "layer", "words", "field"),
    [
        (lambda space: slot(space, layer="pores"), "holes", "no curves on a layer `holes`", "layer"),
        (lambda space: space.add_text("pore"), None, "no curves, only TEXT", "file"),
        (lambda space: space.add_lwpolyline([(0, 0), (2, 0), (2, 2)]), None, "open", "file"),
        (lambda space: (slot(space), space.add_circle((0, 0), 0.5)), None, "lies within another", "layer"),
        (lambda space: (slot(space), space.add_circle((3, 0), 1.5)), None, "cross or touch at", "layer"),
        (
            lambda space: (slot(space), space.add_lwpolyline([(-1, -1), (1, -1), (0, -3)], close=True)),
            None,
            "cross or touch",
            "layer",
        ),
        (lambda space: [space.add_line(*ends) for ends in BRANCHED], None, "3 curves meet at", "file"),
        (lambda space: space.add_lwpolyline([(0, 0), (2, 2), (2, 0), (0, 2)], close=True), None, "crosses itself", "file"),
        (lambda space: space.add_circle((0, 0, 1), 1.0), None, "plane z = 0", "file"),
    ],
)
def test_what_is_no_outline(drawn, draw, layer, words, field):
    with pytest.raises(NoDrawnOutline, match=words) as caught:
        drawn(draw, layer=layer)
    assert caught.value.field == field


def test_no_dxf(tmp_path):
    path = tmp_path / "pore.dxf"
    path.write_bytes(b"\x89PNG\r\n")
    with pytest.raises(NoDrawnOutline, match="no DXF"):
        read_outlines(path, None, None, None)
    with pytest.raises(FileNotFoundError):
        read_outlines(tmp_path / "other.dxf", None, None, None)


@pytest.mark.parametrize("draw", [slot, lambda space: space.add_lwpolyline([(-1, -1), (1, -1), (0, 1)], close=True)])
@pytest.mark.parametrize("number", ["nan", "1e400"])
def test_coordinates_that_are_no_numbers(draw, number, drawn, tmp_path):
    drawn(draw)
    text = (tmp_path / "drawn.dxf").read_text()
    (tmp_path / "bad.dxf").write_text(text.replace("\n-1.0\n", f"\n{number}\n"))
    with pytest.raises(NoDrawnOutline, match=r"no number|cannot be drawn"):
        read_outlines(tmp_path / "bad.dxf", None, None, None)


def test_pipes_are_refused_rather_than_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.dxf")
    with pytest.raises(OSError, match="a pipe or a device"):
        read_outlines(tmp_path / "pipe.dxf", None, None, None)


def test_several_outlines_and_blocks(tmp_path):
    document = ezdxf.filemanagement.new("R2000")
    document.units = units.MM
    block = document.blocks.new("hole")
    block.add_circle((0, 0), 1.0)
    space = document.modelspace()
    space.add_blockref("hole", (5, 0), dxfattribs={"xscale": 2, "yscale": 2})
    space.add_blockref("hole", (0, 0))
    for start, end in (((8, 8), (9, 8)), ((9, 8), (9, 9)), ((8, 8), (9, 9))):
        space.add_line(start, end)
    document.saveas(tmp_path / "net.dxf")
    found, _ = read_outlines(tmp_path / "net.dxf", None, None, None)
    assert sorted(area(each) for each in found) == pytest.approx([0.5, np.pi, 4 * np.pi], rel=1e-6)


def test_a_file_that_is_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr("metac.runtime.geometry.dxf.LARGEST_FILE", 10)
    (tmp_path / "large.dxf").write_bytes(b"0\n" * 100)
    with pytest.raises(NoDrawnOutline, match="more than 10 bytes"):
        read_outlines(tmp_path / "large.dxf", None, None, None)
