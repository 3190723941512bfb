"""Actions against closed forms: patch tests of tractions and pressure, resultants, prescribed displacements, reactions."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.compiler.interfaces.action import Loaded
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.geometry.rectangle import Rectangle
from metac.stdlib.actions.displaced import Displaced
from metac.stdlib.actions.point_force import PointForce
from metac.stdlib.actions.spread import EdgeForce, LineForce, Pressure, Traction
from metac.stdlib.boundaries.supported import Supported
from metac.stdlib.controls.applied import Applied
from metac.stdlib.loads.experiment import Experiment
from metac.stdlib.measures.at_places import Displacement, Reaction
from metac.stdlib.paths.increments import Increments
from metac.stdlib.paths.linear import Linear
from metac.stdlib.supports.held import HeldEdge, HeldPoint
from tests.mechanics import LINEAR_ELASTIC, Block, Material, quadrilaterals, rectangle, taylor_remainders

DOMAIN = Rectangle(0.0, 0.0, 4.0, 2.0)
E, NU, THICKNESS = 100.0, 0.3, 2.0
MU = E / (2 * (1 + NU))
PLANE_STRESS = Material(LINEAR_ELASTIC, (MU, E * NU / (1 - NU**2)))
SYMMETRY = (HeldEdge(edge="left", along="x"), HeldEdge(edge="bottom", along="y"))
NO_PLACE = {"at": None, "edge": None, "group": None}


def meshes():
    """Distorted, so that a wrong quadrature or sign shows."""
    return [make(4, 2, order, DOMAIN, distort=0.2) for make in (rectangle, quadrilaterals) for order in (1, 2)]


def block(mesh):
    return Block(mesh, PLANE_STRESS, thickness=THICKNESS)


def spread(kind, **fields):
    kept = {"acts": "dead"} if kind is Pressure else {}
    return kind(**{"edge": None, "group": None, "span": None, **kept, **fields})


def load(body, *actions, supports=SYMMETRY, path=None) -> Any:
    boundary, control = Supported(supports=supports), Applied(actions=actions)
    return Experiment(body=body, boundary=boundary, control=control, path=path or Linear())


@pytest.mark.parametrize("mesh", [meshes()[1], pytest.param(meshes()[2], marks=pytest.mark.slow)])
def test_patch_of_tractions_and_pressure(mesh):
    """σxx = 2, σyy = −1 MPa by a traction and a pressure: a linear field of displacements, whatever the elements."""
    pull, push = spread(Traction, edge="right", value=(2.0, 0.0)), spread(Pressure, edge="top", value=1.0)
    response = load(block(mesh), pull, push).response
    assert bool(response.status.ok)
    x, y = mesh.nodes.T
    exact = np.stack([(2.0 + NU) / E * x, (-1.0 - 2.0 * NU) / E * y], axis=1)
    np.testing.assert_allclose(response.displacement[0], exact, atol=1e-12)
    np.testing.assert_allclose(
        np.sum(response.reaction[0], axis=0), [-2.0 * 2.0 * THICKNESS, 1.0 * 4.0 * THICKNESS], rtol=1e-11
    )
    energy = (2.0**2 + 1.0 - 2 * NU * 2.0 * -1.0) / (2 * E) * DOMAIN.area * THICKNESS
    assert float(response.energy[0]) == pytest.approx(energy, rel=1e-11)
    assert float(response.compliance) == pytest.approx(2 * energy, rel=1e-11)


@pytest.mark.parametrize("mesh", meshes()[1::2])
def test_three_ways_to_say_the_same_force(mesh):
    """On a part of an edge, not of whole elements: force, resultant and moment."""
    body, span = Loaded(mesh, jnp.asarray(mesh.nodes), THICKNESS), (0.3, 2.9)
    length = span[1] - span[0]
    given = [
        spread(Traction, edge="top", value=(1.0, -3.0), span=span),
        spread(LineForce, edge="top", value=(THICKNESS, -3.0 * THICKNESS), span=span),
        spread(EdgeForce, edge="top", force=(length * THICKNESS, -3.0 * length * THICKNESS), span=span),
    ]
    first, *others = (each.nodal_forces(body) for each in given)
    for other in others:
        np.testing.assert_allclose(other, first, atol=1e-12)
    np.testing.assert_allclose(first.sum(axis=0), [length * THICKNESS, -3.0 * length * THICKNESS], rtol=1e-12)
    moment = jnp.sum(mesh.nodes[:, 0] * first[:, 1])
    assert float(moment) == pytest.approx(-3.0 * THICKNESS * (span[1] ** 2 - span[0] ** 2) / 2, rel=1e-12)


@pytest.mark.slow
def test_pressure_in_all_directions_compresses_evenly():
    mesh = rectangle(4, 2, 2, DOMAIN, distort=0.2)
    sides = [spread(Pressure, edge=edge, value=0.5) for edge in ("right", "top")]
    found = load(block(mesh), *sides).response.displacement[0]
    np.testing.assert_allclose(found, -0.5 * (1 - NU) / E * mesh.nodes, atol=1e-13)


def test_a_prescribed_displacement_and_its_reaction():
    """Simple tension by a displaced edge, small and along increments of a law for large strains."""
    for mesh in meshes()[1:2]:
        pulled = load(block(mesh), Displaced(**{**NO_PLACE, "edge": "right"}, x=0.08, y=None))
        place = {**NO_PLACE, "edge": "right"}
        assert float(Reaction(of=pulled, **place, along="x").value.ordinate[-1]) == pytest.approx(E * 0.02 * 2.0 * THICKNESS)
        top = {**NO_PLACE, "edge": "top"}
        assert float(Displacement(of=pulled, **top, along="y").value.ordinate[-1]) == pytest.approx(-NU * 0.02 * 2.0)
        assert float(pulled.response.compliance) == pytest.approx(E * 0.02**2 * DOMAIN.area * THICKNESS)
        # The reaction at the resting edge is the opposite one.
        rest = {**NO_PLACE, "edge": "left"}
        assert float(Reaction(of=pulled, **rest, along="x").value.ordinate[-1]) == pytest.approx(-E * 0.04 * THICKNESS)


@pytest.mark.slow
def test_large_strains_by_force_and_by_displacement_agree():
    """The reaction of a displaced point, applied as a force, gives the displacement again."""
    mesh = rectangle(4, 2, 2, DOMAIN)
    supports, at = (HeldEdge(edge="left", along="both"),), (4.0, 1.0)
    moved = load(
        Block(mesh), Displaced(**{**NO_PLACE, "at": at}, x=None, y=0.6), supports=supports, path=Increments(count=2)
    )
    place = {**NO_PLACE, "at": at, "along": "y"}
    force = float(Reaction(of=moved, **place).value.ordinate[-1])
    assert bool(moved.response.status.ok) and force > 0
    forced = load(Block(mesh), PointForce(at=at, force=(0.0, force)), supports=supports, path=Increments(count=2))
    assert float(Displacement(of=forced, **place).value.ordinate[-1]) == pytest.approx(0.6, rel=1e-8)
    assert float(moved.response.energy[-1]) == pytest.approx(float(forced.response.energy[-1]), rel=1e-8)


@pytest.mark.slow
def test_gradients_by_what_is_applied_and_by_the_places_of_nodes():
    mesh = rectangle(3, 2, 2, DOMAIN)
    mask = jnp.asarray(np.random.default_rng(1).uniform(-0.05, 0.05, mesh.nodes.shape))

    def measured(given):
        body = Block(mesh, PLANE_STRESS, coordinates=jnp.asarray(mesh.nodes) + given["shape"] * mask)
        actions = (
            spread(Pressure, edge="top", value=given["pressure"]),
            spread(EdgeForce, edge="right", force=(0.0, given["force"]), span=(0.25, 1.5)),
            Displaced(**{**NO_PLACE, "at": (4.0, 2.0)}, x=given["moved"], y=None),
            PointForce(at=(3.1, 1.9), force=(given["force"], 0.0)),
        )
        found = load(body, *actions, supports=(HeldEdge(edge="left", along="both"),))
        bent = Displacement(of=found, at=(3.7, 1.2), edge=None, group=None, along="y").value.ordinate[-1]
        mean = Displacement(of=found, at=None, edge="top", group=None, along="y").value.ordinate[-1]
        return (
            bent + 0.3 * mean + 0.01 * Reaction(of=found, at=(4.0, 2.0), edge=None, group=None, along="x").value.ordinate[-1]
        )

    at = {"pressure": 0.5, "force": 0.4, "moved": 0.1, "shape": 0.2}
    direction = {"pressure": 0.3, "force": -0.2, "moved": 0.2, "shape": 1.0}
    steps = np.array([0.02, 0.01, 0.005])
    remainders, slope, difference = taylor_remainders(measured, at, direction, steps)
    assert slope == pytest.approx(difference, rel=1e-6)
    slopes = np.diff(np.log(remainders)) / np.diff(np.log(steps))
    np.testing.assert_allclose(slopes, 2.0, atol=0.1)


HINGE = (HeldPoint(at=(0.0, 0.0), along="both"),)


@pytest.mark.parametrize(
    ("actions", "supports", "code", "told"),
    [
        ([{"at": (9.0, 0.0), "force": (1.0, 0.0)}], SYMMETRY, "M0601", "not at (9, 0) mm"),
        ([{"at": (0.0, 0.0), "force": (1.0, 0.0)}], SYMMETRY, "M0603", "(0, 0) mm does nothing"),
        ([{"at": (4.0, 0.0), "force": (1.0, 0.0)}], HINGE, "M0604", "move or turn"),
        ([{"edge": "left", "x": 1.0, "y": None}], SYMMETRY, "M0602", "along x is prescribed"),
        ([{"edge": "right", "x": 1.0, "y": None}, {"at": (4.0, 2.0), "x": 1.0, "y": None}], SYMMETRY, "M0602", "(4, 2) mm"),
        ([{"edge": "pores", "value": 1.0}], SYMMETRY, "M0601", "nothing at `pores`"),
        ([{"edge": "top", "value": 1.0, "span": (1.0, 5.0)}], SYMMETRY, "M0601", "goes from 0 to 4 mm"),
        ([{"group": "rim", "value": 1.0}], SYMMETRY, "M0567", "no named part `rim`"),
    ],
)
def test_what_cannot_be_applied(actions, supports, code, told):
    def made(fields):
        if "force" in fields:
            return PointForce(**fields)
        return Displaced(**{**NO_PLACE, **fields}) if "x" in fields else spread(Pressure, **fields)

    with pytest.raises(FieldError) as raised:
        load(block(rectangle(4, 2, 1, DOMAIN)), *map(made, actions), supports=supports).response  # noqa: B018
    assert raised.value.code == code and told in str(raised.value)


def test_a_place_without_support_has_no_reaction():
    found = load(block(rectangle(4, 2, 1, DOMAIN)), PointForce(at=(4.0, 2.0), force=(1.0, 0.0)))
    with pytest.raises(FieldError, match="no reaction"):
        Reaction(of=found, **{**NO_PLACE, "edge": "top"}, along="y").value  # noqa: B018


@pytest.mark.slow
def test_more_forces_are_their_sum():
    mesh = rectangle(4, 2, 2, DOMAIN)
    one, other = PointForce(at=(3.3, 0.7), force=(1.0, 2.0)), spread(Traction, edge="right", value=(0.1, 0.2))
    apart = [load(block(mesh), each).response.displacement for each in (one, other)]
    np.testing.assert_allclose(load(block(mesh), one, other).response.displacement, sum(apart), atol=1e-14)
    assert jax.tree.all(jax.tree.map(lambda leaf: jnp.isfinite(leaf).all(), apart))
