import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metac.compiler.interfaces.field_error import FieldError
from tests.library import constructor

Circle = constructor("shape", "circle")
Ellipse = constructor("shape", "ellipse")
Polygon = constructor("shape", "polygon")
Overvelde = constructor("shape", "overvelde")


def test_circle():
    outline = Circle(radius=3.0).outline
    np.testing.assert_allclose(np.linalg.norm(outline.points, axis=1), 3.0, rtol=1e-14)
    assert outline.corners == ()


def test_ellipse_is_turned_by_its_angle():
    outline = Ellipse(radii=[4.0, 1.0], angle=np.pi / 2).outline
    np.testing.assert_allclose(outline.bounds, [-1, -4, 1, 4], atol=1e-3)
    np.testing.assert_allclose(outline.area, 4 * np.pi, rtol=1e-3)


def test_polygon_keeps_its_corners_and_has_points_between():
    corners = np.array([[0, 0], [0, 3], [4, 0]])  # clockwise: turned round
    outline = Polygon(points=corners.tolist()).outline
    assert {tuple(point) for point in outline.points[list(outline.corners)]} == {tuple(map(float, c)) for c in corners}
    np.testing.assert_allclose(outline.area, 6.0, rtol=1e-12)
    assert len(outline.points) > 100


@pytest.mark.parametrize(
    "motif",
    [
        Circle(radius=3.0),
        Ellipse(radii=[1.0, 2.0], angle=0.3),
        Polygon(points=[[0, 0], [4, 0], [0, 3]]),
        Overvelde(pitch=10.0, porosity=0.4, c1=0.2),
    ],
)
def test_a_circle_of_its_reach_holds_the_pore(motif):
    farthest = np.linalg.norm(motif.outline.points, axis=1).max()
    assert farthest <= motif.reach * (1 + 1e-12)
    assert motif.reach <= 1.001 * farthest


@given(st.floats(0.05, 0.45), st.floats(-0.2, 0.2), st.floats(-0.1, 0.1))
def test_pores_of_overveldes_family_have_the_porosity(porosity, c1, c2):
    pore = Overvelde(pitch=10.0, porosity=porosity, c1=c1, c2=c2)
    np.testing.assert_allclose(pore.outline.area, porosity * 100, rtol=5e-3)
    np.testing.assert_allclose(
        np.linalg.norm(pore.outline.points[0]), pore.mean_radius * (1 + c1 + c2), rtol=1e-12
    )  # at θ = 0


@pytest.mark.parametrize(
    ("made", "field", "code"),
    [
        (lambda: Circle(radius=0.0), "radius", "M0543"),
        (lambda: Circle(radius=float("nan")), "radius", "M0543"),
        (lambda: Circle(radius=1.0, at=[0.5]), "at", "M0546"),
        (lambda: Ellipse(radii=[1.0]), "radii", "M0543"),
        (lambda: Ellipse(radii=[1.0, -1.0]), "radii", "M0543"),
        (lambda: Polygon(points=[[0, 0], [1, 0]]), "points", "M0543"),
        (lambda: Polygon(points=[[0, 0], [1, 1], [1, 0], [0, 1]]), "points", "M0544"),
        (lambda: Polygon(points=[[0, 0], [1, 0], [1, 0], [0, 1]]), "points", "M0544"),
        (lambda: Polygon(points=[[0, 0], [1, 0], [2, 0]]), "points", "M0544"),
        (lambda: Overvelde(pitch=10.0, porosity=1.0), "porosity", "M0543"),
        (lambda: Overvelde(pitch=0.0), "pitch", "M0543"),
        (lambda: Overvelde(pitch=10.0, c1=1.2, porosity=0.1), "c1", "M0544"),
        (lambda: Overvelde(pitch=10.0, c2=-1.1, porosity=0.1), "c2", "M0544"),
        (lambda: Overvelde(pitch=10.0, porosity=0.79), "porosity", "M0545"),
        (lambda: Overvelde(pitch=10.0, porosity=0.75, ligament=0.5), "porosity", "M0545"),
    ],
)
def test_bad_values_are_named(made, field, code):
    with pytest.raises(FieldError) as caught:
        made()
    assert (caught.value.field, caught.value.code) == (field, code)


def test_the_largest_porosity_that_is_told_fits():
    with pytest.raises(FieldError) as caught:
        Overvelde(pitch=10.0, porosity=0.9)
    assert caught.value.help is not None and "0.785" in caught.value.help
    assert Overvelde(pitch=10.0, porosity=0.785).smallest_ligament > 0
