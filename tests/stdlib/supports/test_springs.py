"""Springs at bodies: closed forms, both ways of solving, large rotations, gradients, what cannot be."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.fem.attachments import Attachments, SpringAttachment
from metac.stdlib.actions.displaced import Displaced
from metac.stdlib.actions.point_force import PointForce
from metac.stdlib.boundaries.supported import Supported
from metac.stdlib.controls.applied import Applied
from metac.stdlib.loads.experiment import Experiment
from metac.stdlib.measures.at_places import Displacement, Reaction
from metac.stdlib.paths.increments import Increments
from metac.stdlib.paths.linear import Linear
from metac.stdlib.supports.held import HeldEdge, HeldPoint
from metac.stdlib.supports.held_region import HeldRegion
from metac.stdlib.supports.spring import Spring
from tests.mechanics import Block, quadrilaterals, taylor_remainders

MESH = quadrilaterals(2, 1, 1)
THICKNESS, FORCE = 2.0, 0.8
NO_PLACE = {"edge": None, "group": None}


def spring(at, stiffness, *, to=None, along=None):
    return Spring(at=at, to=to, along=along, stiffness=stiffness)


def load(*actions, supports, path=None) -> Any:
    body = Block(MESH, thickness=THICKNESS)
    boundary, control = Supported(supports=supports), Applied(actions=actions)
    return Experiment(body=body, boundary=boundary, control=control, path=path or Linear())


def moved(found, at, along):
    return Displacement(of=found, at=at, **NO_PLACE, along=along).value.ordinate[-1]


SLIDING = (HeldEdge(edge="bottom", along="y"), spring((0.0, 0.2), 2.0, along="x"), spring((0.0, 0.7), 3.0, along="x"))


@pytest.mark.parametrize("path", [Linear(), pytest.param(Increments(count=1), marks=pytest.mark.slow)])
def test_a_body_that_springs_alone_hold_along_x(path):
    """Forces balance, and the stored energy is that of a linear system; by one solve and by Newton's method."""
    found = load(PointForce(at=(1.0, 0.4), force=(FORCE, 0.0)), supports=SLIDING, path=path)
    assert bool(found.response.status.ok)
    held = [Reaction(of=found, at=at, **NO_PLACE, along="x").value.ordinate[-1] for at in ((0.0, 0.0), (0.0, 1.0))]
    assert float(sum(held)) == pytest.approx(-FORCE, rel=1e-9)
    ends = moved(found, (0.0, 0.2), "x"), moved(found, (0.0, 0.7), "x")
    assert 2.0 * ends[0] + 3.0 * ends[1] == pytest.approx(FORCE, rel=1e-9)
    if isinstance(path, Linear):
        assert float(found.response.energy[-1]) == pytest.approx(float(found.response.compliance) / 2, rel=1e-10)


@pytest.mark.slow
def test_a_spring_between_two_points_turns_with_them():
    """A stiff block whose upper edge is moved far: the spring from corner to corner pulls along the line between them."""
    actions = Displaced(at=None, edge="top", group=None, x=0.5, y=0.3)
    supports = (HeldEdge(edge="bottom", along="both"), spring((0.0, 0.0), 7.0, to=(1.0, 1.0)))
    with_spring = load(actions, supports=supports, path=Increments(count=2))
    without = load(actions, supports=supports[:1], path=Increments(count=2))
    line = np.array([1.5, 1.3])
    pull = 7.0 * (np.linalg.norm(line) - np.sqrt(2)) * line / np.linalg.norm(line)
    added = with_spring.response.reaction[-1] - without.response.reaction[-1]
    corner = int(np.argmin(np.linalg.norm(MESH.nodes - 1.0, axis=1)))
    np.testing.assert_allclose(added[corner], pull, rtol=1e-9)
    energy = with_spring.response.energy[-1] - without.response.energy[-1]
    assert float(energy) == pytest.approx(7.0 / 2 * (np.linalg.norm(line) - np.sqrt(2)) ** 2, rel=1e-9)


