"""Self-contact of outlines whose motion is prescribed, so that the increment of contact is known beforehand."""

import numpy as np
import pytest

from metac.runtime.fem.assembly.constraints import MultiPointConstraints
from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.grid.mesh import grid_constraints, grid_mesh
from metac.runtime.mesh.mesh import Mesh
from metac.runtime.mesh.self_contact import ContactKind, first_self_contact
from tests.mechanics import box, rectangle

ORDERS = pytest.mark.parametrize("order", [1, 2])
THIRD = 1 / 3
"""The hole is the middle one of nine squares."""


def moved(mesh, chosen, direction, lengths):
    """`[increment, node, 2]`: some nodes moved by given lengths."""
    return np.asarray(lengths)[:, None, None] * chosen[None, :, None] * np.asarray(direction, float)


def hole(order):
    mesh = rectangle(3, 3, order, hole=True)
    x, y = mesh.nodes.T
    return mesh, x, y


@ORDERS
def test_a_body_at_rest_and_any_affine_motion_touch_nothing(order):
    mesh, *_ = hole(order)
    gradient = np.array([[[-0.7, 0.4], [0.9, -0.5]], [[3.0, -2.0], [1.0, 0.0]]])
    displacement = np.einsum("kij,nj->kni", gradient, mesh.nodes)
    assert (np.linalg.det(np.eye(2) + gradient) * np.array([-1, 1]) > 0).all()
    assert first_self_contact(mesh, mesh.nodes, displacement[1:]) is None
    assert first_self_contact(mesh, mesh.nodes, 0 * displacement) is None
    # The other one reflects the body.
    found = first_self_contact(mesh, mesh.nodes, displacement)
    assert found is not None and found.kind is ContactKind.TURNED_OVER and found.increment == 1


@ORDERS
def test_a_hole_whose_lid_is_pushed_through_its_floor_is_turned_over(order):
    """The gap is 1/3 mm; nothing crosses, since the walls fold with the lid."""
    mesh, x, y = hole(order)
    lid = (np.abs(y - 2 * THIRD) < 1e-9) & (x > THIRD - 1e-9) & (x < 2 * THIRD + 1e-9)
    middles = (np.abs(y - 0.5) < 1e-9) & (np.abs(np.abs(x - 0.5) - 1 / 6) < 1e-9)
    lengths = [0.2, 0.33, 0.34, 0.5]
    displacement = moved(mesh, lid + 0.5 * middles, [0, -1], lengths)
    found = first_self_contact(mesh, mesh.nodes, displacement)
    assert found is not None
    assert (found.increment, found.increments, found.kind) == (3, 4, ContactKind.TURNED_OVER)
    assert found.place == pytest.approx((0.5, THIRD), abs=0.05)
    assert first_self_contact(mesh, mesh.nodes, displacement[:2]) is None


def test_a_bulging_edge_touches_where_its_parabola_says():
    """The middle node of a quadratic edge, moved by d, gives 4 s (1 − s) d: the floor is reached at d = 1/3, half-way."""
    mesh, x, y = hole(2)
    middle = (np.abs(x - 0.5) < 1e-9) & (np.abs(y - 2 * THIRD) < 1e-9)
    assert middle.sum() == 1
    found = first_self_contact(mesh, mesh.nodes, moved(mesh, middle, [0, -1], [0.1, 0.333, 0.334]))
    assert found is not None
    assert (found.increment, found.kind) == (3, ContactKind.CROSSING_ITSELF)
    assert found.place == pytest.approx((0.5, THIRD), abs=0.02)
    assert "increment 3 of 3" in found.message("push") and "an outline crosses itself at (0.5" in found.message("push")


def test_the_rim_pushed_into_a_hole_is_two_outlines():
    mesh, x, y = hole(1)
    corner = (np.abs(x - THIRD) < 1e-9) & (y > 1 - 1e-9)
    found = first_self_contact(mesh, mesh.nodes, moved(mesh, corner, [0.5, -1], [0.3, 0.32, 0.4]))
    assert found is not None
    # The node goes through the lid at a height of 2/3, when it has come down by 1/3.
    assert (found.increment, found.kind) == (3, ContactKind.CROSSING_ANOTHER)
    assert found.place[1] == pytest.approx(2 * THIRD, abs=1e-9)


def test_what_follows_a_failed_increment_is_not_looked_at():
    mesh, _, y = hole(1)
    displacement = moved(mesh, (y > 0.6) & (y < 0.7), [0, -1], [0.1, np.nan, 0.5])
    assert first_self_contact(mesh, mesh.nodes, displacement) is None


def cell() -> tuple[Mesh, MultiPointConstraints]:
    """A square cell of 10 mm with a square pore of 4 mm round its corners, so that its own outlines are open."""
    whole = rectangle(5, 5, 1, Rectangle(0.0, 0.0, 10.0, 10.0))
    corner = (np.abs(whole.nodes[whole.cells].mean(axis=1) - 5.0) > 3.0).all(axis=1)
    used, cells = np.unique(whole.cells[~corner], return_inverse=True)
    nodes = whole.nodes[used]
    _, first, points = np.unique(np.round(nodes % 10.0, 6), axis=0, return_index=True, return_inverse=True)
    arms = np.round((nodes - nodes[first[points.ravel()]]) / 10.0)
    return Mesh(nodes, cells.reshape(-1, 3), {}, whole.domain), MultiPointConstraints(points.ravel(), arms, 10.0)


