import numpy as np
import pytest

from metac.compiler.interfaces.field_error import FieldError
from tests.library import constructor
from tests.stdlib.groups import group

Circle, Tiled = constructor("shape", "circle"), constructor("shape", "tiled")
Drawing = constructor("shape", "drawing")
RegularPolygon, Star, Rectangle = (constructor("shape", name) for name in ("regular_polygon", "star", "rectangle"))
Moved, Union, Intersection, Difference, Offset = (
    constructor("shape", name) for name in ("moved", "union", "intersection", "difference", "offset")
)


def test_hexagon():
    outline = RegularPolygon(sides=6, radius=2.0, angle=0.1).outline
    np.testing.assert_allclose(outline.area, 1.5 * np.sqrt(3) * 4, rtol=1e-12)
    assert len(outline.corners) == 6
    np.testing.assert_allclose(outline.points[0], [2 * np.cos(0.1), 2 * np.sin(0.1)])


def test_star():
    outline = Star(points=5, outer=2.0, inner=1.0).outline
    np.testing.assert_allclose(outline.area, 5 * 2 * 1 * np.sin(np.pi / 5), rtol=1e-12)
    assert len(outline.corners) == 10


def test_rectangle_with_fillets():
    pore = Rectangle(width=4.0, height=2.0, fillet=0.5, angle=0.3)
    np.testing.assert_allclose(pore.outline.area, 8 - (4 - np.pi) * 0.25, rtol=1e-4)
    inside = np.abs(pore.outline.points @ [[np.cos(0.3), -np.sin(0.3)], [np.sin(0.3), np.cos(0.3)]])
    np.testing.assert_allclose(inside.max(axis=0), [2, 1], rtol=1e-12)
    assert Rectangle(width=4.0, height=2.0).outline.area == pytest.approx(8.0, rel=1e-12)


def test_a_slot_that_is_turned():
    slot = Union(of=[Circle(radius=1.0), Moved(shape=Circle(radius=1.0), by=[1.5, 0.0])])
    turned = Moved(shape=slot, angle=np.pi / 2, by=[0.5, 0.0])
    np.testing.assert_allclose(turned.parts[0].bounds, [-0.5, -1, 1.5, 2.5], atol=1e-3)
    np.testing.assert_allclose(turned.parts[0].area, slot.outline.area, rtol=1e-12)
    assert np.linalg.norm(turned.parts[0].points, axis=1).max() <= turned.reach


@pytest.mark.parametrize(
    ("made", "field", "code"),
    [
        (lambda: RegularPolygon(sides=6, radius=-1.0), "radius", "M0543"),
        (lambda: Star(points=5, outer=1.0, inner=1.0), "inner", "M0543"),
        (lambda: Rectangle(width=2.0, height=1.0, fillet=0.5), "fillet", "M0543"),
        (lambda: Rectangle(width=2.0, height=0.0), "height", "M0543"),
        (lambda: Moved(shape=Circle(radius=1.0), by=[1.0]), "by", "M0543"),
        (lambda: Moved(shape=Circle(radius=1.0, at=[0.5, 0.0])), "shape", "M0555"),
        (lambda: Union(of=[Circle(radius=1.0)]), "of", "M0555"),
        (lambda: Union(of=[Circle(radius=1.0), Moved(shape=Circle(radius=1.0), by=[3.0, 0.0])]), "of", "M0555"),
        (lambda: Difference(of=[Circle(radius=2.0), Circle(radius=1.0)]), "of", "M0555"),
        (lambda: Intersection(of=[Circle(radius=1.0), Circle(radius=1.0, at=[0.5, 0.5])]), "of", "M0555"),
        (lambda: Offset(of=Circle(radius=1.0), by=-1.0), "by", "M0555"),
        (lambda: Offset(of=Circle(radius=1.0), by=0.0), "by", "M0543"),
    ],
)
def test_bad_values_are_named(made, field, code):
    with pytest.raises(FieldError) as caught:
        made()
    assert (caught.value.field, caught.value.code) == (field, code)


def test_a_drawing_stands_around_its_middle_or_the_point_that_is_named(tmp_path):
    from ezdxf import units
    from ezdxf.filemanagement import new

    document = new("R2000")
    document.units = units.CM
    document.modelspace().add_circle((3, 4), 0.2)
    document.saveas(tmp_path / "pore.dxf")
    file = str(tmp_path / "pore.dxf")
    np.testing.assert_allclose(np.linalg.norm(Drawing(file=file).parts[0].points, axis=1), 2.0, rtol=1e-4)
    np.testing.assert_allclose(Drawing(file=file, around=[30.0, 30.0]).parts[0].points.mean(axis=0), [0, 10], atol=1e-3)
    with pytest.raises(FieldError) as caught:
        Drawing(file=file, around=[1.0])
    assert (caught.value.field, caught.value.code) == ("around", "M0543")


FOUR = """<svg xmlns="http://www.w3.org/2000/svg" width="20mm" height="20mm" viewBox="0 0 10 10">
<circle cx="2.5" cy="2.5" r="1"/><circle cx="7.5" cy="2.5" r="1"/>
<circle cx="7.5" cy="7.5" r="1"/><circle cx="2.5" cy="7.5" r="1"/>
</svg>"""


def test_several_pores_of_a_drawing_keep_their_places(tmp_path):
    (tmp_path / "four.svg").write_text(FOUR.replace('cx="2.5" cy="2.5"', 'cx="2" cy="-1"'))
    drawn = Drawing(file=str(tmp_path / "four.svg"), around=[0.0, 20.0])
    centres = [pore.polygon.centroid.coords[0] for pore in Tiled(motif=drawn, symmetry=group("pm")).pores]
    assert len(centres) == 6, "two of the four are mirror images of each other"
    for place in ([4, 22], [16, 22], [5, 15], [15, 15], [5, 5], [15, 5]):
        assert np.linalg.norm(np.array(centres) - place, axis=1).min() < 1e-2


def test_pores_of_a_drawing_that_are_images_of_each_other_are_counted_once(tmp_path):
    (tmp_path / "four.svg").write_text(FOUR)
    drawn = Drawing(file=str(tmp_path / "four.svg"), around=[0.0, 20.0])
    assert len(Tiled(motif=drawn, symmetry=group("p4")).pores) == 4
    beside = Drawing(file=str(tmp_path / "four.svg"), around=[0.4, 20.0])
    with pytest.raises(FieldError) as caught:
        Tiled(motif=beside, symmetry=group("p4"))
    assert caught.value.code == "M0542"


def test_several_pores_are_moved_together_but_not_combined(tmp_path):
    (tmp_path / "four.svg").write_text(FOUR)
    drawn = Drawing(file=str(tmp_path / "four.svg"))
    moved = Moved(shape=drawn, by=[1.0, 0.0], angle=np.pi / 2)
    assert len(moved.parts) == 4
    assert moved.reach == pytest.approx(np.hypot(6, 5) + 2, rel=1e-2)
    with pytest.raises(FieldError, match="single pores, and this one has 4") as caught:
        Union(of=[Circle(radius=1.0), drawn])
    assert (caught.value.field, caught.value.code) == ("of", "M0555")
