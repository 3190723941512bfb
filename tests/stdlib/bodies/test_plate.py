import numpy as np
import pytest

from metac.compiler.interfaces.field_error import FieldError
from metac.stdlib.bodies.plate import Plate
from metac.stdlib.bodies.region import Region
from tests.library import constructor, make
from tests.stdlib.groups import group

Rectangle, Circle, Union, Moved = (constructor("shape", name) for name in ("rectangle", "circle", "union", "moved"))
Tiled = constructor("shape", "tiled")


def area(mesh):
    corners = mesh.nodes[mesh.cells[:, :3]]
    (x1, y1), (x2, y2) = (corners[:, 1] - corners[:, 0]).T, (corners[:, 2] - corners[:, 0]).T
    return 0.5 * float(np.sum(x1 * y2 - x2 * y1))


def plate(outline, *pores, size=1.0, order=2):
    return Plate.build(outline, pores, order, size, 2.0, "plain")


def bone():
    ends = [Moved(shape=Rectangle(width=12.0, height=6.0), by=[0.0, y]) for y in (-12.0, 12.0)]
    return Union(of=[Rectangle(width=6.0, height=28.0), *ends])


def test_a_rectangle_is_a_coupon():
    region, mesh = (built := plate(Rectangle(width=8.0, height=16.0))).region, built.mesh
    coupon = make("body", "coupon", width=8.0, height=16.0, material=None).mesh
    assert (region.domain.x0, region.domain.y1) == (-4, 8)
    assert area(mesh) == pytest.approx(128, rel=1e-12)
    assert {part: len(edges) for part, edges in mesh.facets.items()} == {
        part: len(edges) for part, edges in coupon.facets.items()
    }


def test_a_disc_has_no_sides():
    mesh = plate(Circle(radius=5.0), size=0.5).mesh
    assert [len(mesh.facets[side]) for side in ("left", "right", "bottom", "top")] == [0, 0, 0, 0]
    assert area(mesh) == pytest.approx(np.pi * 25, rel=5e-3)
    assert np.linalg.norm(mesh.nodes[mesh.facets["pores"].ravel()], axis=1) == pytest.approx(5.0, rel=1e-8)


def test_a_bone_has_sides_where_it_lies_on_the_rectangle_around_it():
    mesh = plate(bone()).mesh
    assert area(mesh) == pytest.approx(6 * 18 + 2 * 12 * 6, rel=1e-12)
    for side, axis, at, length in (("top", 1, 15, 12), ("bottom", 1, -15, 12), ("left", 0, -6, 12), ("right", 0, 6, 12)):
        ends = mesh.nodes[mesh.facets[side]]
        assert (ends[..., axis] == at).all()
        assert np.abs(ends[:, 0, 1 - axis] - ends[:, 1, 1 - axis]).sum() == pytest.approx(length, rel=1e-12)


def test_pores_are_cut_by_the_edge_as_by_that_of_a_specimen():
    pores = Tiled(motif=Circle(radius=4.0, at=[0.25, 0.25]), symmetry=group("p4"))
    outline = Moved(shape=Rectangle(width=30.0, height=30.0), by=[15.0, 15.0])
    built = plate(outline, pores, size=2.0)
    specimen = make("body", "specimen", shape=pores, cells=[1.5, 1.5], material=None, size=2.0)
    assert area(built.mesh) == pytest.approx(area(specimen.mesh), rel=1e-3)
    for side in ("left", "top"):
        assert len(built.mesh.facets[side]) == len(specimen.mesh.facets[side])


def test_pores_outside_are_left_out_and_moved_outlines_are_meshed_again():
    inside, outside = Moved(shape=Circle(radius=1.0), by=[1.0, 0.0]), Moved(shape=Circle(radius=1.0), by=[9.0, 0.0])
    region = plate(Circle(radius=5.0), inside, outside).region
    assert isinstance(region, Region) and len(region.outlines) == 1

    class Halved:
        def move(self, points, domain):
            return points * np.array([1.0, 0.5])

    moved = region.moved(Halved())
    assert area(moved.mesh()) == pytest.approx((25 - 1) * np.pi / 2, rel=2e-2)


@pytest.mark.parametrize(
    ("make_it", "field", "words"),
    [
        (lambda: plate(Tiled(motif=Circle(radius=1.0), symmetry=group("p4"))), "outline", "one closed outline"),
        (lambda: plate(Circle(radius=5.0, at=[0.5, 0.5])), "outline", "no cells"),
        (lambda: plate(Circle(radius=5.0), Circle(radius=1.0, at=[0.5, 0.5])), "pores", "no cells"),
        (lambda: plate(Circle(radius=5.0), Circle(radius=1.0), Circle(radius=2.0)), "pores", "run into each other"),
        (lambda: plate(Circle(radius=5.0), Rectangle(width=1.0, height=20.0)), "pores", "2 pieces"),
        (lambda: plate(Circle(radius=5.0), Circle(radius=6.0)), "pores", "no sheet of one piece"),
    ],
)
def test_what_is_no_plate(make_it, field, words):
    with pytest.raises(FieldError, match=words) as caught:
        make_it()
    assert (caught.value.field, caught.value.code) == (field, "M0530")
