"""Ligaments and volumes of meshed bodies, against those of circles."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.mesh.inscribed_circles import smallest_inscribed_diameter
from metac.runtime.mesh.ligaments import outlines, smallest_ligament
from metac.runtime.mesh.mesh import Mesh
from metac.stdlib.bodies.phases import PhasedMaterial
from metac.stdlib.shapes.tiled import Tiled
from tests.library import constructor, make
from tests.mechanics import Block, Material, rectangle, taylor_remainders
from tests.stdlib import made
from tests.stdlib.groups import group

Circle = constructor("shape", "circle")
RADIUS = 3.0
CUT = Tiled(motif=Circle(radius=RADIUS, at=[0.0, 0.25]), symmetry=group("p4"))
"""Pores on the edges of the cell, whose centres are 5 √2 mm apart."""


@pytest.fixture(scope="module")
def period():
    return made.cell(CUT, Material(), size=1.5, order=1)


@pytest.fixture(scope="module")
def sheet():
    return made.specimen(CUT, (1, 1), Material(), size=1.5, order=1, thickness=2.0)


def value(name, body, **fields):
    return float(make("measure", name, of=body, **fields).value)


def test_pores_that_a_period_or_a_sheet_cuts_are_whole(period, sheet):
    for body in (period, sheet):
        # Chords of a circle lie inside of it: polygons are a little farther apart.
        assert 0 <= value("smallest_ligament", body) - (5 * np.sqrt(2) - 2 * RADIUS) < 0.06
    rim = outlines(period.mesh, period.constraints)
    assert rim.outline.max() == 3
    for pore in range(4):
        places = (np.asarray(period.mesh.nodes)[rim.nodes] + rim.shifts)[rim.outline == pore]
        assert np.ptp(places, axis=0) == pytest.approx([2 * RADIUS, 2 * RADIUS], rel=0.02)
    # Eight half pores and four edges.
    assert outlines(sheet.mesh, None).outline.max() == 11


def test_the_smallest_pore_is_the_largest_circle_in_it(period, sheet):
    # That in the polygon of chords, which lies inside.
    assert 0 <= 2 * RADIUS - value("smallest_pore", period) < 0.03 * 2 * RADIUS
    # The edges of the sheet cut all of its pores.
    assert value("smallest_pore", sheet) == np.inf


@pytest.mark.parametrize(
    ("shape", "fields", "diameter"),
    [
        ("ellipse", {"radii": [4.0, 1.5]}, 3.0),
        ("rectangle", {"width": 6.0, "height": 2.0, "fillet": 0.5}, 2.0),
        ("regular_polygon", {"sides": 6, "radius": 3.0}, 3 * np.sqrt(3)),
    ],
)
def test_pores_of_other_shapes(shape, fields, diameter):
    single = Tiled(motif=make("shape", shape, at=[0.5, 0.5], **fields), symmetry=group("p1"))
    body = made.cell(single, Material(), size=1.0, order=1)
    assert value("smallest_pore", body) == pytest.approx(diameter, rel=0.02)


@pytest.mark.slow
def test_one_pore_meets_its_own_image_or_the_edges():
    single = Tiled(motif=Circle(radius=2.0, at=[0.5, 0.5]), symmetry=group("p1"))
    body = made.cell(single, Material(), size=3.0, order=1)
    length = float(np.linalg.norm(np.asarray(group("p1").basis), axis=1).min())
    assert value("smallest_ligament", body) == pytest.approx(length - 4, abs=0.1)


def test_without_two_outlines_there_is_no_ligament():
    block = Block(rectangle(2, 2, 1))
    # Opposite edges of a block are outlines: the ligament is the block.
    assert value("smallest_ligament", block) == pytest.approx(1)
    rimless = Mesh(block.mesh.nodes, block.mesh.cells, {}, block.domain)
    assert float(smallest_ligament(rimless, None, block.coordinates)) == np.inf


def test_of_a_filled_body_the_solid_counts():
    solid, whole = Block(rectangle(2, 2, 1)), Block(rectangle(3, 3, 1, domain=Rectangle(0.0, 0.0, 4.0, 3.0)))
    for name in ("solid_volume", "smallest_ligament"):
        of_solid, of_whole = value(name, solid), value(name, whole)
        whole.solid_part = lambda: SimpleNamespace(body=solid)
        assert of_solid != of_whole and value(name, whole) == of_solid
        del whole.solid_part


def test_the_volume_of_pixels_is_their_share_of_the_box_times_its_thickness():
    box = Rectangle(0.0, 0.0, 4.0, 2.0)
    grey = SimpleNamespace(density=jnp.array([[0.25, 0.75]]), domain=box, thickness=3.0, material=Material())
    assert value("solid_volume", grey) == pytest.approx(12)


@pytest.mark.parametrize("size", [smallest_ligament, smallest_inscribed_diameter])
def test_taylor(period, size):
    random = np.random.default_rng(0)
    # Away from symmetry, where several places are the narrowest.
    at = jnp.asarray(period.mesh.nodes + 0.05 * random.normal(size=period.mesh.nodes.shape))
    direction = random.normal(size=at.shape)

    def loss(coordinates):
        return size(period.mesh, period.constraints, coordinates) ** 2

    steps = np.array([4e-5, 2e-5, 1e-5])
    remainders, slope, difference = taylor_remainders(loss, at, direction, steps)
    assert np.diff(np.log(remainders)) / np.diff(np.log(steps)) == pytest.approx(2.0, abs=0.05)
    assert slope == pytest.approx(difference, rel=1e-6)


def test_volumes(period, sheet):
    solid = 400 - 4 * np.pi * RADIUS**2
    assert value("solid_volume", period) == pytest.approx(solid, rel=0.01)
    assert value("solid_volume", sheet) == pytest.approx(2 * solid, rel=0.01)
    assert value("solid_volume", sheet, material=1) == value("solid_volume", sheet)
    density = jnp.array([[1.0, 0.5], [0.0, 0.5]])
    assert value("solid_volume", made.pixels(density, 4.0, (Material(), Material()))) == pytest.approx(8)
    with pytest.raises(FieldError, match="1 material"):
        value("solid_volume", sheet, material=2)


def test_one_material_of_several():
    mesh = rectangle(2, 2, 1)
    phases = np.array([0, 0, 0, 1, 1, 1, 1, 1], np.int32)
    several: Any = PhasedMaterial((Material(), Material(parameters=(1.0, 2.0))), phases)
    body = Block(mesh, several)
    assert value("solid_volume", body, material=1) == pytest.approx(3 / 8)
    assert value("solid_volume", body, material=2) == pytest.approx(5 / 8)
    assert value("solid_volume", body) == pytest.approx(1)
