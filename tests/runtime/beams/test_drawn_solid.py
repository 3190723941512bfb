"""The drawing of a frame as a solid: a strut as in closed form, slender grids as beams, thick ones stiffer."""

import numpy as np
import pytest
import shapely

from metac.runtime.beams.drawn_solid import NotSolved, pull
from metac.runtime.geometry.rectangle import Rectangle

YOUNG, POISSON = 0.6, 0.3
SHEAR, LAME = YOUNG / 2 / (1 + POISSON), YOUNG * POISSON / (1 - POISSON**2)
UNIT = np.eye(2)
SYMMETRIC = np.einsum("ik,jl->ijkl", UNIT, UNIT) + np.einsum("il,jk->ijkl", UNIT, UNIT)
TANGENT = LAME * np.einsum("ij,kl->ijkl", UNIT, UNIT) + SHEAR * SYMMETRIC
"""Of plane stress."""
SIDE = 20.0


def bars(ends, width):
    return shapely.MultiPolygon([shapely.union_all(shapely.buffer(shapely.linestrings(ends), width / 2))])


def test_a_strut_has_the_modulus_of_its_area():
    """E t / W; 0.1 % more for the grips, which keep the ends from contracting. Its middle moves by half."""
    drawn = bars([[[0, 5], [SIDE, 5]]], 0.5)
    found = pull(drawn, Rectangle(0, 0, SIDE, 10), 0, 0.5, TANGENT, np.array([[SIDE / 2, 5.0], [SIDE / 2, 8.0]]))
    assert found.modulus == pytest.approx(YOUNG * 0.5 / 10, rel=3e-3) and found.modulus > YOUNG * 0.5 / 10
    assert found.displacement == pytest.approx(np.array([[SIDE / 2, 0], [0, 0]]), abs=1e-6)


@pytest.mark.parametrize(("width", "least", "most"), [(0.25, 1.0, 1.01), (2.0, 1.05, 1.15)])
def test_crossed_diagonals_are_stiffer_than_beams_the_thicker_the_more(width, least, most):
    """A square with both diagonals, joined in the middle, along y: E t / l as a truss, l the length of a diagonal."""
    drawn = bars([[[0, 0], [SIDE, SIDE]], [[0, SIDE], [SIDE, 0]]], width)
    found = pull(drawn, Rectangle(0, 0, SIDE, SIDE), 1, width, TANGENT, np.zeros((1, 2)))
    assert least < found.modulus / (YOUNG * width / (SIDE * np.sqrt(2))) < most


def test_a_drawing_that_is_too_fine_is_told_and_one_that_does_not_reach_is_soft():
    domain, nowhere = Rectangle(0, 0, SIDE, 10), np.zeros((0, 2))
    with pytest.raises(NotSolved, match="elements"):
        pull(bars([[[0, 5], [SIDE, 5]]], 2.0), domain, 0, 0.01, TANGENT, nowhere)
    assert pull(bars([[[0, 5], [SIDE / 2, 5]]], 0.5), domain, 0, 0.5, TANGENT, nowhere).modulus == 0
