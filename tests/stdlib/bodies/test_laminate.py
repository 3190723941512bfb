"""Laminates: the effective stiffness in closed form at any angle, Voigt's and Reuss' bounds between grips, meshes, flows."""

from __future__ import annotations

from math import radians

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.compiler.interfaces.attainability import Facts
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.fem.mixed.mixed_law import MixedFunctions
from metac.runtime.grid.elasticity import turned
from metac.runtime.mesh.quality import area
from metac.stdlib.bodies.composition import laminate as judged
from metac.stdlib.bodies.deformed import Deformed
from tests.library import make
from tests.mechanics import LINEAR_ELASTIC, Material, lame
from tests.stdlib import made
from tests.stdlib.groups import flow_of

HARD, SOFT = (60.0, 0.25), (4.0, 0.4)
"""E (MPa) and ν."""
LAYERS = (1.0, 0.2, 0.8)


def elastic(E, nu):
    return Material(LINEAR_ELASTIC, lame(E, nu))


def in_plane_stress(E, nu):
    """The same law with the first parameter of plane stress: λ* = 2 λ μ / (λ + 2 μ)."""
    mu, lam = lame(E, nu)
    return Material(LINEAR_ELASTIC, (mu, 2 * lam * mu / (lam + 2 * mu)))


def cell(material=elastic, layers=LAYERS, **fields):
    materials = [material(*SOFT), material(*HARD), material(*SOFT)][: len(layers)]
    return make("body", "laminate_cell", **({"layers": layers, "materials": materials} | fields))


def sheet(E, nu, **fields):
    given = {"layers": (1.0, 3.0), "width": 8.0, "height": 8.0, "materials": [elastic(E[0], nu[0]), elastic(E[1], nu[1])]}
    return make("body", "laminate", **(given | fields))


def closed_form(laws, layers, angle):
    """Layers across y in closed form (Backus, J. Geophys. Res. 67, 1962), turned; `laws` are (C11, C12, C66) of each."""
    shares = np.array(layers) / sum(layers)
    c11, c12, c66 = (np.array(each) for each in zip(*laws, strict=True))
    across = 1 / (shares @ (1 / c11))
    coupled = across * (shares @ (c12 / c11))
    along = shares @ (c11 - c12**2 / c11) + coupled**2 / across
    shear = 1 / (shares @ (1 / c66))
    return np.asarray(turned(jnp.array([[along, coupled, 0], [coupled, across, 0], [0, 0, shear]]), -angle))


def plane_strain(E, nu):
    mu, lam = lame(E, nu)
    return 2 * mu + lam, lam, mu


def plane_stress(E, nu):
    return E / (1 - nu**2), nu * E / (1 - nu**2), E / (2 * (1 + nu))


@pytest.mark.parametrize(
    ("angle", "material", "law"),
    [
        (0.0, elastic, plane_strain),
        (30.0, in_plane_stress, plane_stress),
        (90.0, elastic, plane_strain),
        (117.0, elastic, plane_strain),
        (-12.0, elastic, plane_strain),
    ],
)
def test_the_effective_stiffness_is_that_of_the_closed_form(angle, material, law):
    body = cell(material, angle=radians(angle), order=1, across=1.0)
    found = made.homogenised(body).response.stiffness
    expected = closed_form([law(*SOFT), law(*HARD), law(*SOFT)], LAYERS, radians(angle))
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_elements_of_second_order_with_a_pressure_of_their_own():
    body = cell(angle=radians(30.0), element="mixed")
    assert isinstance(body.material.functions, MixedFunctions)
    found = made.homogenised(body).response.stiffness
    expected = closed_form([plane_strain(*SOFT), plane_strain(*HARD), plane_strain(*SOFT)], LAYERS, radians(30.0))
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("angle", [0.0, 90.0])
def test_between_grips_layers_share_the_strain_or_the_load(angle):
    """Voigt along the layers, whatever ν; Reuss across them where ν = 0."""
    body = sheet((60.0, 4.0), (0.0, 0.0), angle=radians(angle), order=1)
    along, across = ("x", "y") if angle == 0.0 else ("y", "x")
    pulled = {
        axis: float(made.nominal(made.tension(body, 1e-3, axis, increments=1, clamp="neither"))[-1] / 1e-3)
        for axis in (along, across)
    }
    assert pulled[along] == pytest.approx(0.25 * 60 + 0.75 * 4, rel=1e-9)
    assert pulled[across] == pytest.approx(1 / (0.25 / 60 + 0.75 / 4), rel=1e-9)


@pytest.mark.parametrize("angle", [0.0, 20.0, 45.0, 90.0, 135.0, -60.0])
def test_every_layer_has_its_share_of_the_sheet(angle):
    """Compared with where the layers are, sampled; the first begins at the lower left corner."""
    body = sheet((60.0, 4.0), (0.3, 0.3), angle=radians(angle), width=7.0, height=5.0)
    mesh, phases = body.mesh, body.material.phases
    middles = mesh.nodes[mesh.cells[:, :3]].mean(axis=1)
    heights = middles @ np.array([-np.sin(radians(angle)), np.cos(radians(angle))])
    np.testing.assert_array_equal(phases, (heights % 4.0 >= 1.0).astype(int))
    assert float(area(mesh, body.coordinates)) == pytest.approx(35.0, rel=1e-12)
    finer = body.fresh(2.0)
    assert len(finer.mesh.cells) > 2.5 * len(mesh.cells) and len(finer.material.phases) == len(finer.mesh.cells)


def test_a_flow_moves_interfaces_with_the_nodes_and_finer_meshes_alike():
    body, flow = cell(layers=(12.0, 8.0), size=4.0, order=1), flow_of("p4")
    by = flow.at(jax.tree.map(lambda each: 3 * each, flow.init(jax.random.key(0))))
    design = Deformed(body=body, by=by)
    assert np.abs(design.coordinates - body.coordinates).max() > 0.01
    finer = design.fresh(2.0)
    assert len(finer.mesh.cells) > 2.5 * len(body.mesh.cells)
    assert float(area(finer.mesh, finer.coordinates)) == pytest.approx(400.0, rel=1e-9)
    near = np.abs(finer.mesh.nodes[:, None] - body.mesh.nodes).sum(axis=2) < 1e-9
    here, there = np.nonzero(near)
    assert len(set(there)) > 10, "nodes on interfaces and sides are nodes of the finer mesh"
    np.testing.assert_allclose(finer.coordinates[here], design.coordinates[there], atol=1e-9)


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"layers": (), "materials": []}, "layers", "one layer at least"),
        ({"materials": [elastic(*SOFT)]}, "materials", "there are 3 layers, and 1 materials"),
        ({"angle": radians(0.5)}, "angle", "repeat only after 115 times"),
        ({"angle": radians(90.5)}, "angle", "repeat only after 115 times"),
    ],
    ids=["none", "materials", "nearly along x", "nearly along y"],
)
def test_what_makes_no_laminate(fields, field, words):
    with pytest.raises(FieldError) as told:
        cell(**fields)
    assert (told.value.code, told.value.field) == ("M0658", field) and words in told.value.message
    with pytest.raises(FieldError) as told:
        facts = {"layers": LAYERS, "materials": (None,) * 3, "angle": 0.0} | {
            name: tuple(None for _ in value) if name == "materials" else value for name, value in fields.items()
        }
        judged(Facts("period", "laminate_cell", facts, "periodic"), {})
    assert (told.value.code, told.value.field) == ("M0658", field)
