"""Frames as files: read back by others, closed, with the areas and volumes of the drawing."""

import io
import xml.etree.ElementTree as ET
from collections import Counter

import meshio
import numpy as np
import pytest
import shapely

from metac.runtime.beams.node_grid import NodeGrid
from metac.runtime.report.frame_export import DIVISIONS, DrawnFrame

GRID = NodeGrid(4, 4)
RANDOM = np.random.default_rng(3)
KEPT = np.sort(RANDOM.permutation(42)[:26])
DRAWN = DrawnFrame(GRID.positions(7.5), GRID.edges[KEPT], RANDOM.choice([0.6, 1.0], 26), 10.0, 0.6, 0.3)


@pytest.fixture(scope="module")
def files():
    return DRAWN.files()


def test_the_solid_is_closed_and_has_its_volume(files):
    triangles = np.frombuffer(files[".stl"][84:], [("numbers", "<f4", (4, 3)), ("attribute", "<u2")])["numbers"][:, 1:]
    assert len(triangles) == int(np.frombuffer(files[".stl"][80:84], "<u4")[0])
    corners = [tuple(map(tuple, each)) for each in triangles.tolist()]
    sides = Counter((each[k], each[(k + 1) % 3]) for each in corners for k in range(3))
    # Each side is there once in each direction: closed, and the outside is everywhere the same side.
    assert all(sides[b, a] == count for (a, b), count in sides.items())
    volume = np.einsum("ti,ti->", triangles[:, 0].astype(float), np.cross(triangles[:, 1], triangles[:, 2])) / 6
    assert volume == pytest.approx(10.0 * DRAWN.outline().area, rel=1e-5)


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
    beams = np.loadtxt(io.BytesIO(files["-beams.csv"]), delimiter=",", skiprows=1)
    np.testing.assert_array_equal(nodes[:, 1:], DRAWN.nodes)
    np.testing.assert_array_equal(beams[:, :2], DRAWN.edges)
    np.testing.assert_array_equal(beams[:, 2], DRAWN.widths)


def test_abaqus_input_is_read_by_others(files, tmp_path):
    (tmp_path / "frame.inp").write_bytes(files[".inp"])
    mesh = meshio.read(tmp_path / "frame.inp")
    lines = np.concatenate([block.data for block in mesh.cells])
    assert len(lines) == DIVISIONS * 26
    length = np.linalg.norm(np.diff(mesh.points[lines][..., :2], axis=1), axis=2).sum()
    assert length == pytest.approx(np.linalg.norm(np.diff(DRAWN.nodes[DRAWN.edges], axis=1), axis=2).sum(), rel=1e-9)
    assert {"LEFT", "RIGHT", "TOP", "BOTTOM"} <= set(mesh.point_sets)
    np.testing.assert_allclose(mesh.points[mesh.point_sets["RIGHT"], 0], 22.5)
