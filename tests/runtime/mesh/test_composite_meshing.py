"""Sheets and periods with inclusions: areas, edges that are shared, inclusions that the edges cut."""

import numpy as np
import pytest

from metac.runtime.geometry.outline import closed_polygon
from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.geometry.sheet import DisconnectedSheet
from metac.runtime.mesh import cell_meshing
from metac.runtime.mesh.composite_meshing import Outlines, mesh_composite, mesh_composite_cell
from metac.runtime.mesh.mesh import Mesh
from metac.runtime.mesh.quality import area
from metac.runtime.mesh.triangle_edges import Edges
from metac.stdlib.shapes.motif import Circle

DOMAIN = Rectangle(0.0, 0.0, 20.0, 20.0)


def disc(x, y, radius):
    outline = Circle(radius=radius, at=(0.0, 0.0)).outline
    return type(outline)(outline.points + np.array([x, y]))


BLOCK = closed_polygon(np.array([[12.0, -2.0], [16.0, -2.0], [16.0, 3.0], [12.0, 3.0]]))
OUTLINES = Outlines((disc(13, 12, 3), disc(10, 20, 2)), ((disc(5, 5, 3), disc(0, 12, 2.5)), (disc(20, 20, 3), BLOCK)))
PORES = np.pi * (9 + 4 / 2)


def areas(mesh, phases, count):
    parts = [Mesh(mesh.nodes, mesh.cells[phases == phase], {}, mesh.domain) for phase in range(count)]
    return [float(area(part, mesh.nodes)) for part in parts]


@pytest.mark.parametrize("order", [1, 2])
def test_inclusions_fill_their_outlines(order):
    """One inside, one cut by an edge, one by a corner, and a polygon; pores inside and on the edge."""
    mesh, phases = mesh_composite(DOMAIN, OUTLINES, 1.0, order, across=2.0)
    filled = [np.pi * (9 + 2.5**2 / 2), np.pi * 9 / 4 + 12]
    expected = [400 - PORES - sum(filled), *filled]
    assert areas(mesh, phases, 3) == pytest.approx(expected, rel=1e-4 if order == 2 else 0.03)
    # One boundary: what is on one element only is on the sheet's edges or pores, and nodes are shared, not doubled.
    rim = Edges(mesh.cells).ends[Edges(mesh.cells).count == 1]
    facets = np.concatenate(list(mesh.facets.values()))[:, :2]
    assert {tuple(edge) for edge in np.sort(facets, axis=1)} == {tuple(edge) for edge in rim}
    assert len(np.unique(np.round(mesh.nodes, 9), axis=0)) == len(mesh.nodes)
    assert np.ptp(mesh.nodes[mesh.nodes_on("left")], axis=0) == pytest.approx([0, 20])


def test_the_interface_is_where_phases_meet():
    mesh, phases = mesh_composite(DOMAIN, OUTLINES, 1.0, 2, across=2.0)
    own, others = (np.unique(mesh.cells[phases == phase]) for phase in (0, 1))
    shared = mesh.nodes[np.intersect1d(own, others)]
    apart = np.minimum(abs(np.linalg.norm(shared - [5, 5], axis=1) - 3), abs(np.linalg.norm(shared - [0, 12], axis=1) - 2.5))
    assert len(shared) > 40 and apart.max() < 1e-6


@pytest.mark.parametrize("cut", [False, True])
@pytest.mark.parametrize("shift", [0.0, 3.0])
def test_a_period_has_images_though_its_edges_cut_inclusions(monkeypatch, cut, shift):
    if cut:
        monkeypatch.setattr(cell_meshing, "origins", lambda *_: [(0.0, 0.0)])
    vectors = np.array([[10.0, 0.0], [shift, 8.0]])
    outlines = Outlines((disc(5, 4, 1),), ((disc(0, 0, 2.0),), (disc(7.5, 6.5, 0.8),)))
    (mesh, phases), constraints = mesh_composite_cell(vectors, outlines, 1.0, 2, across=2.0)
    expected = [80 - np.pi * (1 + 4 + 0.64), np.pi * 4, np.pi * 0.64]
    assert areas(mesh, phases, 3) == pytest.approx(expected, rel=1e-3)
    assert len(mesh.facets["left"]) == len(mesh.facets["right"]) and constraints.point_count < len(mesh.nodes)
    moved = mesh.nodes - constraints.length * constraints.arms
    np.testing.assert_allclose(moved, mesh.nodes[constraints.masters][constraints.points], atol=1e-12)


def test_what_is_around_them_must_hold_together():
    stripe = closed_polygon(np.array([[-1.0, 8.0], [21.0, 8.0], [21.0, 12.0], [-1.0, 12.0]]))
    with pytest.raises(DisconnectedSheet):
        mesh_composite(DOMAIN, Outlines((), ((stripe,),)), 1.0, 1, across=2.0)
