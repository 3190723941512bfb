import threading

import numpy as np
import pytest

from metac.runtime.geometry.outline import SAMPLES, Outline, closed_polygon
from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.geometry.sheet import CrossingOutlines, DisconnectedSheet
from metac.runtime.mesh import meshing
from metac.runtime.mesh.meshing import MeshingFailed, MissingSystemLibrary, mesh_region
from metac.runtime.mesh.quadratic_mesh import LEAST, scaled_jacobians

SHEET = Rectangle(-1.0, 2.0, 19.0, 12.0)


def circle(x, y, radius):
    angles = 2 * np.pi * np.arange(SAMPLES) / SAMPLES
    return Outline(radius * np.stack([np.cos(angles), np.sin(angles)], axis=1) + [x, y])


def area(mesh):
    """Of the straight triangles, plus the segments between chords and quadratic edges."""
    corners = mesh.nodes[mesh.cells[:, :3]]
    (x1, y1), (x2, y2) = (corners[:, 1] - corners[:, 0]).T, (corners[:, 2] - corners[:, 0]).T
    total = np.sum(x1 * y2 - x2 * y1) / 2
    if mesh.order == 2:
        for part in mesh.facets.values():
            a, b, middle = mesh.nodes[part].swapaxes(0, 1)
            bulge, chord = middle - (a + b) / 2, b - a
            total += 2 / 3 * np.sum(bulge[:, 0] * chord[:, 1] - bulge[:, 1] * chord[:, 0])
    return total


def length(mesh, part):
    a, b = mesh.nodes[mesh.facets[part][:, :2]].swapaxes(0, 1)
    return np.linalg.norm(b - a, axis=1).sum()


def check_conforming(mesh):
    """Edges belong to two triangles, or to one and a facet with the solid on its left; sides lie on their lines."""
    directed = {}
    for cell in mesh.cells:
        for side in range(3):
            key = (cell[side], cell[(side + 1) % 3])
            assert key not in directed, "triangles overlap or are clockwise"
            directed[key] = cell[3 + side] if mesh.order == 2 else None
    open_edges = {edge: middle for edge, middle in directed.items() if edge[::-1] not in directed}
    facets = [tuple(facet) for part in mesh.facets.values() for facet in part]
    assert sorted(open_edges) == sorted(facet[:2] for facet in facets)
    if mesh.order == 2:
        assert all(open_edges[facet[:2]] == facet[2] for facet in facets)
        assert all(directed[edge] == directed[edge[::-1]] for edge in directed if edge[::-1] in directed)
    assert set(mesh.cells.ravel()) == set(range(len(mesh.nodes)))
    lines = {"left": (0, SHEET.x0), "right": (0, SHEET.x1), "bottom": (1, SHEET.y0), "top": (1, SHEET.y1)}
    for part, (axis, line) in lines.items():
        assert np.all(mesh.nodes[mesh.nodes_on(part), axis] == line)


@pytest.mark.parametrize("order", [1, 2])
def test_pores_inside(order):
    pores = [circle(4, 7, 2.5), circle(12, 7, 2.0)]
    mesh = mesh_region(SHEET, pores, 1.0, order)
    check_conforming(mesh)
    assert mesh.order == order and scaled_jacobians(mesh.nodes, mesh.cells).min() > 0.3
    exact = SHEET.area - np.pi * (2.5**2 + 2.0**2)
    np.testing.assert_allclose(area(mesh), exact, rtol=2e-4 if order == 2 else 2e-2)
    nodes = mesh.nodes[mesh.nodes_on("pores")]
    radii = np.minimum(
        np.abs(np.linalg.norm(nodes - [4, 7], axis=1) - 2.5), np.abs(np.linalg.norm(nodes - [12, 7], axis=1) - 2.0)
    )
    assert radii.max() < 1e-8, "corner and middle nodes lie on the circles"


