"""Frames as files: read back by others, closed, with the areas and volumes of the drawing."""

import io
import xml.etree.ElementTree as ET
from collections import Counter

import numpy as np
import pytest
import shapely
from scipy.spatial import KDTree

from metac.runtime.beams.node_grid import NodeGrid
from metac.runtime.report.frame_export import DrawnFrame
from metac.runtime.report.outline_export import stl

GRID = NodeGrid(4, 4)
RANDOM = np.random.default_rng(3)
KEPT = np.sort(RANDOM.permutation(42)[:26])
DRAWN = DrawnFrame(GRID.positions(7.5), GRID.edges[KEPT], RANDOM.choice([0.6, 1.0], 26), 10.0, 0.6, 0.3, True)


@pytest.fixture(scope="module")
def files():
    return DRAWN.files()


def require_closed(drawn, solid):
    """Every edge belongs to two facets, one in each direction; no facet is without area; the volume is the drawing's."""
    triangles = np.frombuffer(solid[84:], [("numbers", "<f4", (4, 3)), ("attribute", "<u2")])["numbers"][:, 1:].astype(float)
    assert len(triangles) == int(np.frombuffer(solid[80:84], "<u4")[0])
    corners = [tuple(map(tuple, each)) for each in triangles.tolist()]
    sides = Counter((each[k], each[(k + 1) % 3]) for each in corners for k in range(3))
    assert all(count == 1 and sides[b, a] == 1 for (a, b), count in sides.items())
    normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    assert np.linalg.norm(normals, axis=1).min() > 0
    volume = np.einsum("ti,ti->", triangles[:, 0], np.cross(triangles[:, 1], triangles[:, 2])) / 6
    assert volume == pytest.approx(drawn.depth * drawn.outline().area, rel=1e-9)


def require_apart(outline):
    """No two points of an outline, neighbours or not, are nearer than 1e-6 mm."""
    points = shapely.get_coordinates([ring for part in outline.geoms for ring in (part.exterior, *part.interiors)])
    points = np.unique(points, axis=0)  # the first point of a ring is its last one too
    assert KDTree(points).query(points, k=2)[0][:, 1].min() >= 1e-6


def test_the_difference_from_the_model_is_the_joints_and_crossings():
    """A square with both diagonals: they cross in the middle, where the drawing has a node."""
    nodes = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]])
    edges = np.array([[0, 2], [1, 3], [0, 1]])
    found = DrawnFrame(nodes, edges, np.ones(3), 10.0, 0.6, 0.3, True).difference()
    assert found.crossings == (pytest.approx((5.0, 5.0)),)
    cross = DrawnFrame(nodes, edges[:2], np.ones(2), 10.0, 0.6, 0.3, True).difference()
    assert cross.overlap == pytest.approx(1 / (2 * 10 * np.sqrt(2)))  # one square of the width, of two beams
    alone = DrawnFrame(nodes, edges[:1], np.ones(1), 10.0, 0.6, 0.3, True).difference()
    assert alone.crossings == () and alone.overlap == pytest.approx(0, abs=1e-12)


def test_the_solid_is_closed_and_has_its_volume(files):
    require_closed(DRAWN, files[".stl"])
    require_apart(DRAWN.outline())


@pytest.mark.parametrize("seed", range(60))
def test_random_networks_give_closed_solids(seed):
    random = np.random.default_rng(seed)
    kept = np.sort(random.permutation(42)[: random.integers(16, 30)])
    nodes = GRID.positions(7.5)
    inner = GRID.numbers[1:-1, 1:-1].ravel()
    nodes[inner] += (seed % 2) * random.uniform(-2, 2, (4, 2))
    widths = np.ones(len(kept)) if seed % 3 else random.uniform(0.5, 1.5, len(kept))
    drawn = DrawnFrame(nodes, GRID.edges[kept], widths, 10.0, 0.6, 0.3, True)
    require_closed(drawn, stl(drawn.outline(), drawn.depth))
    require_apart(drawn.outline())


def test_a_square_of_four_beams_and_rings_that_would_touch_are_closed():
    square = np.array([[0.0, 0.0], [7.5, 0.0], [7.5, 7.5], [0.0, 7.5]])
    around = np.array([[0, 1], [1, 2], [2, 3], [3, 0]])
    drawn = DrawnFrame(square, around, np.ones(4), 10.0, 0.6, 0.3, True)
    require_closed(drawn, stl(drawn.outline(), drawn.depth))
    # Two parallel beams whose outlines touch along a line, and one whose round end touches another beam in a point.
    nodes = np.array([[0.0, 0.0], [8.0, 0.0], [0.0, 1.0], [8.0, 1.0], [4.0, 2.0], [4.0, 6.0]])
    drawn = DrawnFrame(nodes, np.array([[0, 1], [2, 3], [4, 5]]), np.ones(3), 10.0, 0.6, 0.3, True)
    require_closed(drawn, stl(drawn.outline(), drawn.depth))
    require_apart(drawn.outline())


def test_a_beam_that_passes_over_a_node_is_one_piece_with_it_in_the_drawing():
    nodes = np.array([[0.0, 0.0], [2.0, 0.0], [1.0, 0.0], [1.0, 2.0]])
    drawn = DrawnFrame(nodes, np.array([[0, 1], [2, 3]]), np.full(2, 0.1), 1.0, 1.0, 0.3, True)
    assert drawn.difference().crossings == (pytest.approx((1.0, 0.0)),)


def test_drawings_have_the_area_of_the_outline(files):
    path = ET.fromstring(files[".svg"])[0].attrib["d"]
    rings = [np.array([point.split(",") for point in part[:-1].split("L")], float) for part in path.split("M")[1:]]
    area = sum(0.5 * np.sum(np.roll(x, -1) * y - x * np.roll(y, -1)) for x, y in (ring.T for ring in rings))
    assert area == pytest.approx(DRAWN.outline().area, rel=1e-4)
    pairs = files[".dxf"].decode().split()
    polylines: list[list] = []
    for code, value in zip(pairs[::2], pairs[1::2], strict=True):
        if (code, value) == ("0", "POLYLINE"):
            polylines.append([])
        elif code in ("10", "20"):
            polylines[-1].append(float(value))
    drawn = sum(
        shapely.Polygon(np.reshape(each, (-1, 2))).area * sign
        for each, sign in zip(polylines, signs(polylines), strict=True)
    )
    assert drawn == pytest.approx(DRAWN.outline().area, rel=1e-6)


def signs(polylines):
    """Outer rings count, inner ones are taken off."""
    return [1 if shapely.LinearRing(np.reshape(each, (-1, 2))).is_ccw else -1 for each in polylines]


def test_tables_have_all_digits(files):
    nodes = np.loadtxt(io.BytesIO(files["-nodes.csv"]), delimiter=",", skiprows=1)
    np.testing.assert_array_equal(nodes[:, 0], np.arange(1, 17))
    beams = np.loadtxt(io.BytesIO(files["-beams.csv"]), delimiter=",", skiprows=1)
    np.testing.assert_array_equal(nodes[:, 1:], DRAWN.nodes)
    np.testing.assert_array_equal(beams[:, :3], np.column_stack([np.arange(1, 27), DRAWN.edges + 1]))
    np.testing.assert_array_equal(beams[:, 3], DRAWN.widths)
