import contextlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.geometry.rectangle import Rectangle
from metac.stdlib.shapes.placement import Placement
from metac.stdlib.shapes.tiled import Tiled
from tests.library import constructor
from tests.stdlib.groups import NAMES, group

Circle = constructor("shape", "circle")
Ellipse = constructor("shape", "ellipse")
Polygon = constructor("shape", "polygon")

MOTIF = Polygon(points=[[-0.5, -0.3], [0.6, -0.4], [0.2, 0.5]], at=[0.31, 0.13])
"""Without any symmetry of its own, in general position."""


def centres(outlines):
    return np.array([outline.points[list(outline.corners) or slice(None)].mean(axis=0) for outline in outlines])


@pytest.mark.parametrize("name", NAMES)
def test_one_pore_for_each_operation(name):
    shape = Tiled(motif=MOTIF, symmetry=group(name))
    assert len(shape.pores) == group(name).order
    np.testing.assert_allclose([pore.area for pore in shape.pores], MOTIF.outline.area, rtol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_the_pattern_is_invariant(name):
    shape, plane_group = Tiled(motif=MOTIF, symmetry=group(name)), group(name)
    near = np.concatenate([outline.points for outline in shape.outlines(Rectangle(-10, -10, 10, 10))])
    inner = near[np.linalg.norm(near, axis=1) < 8]
    everywhere = np.concatenate([outline.points for outline in shape.outlines(Rectangle(-80, -80, 80, 80))])
    from scipy.spatial import KDTree

    for image in plane_group.images(inner):
        assert KDTree(everywhere).query(image)[0].max() < 1e-10


@pytest.mark.parametrize(
    ("name", "at", "count"), [("p4", [0, 0], 1), ("p4", [0.5, 0], 2), ("p6", [1 / 3, 2 / 3], 2), ("p4mm", [0.2, 0], 4)]
)
def test_images_at_special_positions_are_one_pore(name, at, count):
    assert len(Tiled(motif=Circle(radius=1.0, at=at), symmetry=group(name)).pores) == count


def test_all_outlines_that_meet_a_rectangle_and_no_other():
    shape = Tiled(motif=Circle(radius=3.9, at=[0.25, 0.25]), symmetry=group("p4"))
    found = centres(shape.outlines(Rectangle(0, 0, 60, 60)))
    assert sorted(map(tuple, found.round(6).tolist())) == [(x, y) for x in range(5, 60, 10) for y in range(5, 60, 10)]
    assert len(shape.outlines(Rectangle(-3, 1000, 3, 1006))) == 2
    assert len(shape.outlines(Rectangle(9.1, 9.1, 10.9, 10.9))) == 0


def error(motif, name):
    with pytest.raises(FieldError) as caught:
        Tiled(motif=motif, symmetry=group(name))
    assert caught.value.field == "motif"
    return caught.value


def test_pore_larger_than_its_cell():
    found = error(Circle(radius=10.5, at=[0.25, 0.25]), "p1")
    assert found.code == "M0541" and "21 mm" in found.message and "20 mm" in found.message
    assert error(Circle(radius=500.0), "p1").code == "M0541"
    assert error(Ellipse(radii=[1.0, 13.5]), "pg").code == "M0541"


def test_overlapping_pores():
    found = error(Circle(radius=5.2, at=[0.25, 0.25]), "p4")
    assert found.code == "M0542" and "10 mm apart" in found.message and found.help is not None and "96.1 %" in found.help
    assert error(Circle(radius=5.0, at=[0.25, 0.25]), "p4").code == "M0542"
    Tiled(motif=Circle(radius=4.99, at=[0.25, 0.25]), symmetry=group("p4"))


def test_a_pore_without_the_symmetry_of_its_place():
    found = error(Ellipse(radii=[3.0, 1.0]), "p4")
    assert found.code == "M0542" and found.help is not None and "share their centre" in found.help


PLACES = st.tuples(st.floats(-1, 2), st.floats(-1, 2))


@settings(deadline=None)  # times vary on a busy machine
@given(st.sampled_from(NAMES), PLACES, st.floats(0.1, 12))
def test_circles_are_judged_by_their_distance_as_by_their_regions(name, at, radius):
    shape, placement = None, Placement(Circle(radius=radius, at=at), group(name))
    with contextlib.suppress(FieldError):
        shape = Tiled(motif=Circle(radius=radius, at=at), symmetry=group(name))
    try:
        placement.require_smaller_than_cell()
        placement.require_apart()
    except FieldError:
        assert shape is None
    else:
        assert shape is not None


def test_circles_that_are_apart_are_not_looked_at_closer(monkeypatch):
    monkeypatch.setattr(Placement, "require_apart", None)
    Tiled(motif=Circle(radius=4.99, at=[0.25, 0.25]), symmetry=group("p4"))
    with pytest.raises(TypeError):
        Tiled(motif=Circle(radius=5.01, at=[0.25, 0.25]), symmetry=group("p4"))