def test_a_pore_is_followed_through_the_images_of_a_periodic_cell():
    mesh, constraints = cell()
    place = (mesh.nodes + 5.0) % 10.0 - 5.0  # from the centre of the nearest pore
    gradient = np.array([[-0.6, 0.3], [0.2, -0.4]])
    affine = mesh.nodes @ gradient.T
    assert first_self_contact(mesh, mesh.nodes, affine[None], constraints) is None
    # Squeezed along x within the cell: the pore's walls, 4 mm apart, meet when each has moved by 2 mm.
    rim = (np.abs(place).max(axis=1) < 2 + 1e-9)[:, None]
    squeeze = np.array([0.5, 0.98, 1.02])[:, None, None] * np.where(rim, -place * np.array([1.0, 0.0]), 0.0)
    for displacement in (squeeze, affine + squeeze @ (np.eye(2) + gradient).T):
        found = first_self_contact(mesh, mesh.nodes, displacement, constraints)
        assert found is not None
        assert (found.increment, found.kind) == (3, ContactKind.TURNED_OVER)


def test_contact_with_a_neighbouring_image_is_found():
    """The wall between two pores, 6 mm thick, pushed sideways by one of its points: into the next pore's image."""
    mesh, constraints = cell()
    place = (mesh.nodes + 5.0) % 10.0 - 5.0
    wall = np.flatnonzero((np.abs(place[:, 0] - 2.0) < 1e-9) & (np.abs(place[:, 1]) < 1.5))
    chosen = np.isin(constraints.points, constraints.points[wall[:1]])
    # From x = 2 to the pore's other wall at x = −2.
    displacement = moved(mesh, chosen, [-1, 0], [3.9, 4.1])
    found = first_self_contact(mesh, mesh.nodes, displacement, constraints)
    assert found is not None and found.increment == 2
    assert found.kind is ContactKind.CROSSING_ITSELF
    # And to the far side, through the 6 mm of the wall, into the pore of the next cell.
    across = first_self_contact(mesh, mesh.nodes, moved(mesh, chosen, [1, 0], [5.9, 6.1]), constraints)
    assert across is not None and (across.increment, across.kind) == (2, ContactKind.CROSSING_ANOTHER)


def test_bodies_in_space_are_refused():
    mesh = box((1, 1, 1), 8)
    with pytest.raises(ValueError, match="plane"):
        first_self_contact(mesh, mesh.nodes, np.zeros((1, 8, 3)))


@ORDERS
def test_pixels_are_looked_at_along_their_rim(order):
    """A bar of pixels that is bent to a ring overlaps itself beyond a full turn."""
    mesh = grid_mesh(2, 24, 24.0, 2.0, order)
    x, y = mesh.nodes.T
    turns = np.array([0.5, 0.9, 1.1])
    angle, radius = 2 * np.pi * turns[:, None] * x / 24, 24 / (2 * np.pi * turns[:, None]) + 1 - y
    bent = np.stack([radius * np.sin(angle), -radius * np.cos(angle)], axis=-1)
    found = first_self_contact(mesh, mesh.nodes, bent - mesh.nodes)
    assert found is not None and found.increment == 3 and found.kind is ContactKind.CROSSING_ITSELF
    assert first_self_contact(mesh, mesh.nodes, (bent - mesh.nodes)[:2]) is None
    # A period has no rim.
    assert first_self_contact(mesh, mesh.nodes, bent - mesh.nodes, grid_constraints(2, 24, 24.0, 2.0, order)) is None


@ORDERS
def test_solid_pixels_that_pass_each_other_are_found_although_the_rim_is_fine(order):
    """A slit of soft pixels, 1 mm high, in a period of 5 by 5: its lips pass each other at one end of the slit first."""
    mesh, constraints = grid_mesh(5, 5, 5.0, 5.0, order), grid_constraints(5, 5, 5.0, 5.0, order)
    solid = np.ones((5, 5), bool)
    solid[2, 1:4] = False
    x, y = mesh.nodes.T
    lid = ((np.abs(y - 3) < 1e-9) & (x > 1.5) & (x < 3.5)) * (x - 1.5)
    displacement = moved(mesh, lid, [0, -1], [0.6, 0.65, 0.7])
    found = first_self_contact(mesh, mesh.nodes, displacement, constraints, solid.ravel())
    assert found is not None
    assert (found.increment, found.kind) == (3, ContactKind.CROSSING_ITSELF)
    assert found.place[0] == pytest.approx(3, abs=0.3) and found.place[1] == pytest.approx(2)
    assert first_self_contact(mesh, mesh.nodes, displacement, constraints) is None