@pytest.mark.parametrize("order", [1, 2])
def test_pores_cut_by_edges_and_corners(order):
    pores = [circle(-1, 7, 2.0), circle(19, 12, 3.0), circle(9, 1.0, 2.0), circle(9, 7, 2.0), circle(50, 50, 1.0)]
    mesh = mesh_region(SHEET, pores, 1.0, order)
    check_conforming(mesh)
    assert length(mesh, "left") == pytest.approx(10 - 4)
    assert length(mesh, "top") == pytest.approx(20 - 3)
    assert length(mesh, "bottom") == pytest.approx(20 - 2 * np.sqrt(3))
    segment = 4 * np.arccos(-0.5) - np.sqrt(3) * -1.0
    exact = 200 - 2 * np.pi - 9 * np.pi / 4 - 4 * np.pi - (4 * np.pi - segment)
    np.testing.assert_allclose(area(mesh), exact, rtol=3e-4 if order == 2 else 2e-2)


def test_polygons_keep_their_corners():
    corners = np.array([[3.0, 5.0], [8.0, 5.5], [6.0, 10.0]])
    mesh = mesh_region(SHEET, [closed_polygon(corners)], 1.0, 2)
    check_conforming(mesh)
    for corner in corners:
        assert np.any(np.all(mesh.nodes == corner, axis=1))
    np.testing.assert_allclose(area(mesh), 200 - closed_polygon(corners).area, rtol=1e-12)


def test_a_polygon_with_a_side_on_the_edge():
    notch = closed_polygon(np.array([[5.0, 2.0], [8.0, 2.0], [8.0, 4.0], [5.0, 4.0]]))
    mesh = mesh_region(SHEET, [notch], 1.0, 1)
    check_conforming(mesh)
    assert length(mesh, "bottom") == pytest.approx(17) and area(mesh) == pytest.approx(194)


def test_no_pores():
    mesh = mesh_region(SHEET, [], 2.0, 2)
    check_conforming(mesh)
    assert area(mesh) == pytest.approx(200) and len(mesh.facets["pores"]) == 0


def test_sizes():
    coarse, fine = (mesh_region(SHEET, [circle(9, 7, 3.0)], size, 1) for size in (1.0, 0.5))
    assert 3.2 < len(fine.cells) / len(coarse.cells) < 4.8
    refined = mesh_region(SHEET, [circle(9, 7, 3.0)], 1.0, 1, refinement=2.0)
    assert len(refined.cells) == pytest.approx(len(fine.cells), rel=0.05)


def test_thin_ligaments_get_smaller_elements():
    pores = [circle(6, 7, 2.9), circle(12, 7, 2.9)]

    def edges_across(across):
        mesh = mesh_region(SHEET, pores, 1.0, 1, across=across)
        check_conforming(mesh)
        a, b = mesh.nodes[mesh.facets["pores"]].swapaxes(0, 1)
        near = np.linalg.norm((a + b) / 2 - [9, 7], axis=1) < 0.25
        return np.linalg.norm(b - a, axis=1)[near].max()

    assert edges_across(1.0) < 0.3
    assert edges_across(2.0) < 0.15


def test_the_same_arguments_give_the_same_mesh():
    pores = [circle(4, 7, 2.5), circle(19, 7, 2.0)]
    first, second = mesh_region(SHEET, pores, 1.0, 2), mesh_region(SHEET, pores, 1.0, 2)
    np.testing.assert_array_equal(first.nodes, second.nodes)
    np.testing.assert_array_equal(first.cells, second.cells)


def test_works_off_the_main_thread_and_says_nothing(capfd):
    found = []
    thread = threading.Thread(target=lambda: found.append(mesh_region(SHEET, [circle(4, 7, 2.5)], 1.0, 2)))
    thread.start()
    thread.join()
    assert len(found) == 1
    assert capfd.readouterr() == ("", "")


