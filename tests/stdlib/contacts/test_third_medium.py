"""Bodies whose pores are filled for contact: what is solid in them, what is refused, and slits that close."""

from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest

from metac.api.contact_check import self_contacts, simulated_contacts
from metac.api.loaded_states import LoadedStates
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.mesh.closed_gaps import closed_gaps
from metac.runtime.mesh.mesh import Mesh
from metac.runtime.mesh.quality import area
from metac.runtime.report.drawings import drawing_of
from metac.stdlib.bodies.deformed import Deformed
from metac.stdlib.contacts.third_medium import ThirdMedium
from metac.stdlib.measures.field_values import loaded_body
from metac.stdlib.measures.smallest_ligament import SmallestLigament
from metac.stdlib.measures.solid_volume import SolidVolume
from metac.stdlib.measures.volume_fraction import VolumeFraction
from metac.stdlib.shapes.tiled import Tiled
from metac.stdlib.symmetries.plane_group import PlaneGroup
from tests.library import constructor, make
from tests.mechanics import Material
from tests.stdlib import made
from tests.stdlib.groups import members
from tests.stdlib.materials.laws import material

Circle, Ellipse = constructor("shape", "circle"), constructor("shape", "ellipse")

CELL = 10.0
GROUP = PlaneGroup(operations=members("p2mm")[1], basis=[[CELL, 0.0], [0.0, CELL]], lattice="rectangular")
SLIT = Tiled(motif=Ellipse(radii=[0.3 * CELL, 0.04 * CELL], at=[0.5, 0.5]), symmetry=GROUP)
CUT = Tiled(motif=Circle(radius=0.3 * CELL, at=[0.0, 0.0]), symmetry=GROUP)
"""Pores on the corners: all edges of a sheet of one cell cut them."""
MEDIUM = ThirdMedium(softness=1e-6, regularisation=5.0)
SIZE = 0.3 * CELL


def sheet(shape=SLIT, contact=MEDIUM, **fields):
    return made.specimen(shape, [1.0, 1.0], Material(), size=SIZE, contact=contact, **fields)


@pytest.mark.parametrize("shape", [SLIT, CUT])
def test_the_solid_is_that_of_the_body_without_contact(shape):
    whole, plain = sheet(shape), sheet(shape, contact=None)
    solid = whole.solid_part().body
    assert float(area(whole.mesh, whole.coordinates)) == pytest.approx(whole.domain.area)
    assert float(area(solid.mesh, solid.coordinates)) == pytest.approx(float(area(plain.mesh, plain.coordinates)))
    fractions = [float(VolumeFraction(of=body).value) for body in (whole, plain)]
    assert fractions[0] == pytest.approx(fractions[1])
    for part in ("left", "right", "bottom", "top", "pores"):
        lengths = [edge_length(body.mesh, part) for body in (whole, plain)]
        assert lengths[0] == pytest.approx(lengths[1], abs=1e-9)


def edge_length(mesh, part):
    ends = mesh.nodes[mesh.facets[part][:, :2]]
    return np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1).sum()


def test_a_grip_holds_the_solid_alone():
    whole = sheet(CUT)
    held = whole.mesh.nodes[whole.mesh.nodes_on("bottom"), 0]
    assert held.min() > 0.29 * CELL and held.max() < 0.71 * CELL


def test_a_period_is_filled_too():
    period = made.cell(CUT, Material(), size=SIZE, contact=MEDIUM)
    assert float(area(period.mesh, period.coordinates)) == pytest.approx(period.domain.area)
    solid = period.solid_part().body
    assert float(area(solid.mesh, solid.coordinates)) == pytest.approx(CELL**2 * (1 - 0.09 * np.pi), rel=1e-3)
    plain = made.cell(CUT, Material(), size=SIZE)
    ligaments = [float(SmallestLigament(of=body).value) for body in (period, plain)]
    assert ligaments[0] == pytest.approx(ligaments[1], rel=1e-3) == pytest.approx(0.4 * CELL, rel=0.02)
    volumes = [float(SolidVolume(of=body, material=None).value) for body in (period, plain)]
    assert volumes[0] == pytest.approx(volumes[1], rel=1e-4)
    # Nodes of pores that the edges cut have images as well.
    rim = np.isclose(period.mesh.nodes[:, 0], period.mesh.domain.x1)
    assert np.bincount(period.constraints.points)[period.constraints.points[rim]].min() == 2


class Small(Material):
    """A law for small strains."""

    strain = "small"


@pytest.mark.parametrize(
    ("field", "fields"),
    [("order", {"order": 1}), ("shape", {"shape": made.Solid(GROUP)}), ("material", {"material": Small()})],
)
def test_what_cannot_be_in_contact_is_refused(field, fields):
    given = {"shape": SLIT, "cells": [1.0, 1.0], "material": Material(), "size": SIZE, "contact": MEDIUM}
    with pytest.raises(FieldError) as refused:
        made.specimen(**(given | fields))
    assert refused.value.code == "M0525" and refused.value.field == field


class Shift:
    """Nodes moved along x, more at the top."""

    def move(self, points, domain):
        del domain
        return points.at[:, 0].add(0.01 * points[:, 1])


