"""Points in elements, and facets that look outwards."""

import numpy as np
import pytest

from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.mesh.facet_orientation import InnerFacet, outward
from metac.runtime.mesh.mesh import Mesh
from metac.runtime.mesh.point_location import Outside, locate
from tests.mechanics import box, quadrilaterals, rectangle

DOMAIN = Rectangle(0.0, 0.0, 3.0, 2.0)
MESHES = [
    *(rectangle(3, 2, order, DOMAIN, distort=0.2) for order in (1, 2)),
    *(quadrilaterals(3, 2, order, DOMAIN, distort=0.2) for order in (1, 2)),
]


@pytest.mark.parametrize("mesh", MESHES)
def test_shape_functions_give_the_place_again(mesh):
    for at in np.random.default_rng(0).uniform((0, 0), (3, 2), (5, 2)):
        nodes, weights = locate(mesh, at)
        assert weights.sum() == pytest.approx(1, abs=1e-12)
        np.testing.assert_allclose(weights @ mesh.nodes[nodes], at, atol=1e-12)


def test_a_curved_edge_decides_what_is_inside():
    plain = rectangle(1, 1, 2)
    nodes = plain.nodes.copy()
    middle = int(plain.facets["top"][0, 2])
    nodes[middle, 1] = 0.9
    bent = Mesh(nodes, plain.cells, plain.facets, plain.domain)
    assert locate(bent, np.array([0.5, 0.9])).weights.max() == pytest.approx(1)
    with pytest.raises(Outside, match="not at"):
        locate(bent, np.array([0.5, 0.95]))


def test_a_point_in_a_hole_or_beyond_is_outside():
    mesh = rectangle(3, 3, 1, hole=True)
    for at in ((0.5, 0.5), (1.1, 0.5), (-1.0, 0.0)):
        with pytest.raises(Outside):
            locate(mesh, np.array(at))


def test_in_space():
    mesh = box((2, 1, 1), 4)
    nodes, weights = locate(mesh, np.array([0.3, 0.6, 0.2]))
    np.testing.assert_allclose(weights @ mesh.nodes[nodes], [0.3, 0.6, 0.2], atol=1e-12)


@pytest.mark.parametrize("mesh", MESHES)
def test_the_body_is_to_the_left_of_its_edges(mesh):
    outside = {"left": (-1, 0), "right": (1, 0), "bottom": (0, -1), "top": (0, 1)}
    for part, normal in outside.items():
        for facets in (mesh.facets[part], mesh.facets[part][:, [1, 0, *range(2, mesh.facets[part].shape[1])]]):
            dx, dy = (mesh.nodes[outward(mesh, facets)[:, 1]] - mesh.nodes[outward(mesh, facets)[:, 0]]).T
            assert (np.stack([dy, -dx], axis=1) @ np.array(normal) > 0).all()


def test_an_edge_between_elements_has_no_outside():
    mesh = rectangle(1, 1, 1)
    with pytest.raises(InnerFacet):
        outward(mesh, np.array([[1, 2]]) if {1, 2} <= set(mesh.cells[0]) else np.array([[0, 3]]))