def test_crossing_outlines():
    with pytest.raises(CrossingOutlines) as caught:
        mesh_region(SHEET, [circle(4, 7, 2.5), circle(8, 7, 2.0)], 1.0)
    assert caught.value.place[0] == pytest.approx(6.3, abs=0.3)
    eight = Outline(np.array([[3.0, 4.0], [8.0, 9.0], [8.0, 4.0], [3.0, 9.5]]), corners=(0, 1, 2, 3))
    with pytest.raises(CrossingOutlines, match="crosses itself"):
        mesh_region(SHEET, [eight], 1.0)


def test_disconnected_sheet():
    with pytest.raises(DisconnectedSheet) as caught:
        mesh_region(SHEET, [circle(9, 7, 5.5)], 1.0)
    assert len(caught.value.pieces) == 2
    with pytest.raises(DisconnectedSheet, match="nothing"):
        mesh_region(SHEET, [circle(9, 7, 50.0)], 1.0)


@pytest.mark.parametrize(("size", "order"), [(0.0, 2), (np.nan, 2), (1.0, 3)])
def test_arguments_out_of_range(size, order):
    with pytest.raises(ValueError, match=r"positive|order"):
        mesh_region(SHEET, [], size, order)


def test_missing_library_names_what_to_install(monkeypatch):
    class Unloadable:
        def find_spec(self, name, path=None, target=None):
            if name == "gmsh":
                raise OSError("libGLU.so.1: cannot open shared object file: No such file or directory")

    import sys

    monkeypatch.delitem(sys.modules, "gmsh", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Unloadable(), *sys.meta_path])
    with pytest.raises(MissingSystemLibrary) as caught:
        mesh_region(SHEET, [], 2.0)
    assert "libGLU.so.1" in caught.value.message
    assert caught.value.remedy.startswith("apt-get install -y --no-install-recommends libglu1-mesa")


def test_failures_of_gmsh_are_typed(monkeypatch):
    def fail(*_):
        raise Exception("Could not recover boundary mesh")

    monkeypatch.setattr(meshing, "_fill", fail)
    with pytest.raises(MeshingFailed, match="Could not recover"):
        mesh_region(SHEET, [], 2.0)


def test_scaled_jacobians():
    nodes = np.array([[0, 0], [1, 0], [0.5, np.sqrt(3) / 2], [0.5, 0], [0.75, np.sqrt(3) / 4], [0.25, np.sqrt(3) / 4]])

    def quality(nodes):
        return scaled_jacobians(nodes, np.arange(6)[None])[0]

    assert quality(nodes) == pytest.approx(1)
    bent = nodes.copy()
    bent[3, 1] = 0.5  # the middle of an edge pushed through the element: corners are fine, the inside is not
    assert quality(bent) < 0


def test_edges_that_would_turn_a_triangle_inside_out_are_straightened():
    """A coarse sheet with a sliver between two pores: its triangles are as wide as the pores' edges bulge."""
    pores = [circle(5.95, 7.0, 3.0), circle(12.05, 7.0, 3.0)]
    coarse = mesh_region(SHEET, pores, 6.0, 2, across=0.05)
    assert scaled_jacobians(coarse.nodes, coarse.cells).min() >= LEAST
    a, b, middle = coarse.nodes[coarse.facets["pores"]].swapaxes(0, 1)
    bulge = np.linalg.norm(middle - (a + b) / 2, axis=1)
    radius = np.linalg.norm(middle - np.where(middle[:, :1] < 9.0, [5.95, 7.0], [12.05, 7.0]), axis=1)
    assert np.ptp(radius) > 1e-3 and np.isclose(radius, 3.0).any() and (bulge > 0).any()


def test_curved_edges_elsewhere_stay_on_the_curve():
    mesh = mesh_region(SHEET, [circle(9.0, 7.0, 3.0)], 2.0, 2)
    middle = mesh.nodes[mesh.facets["pores"][:, 2]]
    assert np.linalg.norm(middle - [9.0, 7.0], axis=1) == pytest.approx(3.0, abs=1e-3)
