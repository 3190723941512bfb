"""Pores that a sheet's edge cuts are told, with how many stay whole, as shapely counts them."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from metac.compiler.interfaces.attainability import Facts
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.geometry.rectangle import Rectangle
from metac.stdlib.bodies.cut_pores import cut_pores
from metac.stdlib.shapes.tiled import Tiled
from metac.stdlib.symmetries.plane_group import PlaneGroup
from tests.library import constructor
from tests.stdlib.groups import group

Circle, Ellipse = constructor("shape", "circle"), constructor("shape", "ellipse")


def doubt_of(shape, cells, field="shape"):
    given_shape = (shape,) if field == "inclusions" else shape
    return cut_pores(Facts("sheet", "specimen", {"cells": cells}), {field: given_shape})


def tiled(name, at, radius=2.0, **fields):
    motif = Ellipse(radii=[radius, radius / 2], at=at, **fields) if fields else Circle(radius=radius, at=at)
    return Tiled(motif=motif, symmetry=group(name))


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(["p1", "p2", "p4", "p4mm", "p3", "p6", "cm"]),
    at=st.tuples(*[st.floats(0.0, 0.99)] * 2),
    cells=st.tuples(*[st.sampled_from([0.5, 1.0, 1.25, 2.0, 3.0])] * 2),
    angle=st.floats(0.1, 1.4),
)
def test_as_many_are_whole_as_shapely_finds(name, at, cells, angle):
    try:
        shape = tiled(name, at, 2.0, angle=angle)
        basis = shape.symmetry.basis
        sheet = Rectangle(0.0, 0.0, cells[0] * basis[0, 0], cells[1] * basis[1, 1])
        found = [pore.polygon for pore in shape.outlines(sheet)]
    except FieldError:
        assume(False)
        return
    region = box(sheet.x0, sheet.y0, sheet.x1, sheet.y1)
    # A pore that touches an edge is on either side of it by rounding.
    assume(all(abs(pore.boundary.distance(region.boundary)) > 1e-6 or pore.crosses(region.boundary) for pore in found))
    whole, asked = sum(map(region.contains, found)), cells[0] * cells[1] * len(shape.pores)
    cut = sum(0 < region.intersection(pore).area < pore.area * (1 - 1e-9) for pore in found)
    doubt = doubt_of(shape, cells)
    if whole >= asked - 1e-6 or not cut:
        assert doubt is None or not cut, "an outline may have bounds that reach over a corner, and not reach it itself"
    else:
        assert doubt is not None and doubt.code == "M0657" and doubt.field == "cells"
        assert f"leaves {whole} of {asked:g} pores whole" in doubt.message


@pytest.mark.parametrize("cells", [(2, 2), (1, 3), (3.5, 3.5), (7, 7)])
def test_where_none_is_cut_nothing_is_said(cells):
    assert doubt_of(tiled("p4", (0.25, 0.25), 4.0), cells) is None


@pytest.mark.parametrize(("x", "whole"), [(2.0, True), (1.999, False)])
def test_pores_that_touch_the_edge_are_whole(x, whole):
    symmetry = PlaneGroup(operations=["x,y"], basis=[[20.0, 0.0], [0.0, 20.0]], lattice="square")
    shape = Tiled(motif=Circle(radius=2.0, at=(x / 20, 0.5)), symmetry=symmetry)
    assert (doubt_of(shape, (2, 2)) is None) == whole


def test_whole_cells_are_counted_too():
    doubt = doubt_of(tiled("p6", (1 / 3, 2 / 3)), (2, 2), "inclusions")
    assert doubt is not None and "inclusions whole" in doubt.message
    assert doubt.notes == ("4 cells are asked for, and 2 of them are whole",)


@pytest.mark.parametrize(
    ("facts", "made"),
    [
        ({}, {}),
        ({"cells": (2, None)}, {}),
        ({"cells": (2, 2)}, {}),
        ({"cells": (0, -1)}, {}),
        ({"cells": (2, 2)}, {"shape": 3}),
    ],
)
def test_what_is_not_known_is_left_alone(facts, made):
    assert cut_pores(Facts("sheet", "specimen", facts), made) is None


def test_a_large_sheet_takes_no_time_of_its_own():
    shape = tiled("p6", (0.0, 0.0), 4.0)
    calls = 0

    def counted(frame, event, argument):
        nonlocal calls
        calls += event == "call"

    sys.setprofile(counted)
    try:
        doubt = doubt_of(shape, (1e4, 1e4))
    finally:
        sys.setprofile(None)
    assert doubt is not None and calls < 200_000, "by rows, not by pores"
    assert np.isfinite(float(doubt.message.split()[4]))
