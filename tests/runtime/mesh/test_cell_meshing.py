"""Periods of a pattern: edges that match, whatever the lattice and wherever the pores are cut."""

import numpy as np
import pytest

from metac.runtime.geometry.outline import SAMPLES, Outline
from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.geometry.sheet import CrossingOutlines
from metac.runtime.mesh.cell_meshing import mesh_cell, repeated
from metac.runtime.mesh.quadratic_mesh import scaled_jacobians

ANGLES = np.arange(SAMPLES) * 2 * np.pi / SAMPLES
LATTICES = {
    "oblique": [[10.0, 0.0], [13.0, 9.0]],
    "leaning left": [[10.0, 0.0], [-4.0, 8.0]],
    "rectangular": [[10.0, 0.0], [0.0, 14.0]],
    "square": [[10.0, 0.0], [0.0, 10.0]],
    "hexagonal": [[10.0, 0.0], [-5.0, 5 * np.sqrt(3)]],
}


def circle(x, y, radius):
    return Outline(np.array([x, y]) + radius * np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1))


def area(mesh):
    """Of straight triangles, and of the parabolas that the middle nodes of quadratic ones make over their chords."""
    a, b, c = (mesh.nodes[mesh.cells[:, k]] for k in range(3))
    straight = doubled_areas(b - a, c - a).sum() / 2
    if mesh.order == 1:
        return straight
    p, q, m = (mesh.nodes[np.concatenate(list(mesh.facets.values()))[:, k]] for k in range(3))
    return straight - 2 / 3 * doubled_areas(q - p, m - p).sum()


def doubled_areas(first, second):
    return first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]


def check(mesh, constraints, vectors):
    """Every node is its master moved by a lattice translation; the elements around the torus close."""
    arms = constraints.length * constraints.arms
    np.testing.assert_allclose(mesh.nodes, mesh.nodes[constraints.masters][constraints.points] + arms, atol=1e-13)
    turns = arms @ np.linalg.inv(vectors)
    np.testing.assert_allclose(turns, np.round(turns), atol=1e-12)
    corners = constraints.points[mesh.cells[:, :3]]
    sides = np.stack([corners, np.roll(corners, -1, axis=1)], axis=2).reshape(-1, 2)
    pores = {tuple(pair) for pair in constraints.points[mesh.facets["pores"][:, :2]].tolist()}
    directed = [tuple(pair) for pair in sides.tolist()]
    for start, end in set(directed):
        assert directed.count((start, end)) == directed.count((end, start)) or (start, end) in pores
    assert scaled_jacobians(mesh.nodes, mesh.cells).min() > 0.3


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("lattice", LATTICES)
def test_edges_match(lattice, order):
    vectors = np.array(LATTICES[lattice])
    mesh, constraints = mesh_cell(vectors, [circle(1.0, 1.0, 3.0)], 1.5, order)
    check(mesh, constraints, vectors)
    solid = np.linalg.det(vectors) - 9 * np.pi
    assert area(mesh) == pytest.approx(solid, rel=2e-4 if order == 2 else 3e-2)
    assert mesh.domain.area == pytest.approx(np.linalg.det(vectors))


def test_pores_that_no_straight_line_avoids():
    """Circles on the middles of both edges, so large that lines along x or y always cut them."""
    vectors = np.array(LATTICES["square"])
    mesh, constraints = mesh_cell(vectors, [circle(5.0, 0.0, 3.2), circle(0.0, 5.0, 3.2)], 1.5, 2)
    check(mesh, constraints, vectors)
    assert area(mesh) == pytest.approx(100 - 2 * np.pi * 3.2**2, rel=2e-4)


def test_a_plane_without_pores():
    mesh, constraints = mesh_cell(np.array(LATTICES["oblique"]), [], 3.0, 2)
    check(mesh, constraints, np.array(LATTICES["oblique"]))
    assert area(mesh) == pytest.approx(90.0, rel=1e-12)


@pytest.mark.parametrize("lattice", ["oblique", "square", "hexagonal"])
def test_copies_make_one_larger_period(lattice):
    vectors, counts = np.array(LATTICES[lattice]), (2, 3)
    one, own = mesh_cell(vectors, [circle(1.0, 1.0, 3.0)], 2.0, 2)
    mesh, constraints = repeated(one, own, vectors, counts)
    check(mesh, constraints, vectors * np.array(counts)[:, None])
    assert area(mesh) == pytest.approx(6 * area(one), rel=1e-12)
    assert constraints.point_count - 2 == 6 * (own.point_count - 2)
    assert len(mesh.facets["pores"]) == 6 * len(one.facets["pores"])
    assert isinstance(mesh.domain, Rectangle) and mesh.domain.area == pytest.approx(6 * one.domain.area)


def test_what_cannot_be_meshed_is_refused():
    square = np.array(LATTICES["square"])
    with pytest.raises(CrossingOutlines):
        mesh_cell(square, [circle(0.0, 0.0, 5.1)], 1.0)
    with pytest.raises(ValueError, match="along x"):
        mesh_cell(square[::-1], [], 1.0)