def test_a_moved_body_and_a_finer_one_are_filled_like_the_first():
    body = sheet()
    moved = Deformed(body=body, by=Shift())
    assert moved.solid_part().cells == body.solid_part().cells
    assert moved.material.reach == pytest.approx(5 * np.sqrt(np.pi * 0.3 * 0.04) * CELL, rel=1e-3)
    again = moved.fresh(1.5)
    assert again.material.first == again.solid_part().cells > body.material.first
    assert again.material.reach == moved.material.reach
    assert again.second_order() is None


def test_files_and_drawings_show_the_solid_alone():
    body = sheet()
    solid = body.solid_part()
    drawn = drawing_of("sheet", "sheet", body)
    assert len(drawn.mesh.cells) == solid.cells and len(drawn.coordinates) == len(solid.nodes) < len(body.mesh.nodes)
    assert body.files_under({})[".inp"].count(b"\n") < 2 * len(body.mesh.nodes)


def test_stresses_and_stretches_are_read_in_the_solid_alone():
    body = sheet()
    rest = SimpleNamespace(abscissa=jnp.zeros(1), displacement=jnp.zeros((1, len(body.mesh.nodes), 2)))
    loaded = loaded_body(SimpleNamespace(body=body, response=rest))
    deformation = loaded.deformation(rest.displacement[0])
    assert deformation.shape[-1] == body.solid_part().cells == len(loaded.body.mesh.cells)


@pytest.fixture(scope="module")
def squeezed():
    """A slit that is closed by a tenth of the sheet's height: the body, its load's response."""
    body = sheet()
    load = made.compression(body, 0.1, increments=4)
    return body, load.response


def states(body, response):
    fields = {"displacement": np.asarray(response.displacement), "strain": np.asarray(response.strain)}
    return LoadedStates({"sheet": body}, {"push": "sheet"}, {"push": fields})


@pytest.mark.slow
def test_a_slit_that_closes_carries_load(squeezed):
    _, response = squeezed
    assert bool(response.status.ok) and bool(response.status.stable.all())
    slope = np.diff(np.asarray(response.mean_stress)[:, 1, 1], prepend=0.0) / np.diff(response.strain, prepend=0.0)
    # Closed, the sheet is nearly as stiff as one without a slit; before, a good deal softer.
    assert slope[-1] > 1.3 * slope[0]


@pytest.mark.slow
def test_walls_touch_and_do_not_pass_through_each_other(squeezed):
    body, response = squeezed
    found = simulated_contacts(states(body, response))["push"]
    assert found is not None and found.increment in (3, 4)
    assert abs(found.place[1] - CELL / 2) < 0.1 * CELL
    assert found.gap < 0.05 * 0.08 * CELL
    assert self_contacts(states(body, response)) == {"push": None}


@pytest.mark.slow
def test_lips_that_slide_and_press_are_followed_to_the_end():
    """On this mesh the medium's tangent has negative eigenvalues between one increment and the next."""
    cell = PlaneGroup(operations=members("p2mm")[1], basis=[[20.0, 0.0], [0.0, 20.0]], lattice="rectangular")
    slit = make("shape", "rectangle", width=13.0, height=1.0, fillet=0.49, at=[0.5, 0.5])
    rubber = material("neo_hookean { E = 5 MPa, nu = 0.4 }")
    body = made.cell(Tiled(motif=slit, symmetry=cell), rubber, size=1.4, contact=MEDIUM)
    response = make("load", "periodic_compression", body=body, strain=0.1, along="y", increments=10).response
    assert bool(response.status.ok) and bool(response.status.stable.all())
    assert np.asarray(response.status.cutbacks).max() == 0
    stress = -np.asarray(response.mean_stress)[:, 1, 1]
    assert stress[[7, 9]] == pytest.approx([0.3251, 0.4591], rel=1e-3)


@pytest.mark.slow
def test_energies_are_those_of_the_solid(squeezed):
    """The work of the grips is stored, but for what the medium takes."""
    _, response = squeezed
    strain, stress = np.abs(np.asarray(response.strain)), np.abs(np.asarray(response.mean_stress)[:, 1, 1])
    work = np.sum((stress + np.concatenate([[0.0], stress[:-1]])) / 2 * np.diff(strain, prepend=0.0)) * CELL**2
    assert float(response.energy[-1]) == pytest.approx(work, rel=0.03)


def test_gaps_that_stay_open_are_no_contact():
    corners = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    nodes = np.concatenate([corners, (corners + np.roll(corners, -1, axis=0)) / 2])
    mesh = Mesh(nodes, np.arange(6)[None], {}, body_domain())
    flat = np.zeros((2, 6, 2))
    flat[1, :, 1] = -0.99 * nodes[:, 1]
    assert closed_gaps(mesh, 0, nodes, flat[:1]) is None
    found = closed_gaps(mesh, 0, nodes, flat)
    assert found is not None and found.increment == 2 and found.gap == pytest.approx(0.01, rel=1e-3)


def body_domain():
    return sheet(contact=None).domain
