"""Loads between grips: signs, both directions, fields that make no sense, and derivatives."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.load import Load
from metac.runtime.fem.status import raise_for
from metac.runtime.mesh.mesh import Mesh
from metac.stdlib.loads.uniaxial import Compression, Tension
from tests.mechanics import Block, Material, rectangle, taylor_remainders
from tests.stdlib.made import gripped, tension

MESH = rectangle(3, 3, 2, hole=True)


@pytest.mark.parametrize("kind", [Tension, Compression])
@pytest.mark.parametrize("along", ["x", "y"])
def test_grips_move_as_told_and_forces_balance(kind, along):
    load = gripped(kind, Block(MESH, thickness=2.0), 0.1, along, 2)
    assert isinstance(load, Load)
    response = load.response
    raise_for(response.status)
    axis = "xy".index(along)
    moved, clamped = (MESH.nodes_on(part) for part in (("right", "left") if along == "x" else ("top", "bottom")))
    assert np.asarray(response.strain) == pytest.approx(kind.sign * np.array([0.05, 0.1]))
    assert np.asarray(response.displacement[:, moved, axis]) == pytest.approx(
        np.asarray(response.strain)[:, None] + 0 * moved
    )
    assert not np.asarray(response.displacement[:, moved, 1 - axis]).any()
    assert not np.asarray(response.displacement[:, clamped]).any()
    # The moving grip pulls (pushes) outwards (inwards); all forces together vanish.
    assert (kind.sign * np.asarray(response.reaction[:, moved, axis]).sum(axis=1) > 0).all()
    assert np.asarray(response.reaction).sum(axis=1) == pytest.approx(0, abs=1e-9)
    others = np.setdiff1d(np.arange(len(MESH.nodes)), np.concatenate([moved, clamped]))
    assert not np.asarray(response.reaction[:, others]).any()


def test_work_done_is_energy_stored():
    """The force on the grip is the derivative of the energy with respect to its displacement."""
    block = Block(MESH, thickness=1.5)

    def energy(strain):
        return tension(block, strain, "y", 1).response.energy[-1]

    response = tension(block, 0.1, "y", 1).response
    force = response.reaction[-1, MESH.nodes_on("top"), 1].sum()
    assert float(jax.grad(energy)(0.1)) == pytest.approx(float(force), rel=1e-9)


def test_thickness_scales_forces_and_energy_only():
    thin, thick = (tension(Block(MESH, thickness=t), 0.1, "y", 1).response for t in (1.0, 3.0))
    assert np.asarray(thick.displacement) == pytest.approx(np.asarray(thin.displacement), abs=1e-14)
    assert np.asarray(thick.reaction) == pytest.approx(3 * np.asarray(thin.reaction), abs=1e-12)
    assert np.asarray(thick.energy) == pytest.approx(3 * np.asarray(thin.energy))


@pytest.mark.parametrize(
    ("kind", "fields", "name"),
    [
        (Tension, {"strain": 0.0}, "strain"),
        (Tension, {"strain": -0.1}, "strain"),
        (Tension, {"strain": float("nan")}, "strain"),
        (Tension, {"strain": float("inf")}, "strain"),
        (Compression, {"strain": 1.0}, "strain"),
        (Compression, {"strain": -0.1}, "strain"),
        (Tension, {"strain": 0.1, "along": "z"}, "along"),
        (Tension, {"strain": 0.1, "increments": 0}, "increments"),
    ],
)
def test_fields_that_make_no_sense(kind, fields, name):
    with pytest.raises(FieldError) as error:
        gripped(kind, Block(MESH), **fields)
    assert error.value.field == name


def test_a_body_without_an_edge_to_hold_it_by():
    mesh = Mesh(MESH.nodes, MESH.cells, {name: part for name, part in MESH.facets.items() if name != "top"}, MESH.domain)
    with pytest.raises(FieldError) as error:
        tension(Block(mesh), 0.1)
    assert error.value.field == "body"
    assert "top" in error.value.message


def test_loads_are_made_inside_traces():
    """As the program does it: objects made again in each trace, all values traced, one compilation for all values."""
    traces = []

    @jax.jit
    def stiffness(strain, coordinates, parameters, thickness):
        traces.append(1)
        load = tension(Block(MESH, Material(parameters=parameters), coordinates, thickness), strain, "y", 2)
        return load.response.energy[-1] / strain**2

    nodes = jnp.asarray(MESH.nodes)
    first = stiffness(0.01, nodes, (17.0, 100.0), 1.0)
    second = stiffness(0.02, nodes, (34.0, 200.0), 2.0)
    assert len(traces) == 1
    assert float(second) == pytest.approx(4 * float(first), rel=0.05)


DIRECTIONS = {
    "coordinates": 0.03 * np.random.default_rng(0).normal(size=MESH.nodes.shape),
    "parameters": tuple(np.array([2.0, 5.0])),
    "strain": np.array(0.5),
    "thickness": np.array(1.0),
}


@pytest.mark.parametrize(
    "name", ["coordinates", "parameters", *(pytest.param(each, marks=pytest.mark.slow) for each in ("strain", "thickness"))]
)
def test_taylor_through_reaction_and_energy(name):
    at = {
        "coordinates": jnp.asarray(MESH.nodes),
        "parameters": (jnp.array(17.0), jnp.array(100.0)),
        "strain": jnp.array(0.1),
        "thickness": jnp.array(1.3),
    }

    @jax.jit
    def loss(values):
        values = at | values
        block = Block(MESH, Material(parameters=values["parameters"]), values["coordinates"], values["thickness"])
        response = tension(block, values["strain"], "y", 2).response
        force = response.reaction[:, MESH.nodes_on("bottom"), 1].sum(axis=1)
        return jnp.sum((force + 1) ** 2) + response.energy[-1] ** 2

    steps = np.array([4e-3, 2e-3, 1e-3])
    remainders, slope, difference = taylor_remainders(lambda v: loss({name: v}), at[name], DIRECTIONS[name], steps)
    assert np.diff(np.log(remainders)) / np.diff(np.log(steps)) == pytest.approx(2.0, abs=0.05)
    assert slope == pytest.approx(difference, rel=1e-6)
