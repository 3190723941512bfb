"""Pressure that follows deformed edges: a closed form, its stiffness, gradients, and where it has no potential."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.mesh.mesh import Mesh
from metac.stdlib.actions.spread import Pressure
from metac.stdlib.boundaries.supported import Supported
from metac.stdlib.controls.applied import Applied
from metac.stdlib.loads.experiment import Experiment
from metac.stdlib.measures.at_places import Reaction
from metac.stdlib.paths.increments import Increments
from metac.stdlib.paths.linear import Linear
from metac.stdlib.supports.held import HeldEdge
from tests.mechanics import Block, Material, quadrilaterals, rectangle, taylor_remainders

MU, LAM = Material().parameters
SYMMETRY = (HeldEdge(edge="left", along="x"), HeldEdge(edge="bottom", along="y"))
DOMAIN = Rectangle(0.0, 0.0, 4.0, 2.0)


def with_rim(mesh):
    """Its right and its upper edge are one named part."""
    return Mesh(
        mesh.nodes, mesh.cells, mesh.facets, mesh.domain, {"rim": np.concatenate([mesh.facets[e] for e in ("right", "top")])}
    )


def pressed(
    mesh,
    pressure,
    *,
    edge: str | None = None,
    group: str | None = "rim",
    acts="follower",
    coordinates=None,
    span=None,
    path=None,
) -> Any:
    action = Pressure(edge=edge, group=group, value=pressure, span=span, acts=acts)
    body = Block(mesh, coordinates=coordinates, thickness=2.0)
    boundary, control = Supported(supports=SYMMETRY), Applied(actions=(action,))
    return Experiment(body=body, boundary=boundary, control=control, path=path or Increments(count=2))


def pressure_at(stretch):
    """p = −P/λ, P = μ (λ − 1/λ) + 2 Λ ln λ / λ, of the neo-Hookean solid that is stretched evenly in its plane."""
    return -(MU * (stretch - 1 / stretch) + 2 * LAM * np.log(stretch) / stretch) / stretch


@pytest.mark.parametrize(
    "mesh",
    [
        with_rim(rectangle(4, 2, 2, DOMAIN, distort=0.2)),
        pytest.param(with_rim(quadrilaterals(4, 2, 1, DOMAIN, distort=0.2)), marks=pytest.mark.slow),
    ],
)
def test_an_even_state_is_the_closed_form(mesh):
    """Under a pressure that follows; a dead one of the same size would squeeze it further: its area does not shrink."""
    load = pressed(mesh, pressure_at(0.85))
    response = load.response
    assert bool(response.status.ok)
    np.testing.assert_allclose(response.displacement[-1], -0.15 * mesh.nodes, atol=1e-9)
    held = Reaction(of=load, at=None, edge="left", group=None, along="x").value.ordinate[-1]
    assert float(held) == pytest.approx(pressure_at(0.85) * 0.85 * 2.0 * 2.0, rel=1e-9)
    np.testing.assert_allclose(response.force[-1].sum(axis=0) + response.reaction[-1].sum(axis=0), 0.0, atol=1e-7)


@pytest.mark.slow
def test_its_stiffness_is_the_slope_of_its_forces_and_symmetric():
    test = pressed(with_rim(rectangle(2, 1, 2, DOMAIN)), 20.0).test
    problem, rng = test.problem, np.random.default_rng(0)
    shape = problem.geometry(test.body.coordinates)
    state = problem.join(jnp.asarray(rng.uniform(-0.05, 0.05, len(problem.assembly.free))), test.prescribed)
    slopes = jax.jacfwd(lambda u: problem.free(problem.internal_force(test.parameters, shape, u)))(state)
    wanted = np.asarray(slopes.reshape(len(problem.assembly.free), -1))[:, problem.assembly.free]
    np.testing.assert_allclose(wanted, wanted.T, atol=1e-10)
    matrix = problem.assembly.matrix
    columns = np.repeat(np.arange(matrix.size), np.diff(matrix.indptr))
    found = np.zeros_like(wanted)
    found[matrix.indices, columns] = np.asarray(problem.stiffness(test.parameters, shape, state))
    np.testing.assert_allclose(found + np.triu(found, 1).T, wanted, atol=1e-9)


@pytest.mark.slow
def test_gradients_by_the_pressure_and_the_places_of_nodes():
    mesh = with_rim(quadrilaterals(2, 2, 1, DOMAIN))
    mask = jnp.asarray(np.random.default_rng(1).uniform(-0.1, 0.1, mesh.nodes.shape))

    def measured(given):
        places = jnp.asarray(mesh.nodes) + given["shape"] * mask
        response = pressed(mesh, given["pressure"], coordinates=places, path=Increments(count=1)).response
        return jnp.sum(response.displacement[-1] * mask) + 0.1 * response.energy[-1]

    at, direction = {"pressure": 8.0, "shape": 0.3}, {"pressure": 2.0, "shape": 1.0}
    steps = np.array([0.04, 0.02, 0.01])
    remainders, slope, difference = taylor_remainders(measured, at, direction, steps)
    assert slope == pytest.approx(difference, rel=1e-6)
    np.testing.assert_allclose(np.diff(np.log(remainders)) / np.diff(np.log(steps)), 2.0, atol=0.15)


@pytest.mark.slow
def test_for_small_displacements_it_is_the_dead_one():
    mesh = with_rim(rectangle(2, 1, 1, DOMAIN))
    follower, dead = (pressed(mesh, 1.0, acts=acts, path=Linear()).response.displacement for acts in ("follower", "dead"))
    np.testing.assert_array_equal(follower, dead)


def test_an_edge_with_a_free_end_and_a_part_of_one_are_refused():
    mesh = with_rim(rectangle(2, 1, 1, DOMAIN))
    with pytest.raises(FieldError, match=r"ends at \(4, 2\) mm") as raised:
        pressed(mesh, 1.0, edge="top", group=None).response  # noqa: B018
    assert raised.value.code == "M0605"
    with pytest.raises(FieldError) as raised:
        pressed(mesh, 1.0, edge="top", group=None, span=(0.0, 2.0))
    assert raised.value.code == "M0605"