def test_forces_and_matrix_of_a_spring_are_derivatives_of_its_energy():
    both = Attachments((SpringAttachment(((0, 0.3), (1, 0.7)), ((2, 1.0),)), SpringAttachment(((3, 1.0),), axis=1)))
    rng = np.random.default_rng(0)
    places, field, way = (jnp.asarray(rng.uniform(-1, 1, (4, 2))) for _ in range(3))
    values, h = (jnp.asarray(2.0), jnp.asarray(0.5)), 1e-6
    slope = (both.energy(values, places, field + h * way) - both.energy(values, places, field - h * way)) / (2 * h)
    assert float(jnp.vdot(both.force(values, places, field), way)) == pytest.approx(float(slope), rel=1e-8)
    turn = both.force(values, places, field + h * way) - both.force(values, places, field - h * way)
    matrix = np.zeros((8, 8))
    number = np.arange(8)
    sources, keys = both.keys(number, 8, 2)
    np.add.at(matrix, (keys % 8, keys // 8), np.asarray(both.stiffness(values, places, field))[sources])
    matrix = matrix + np.triu(matrix, 1).T
    np.testing.assert_allclose(matrix @ np.asarray(way).ravel(), np.asarray(turn).ravel() / (2 * h), rtol=1e-7, atol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("path", [Linear(), pytest.param(Increments(count=2), marks=pytest.mark.slow)])
def test_gradients_by_stiffnesses_and_places(path):
    mask = jnp.asarray(np.random.default_rng(2).uniform(-0.2, 0.2, MESH.nodes.shape))

    def output(given):
        supports = (
            HeldEdge(edge="bottom", along="y"),
            spring((0.0, 0.2), given["ground"], along="x"),
            spring((0.0, 0.0), given["between"], to=(1.0, 0.9)),
        )
        body = Block(MESH, coordinates=jnp.asarray(MESH.nodes) + given["shape"] * mask, thickness=THICKNESS)
        control = Applied(actions=(PointForce(at=(1.0, 0.8), force=(FORCE, -0.3)),))
        return moved(
            Experiment(body=body, boundary=Supported(supports=supports), control=control, path=path), (0.8, 1.0), "x"
        )

    at = {"ground": 2.0, "between": 5.0, "shape": 0.1}
    steps = np.array([0.02, 0.01, 0.005])
    remainders, slope, difference = taylor_remainders(output, at, {"ground": 0.5, "between": 1.0, "shape": 0.5}, steps)
    assert slope == pytest.approx(difference, rel=1e-6)
    np.testing.assert_allclose(np.diff(np.log(remainders)) / np.diff(np.log(steps)), 2.0, atol=0.1)


def pushed(supports):
    return load(PointForce(at=(1.0, 0.0), force=(1.0, 0.0)), supports=supports)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: spring((0.0, 0.0), 1.0), "M0606"),
        (lambda: spring((0.0, 0.0), 1.0, to=(1.0, 0.0), along="x"), "M0606"),
        (lambda: spring((0.0, 0.0), 1.0, to=(0.0, 0.0)), "M0606"),
        (
            lambda: load(
                PointForce(at=(1.0, 0.0), force=(1.0, 0.0)), supports=(*SLIDING, spring((0.0, 0.0), 1.0, to=(3.0, 0.0)))
            ),
            "M0601",
        ),
        (
            lambda: load(
                PointForce(at=(1.0, 0.0), force=(1.0, 0.0)),
                supports=(HeldPoint(at=(0.0, 0.0), along="both"), spring((0.0, 0.0), 1.0, along="y")),
            ),
            "M0604",
        ),
        (
            lambda: load(
                PointForce(at=(1.0, 0.0), force=(1.0, 0.0)),
                supports=(HeldRegion(low=(0.1, 0.1), high=(0.2, 0.2), along="both"),),
            ),
            "M0601",
        ),
    ],
)
def test_what_cannot_be(make, code):
    with pytest.raises(FieldError) as raised:
        make()
    assert raised.value.code == code


def test_a_region_holds_the_nodes_in_it():
    region = HeldRegion(low=(0.0, 0.5), high=(0.5, 1.0), along="y")
    held = region.degrees(MESH)
    assert sorted(map(tuple, MESH.nodes[held // 2].tolist())) == [(0.0, 1.0), (0.5, 1.0)] and (held % 2 == 1).all()
