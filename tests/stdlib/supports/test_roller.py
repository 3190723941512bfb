"""Rollers at an angle: the same body turned as a whole, a closed form on all sorts of bodies, gradients, what cannot be."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.mesh.mesh import Mesh
from metac.stdlib.actions.displaced import Displaced
from metac.stdlib.actions.point_force import PointForce
from metac.stdlib.actions.spread import Pressure, Traction
from metac.stdlib.boundaries.supported import Supported
from metac.stdlib.controls.applied import Applied
from metac.stdlib.loads.applied import applied_loads
from metac.stdlib.loads.experiment import Experiment
from metac.stdlib.loads.holding import held_by
from metac.stdlib.measures.at_places import Displacement, Reaction
from metac.stdlib.paths.arc_length import ArcLength
from metac.stdlib.paths.increments import Increments
from metac.stdlib.paths.linear import Linear
from metac.stdlib.supports.held import HeldEdge, HeldPoint
from metac.stdlib.supports.roller import Roller
from metac.stdlib.supports.spring import Spring
from tests.library import constructor
from tests.mechanics import LINEAR_ELASTIC, Block, Material, lame, quadrilaterals, rectangle, taylor_remainders
from tests.stdlib.bodies.test_frame_experiments import GRID, SPACING, frame, random_widths
from tests.stdlib.made import pixels

ANGLE = 0.6
TURN = np.array([[np.cos(ANGLE), -np.sin(ANGLE)], [np.sin(ANGLE), np.cos(ANGLE)]])
DOMAIN = Rectangle(0.0, 0.0, 4.0, 2.0)
PLATE = rectangle(4, 2, 2, DOMAIN, distort=0.2)
NO_PLACE: dict[str, Any] = {"at": None, "edge": None, "group": None, "line": None}
metal = constructor("material", "j2")


def roller(*, angle: Any = None, normal: Any = None, turns: str = "free", **place: Any) -> Roller:
    return Roller(**{**NO_PLACE, **place}, angle=angle, normal=normal, turns=turns)


def turned(mesh):
    nodes = mesh.nodes @ TURN.T
    low, high = nodes.min(axis=0), nodes.max(axis=0)
    return Mesh(nodes, mesh.cells, mesh.facets, Rectangle(*low, *high))


def plate(turn, mesh=PLATE, path=None, acts="dead", stiffness=3.0) -> Any:
    """On two planes of symmetry, pulled askew at its right edge, pressed on its top, and tied by a spring."""
    spin = TURN if turn else np.eye(2)
    if turn:
        supports = roller(edge="left", normal=tuple(TURN[:, 0])), roller(edge="bottom", angle=ANGLE)
    else:
        supports = HeldEdge(edge="left", along="x"), HeldEdge(edge="bottom", along="y")
    ends = (tuple(spin @ place) for place in ([4.0, 0.0], [0.0, 2.0]))
    spring = Spring(at=next(ends), to=next(ends), along=None, stiffness=stiffness)
    pull = Traction(edge="right", group=None, value=tuple(spin @ [8.0, 1.5]), span=None)
    press = Pressure(edge="top", group=None, value=4.0, span=None, acts=acts)
    body = Block(turned(mesh) if turn else mesh, thickness=2.0)
    boundary, control = Supported(supports=(*supports, spring)), Applied(actions=(pull, press))
    return Experiment(body=body, boundary=boundary, control=control, path=path or Linear())


PATHS = [
    Linear(),
    pytest.param(Increments(count=2), marks=pytest.mark.slow),
    pytest.param(ArcLength(travel=0.2, count=2), marks=pytest.mark.slow),
]


@pytest.mark.parametrize("path", PATHS)
def test_a_plate_that_is_turned_with_all_that_acts_on_it_does_the_same(path):
    straight, askew = plate(False, path=path).response, plate(True, path=path).response
    assert bool(straight.status.ok) and bool(askew.status.ok)
    np.testing.assert_allclose(askew.displacement, straight.displacement @ TURN.T, atol=1e-8)
    np.testing.assert_allclose(askew.reaction, straight.reaction @ TURN.T, atol=1e-6)
    np.testing.assert_allclose(askew.energy, straight.energy, rtol=1e-8)
    assert float(askew.compliance) == pytest.approx(float(straight.compliance), rel=1e-8)
    if not isinstance(path, Linear):
        assert float(abs(straight.displacement).max()) > 0.2  # large enough for small displacements to be wrong


@pytest.mark.slow
def test_so_does_one_under_a_pressure_that_follows():
    """Its edge ends on the two planes, where the body slides askew."""
    follows = [plate(turn, path=Increments(count=2), acts="follower", mesh=_closed(PLATE)) for turn in (False, True)]
    straight, askew = (each.response for each in follows)
    assert bool(straight.status.ok) and bool(askew.status.ok)
    np.testing.assert_allclose(askew.displacement, straight.displacement @ TURN.T, atol=1e-8)


def _closed(mesh):
    """Its right and its upper edge are one: pressed by a follower, it ends on the two planes of symmetry."""
    rim = np.concatenate([mesh.facets[edge] for edge in ("right", "top")])
    return Mesh(mesh.nodes, mesh.cells, {**mesh.facets, "top": rim}, mesh.domain)


def on_a_slope(body, path, at) -> Any:
    """The lower edge slides on a slope, held by a spring along x alone, and is pushed up it at the same point."""
    supports = roller(edge="bottom", angle=ANGLE), Spring(at=at, to=None, along="x", stiffness=0.7)
    control = Applied(actions=(PointForce(at=at, force=(0.05, 0.02)),))
    return Experiment(body=body, boundary=Supported(supports=supports), control=control, path=path)


def bodies():
    soft, stiff = (Material(LINEAR_ELASTIC, lame(E, 0.3)) for E in (5.0, 20.0))
    shares = jnp.asarray(np.random.default_rng(0).uniform(0.2, 1.0, (2, 2)))
    return {
        "mesh": (Block(quadrilaterals(2, 1, 1), thickness=2.0), Linear(), (1.0, 1.0)),
        "mesh_finite": (Block(quadrilaterals(2, 1, 1), thickness=2.0), Increments(count=1), (1.0, 1.0)),
        "pixels": (pixels(shares, 1.0, (soft, stiff)), Linear(), (1.0, 1.0)),
        "pixels_small": (pixels(shares, 1.0, (soft, stiff)), Increments(count=2), (1.0, 1.0)),
        "frame": (frame(random_widths(share=1.0)), Linear(), (0.0, 3 * SPACING)),
    }


@pytest.mark.parametrize(
    "name", ["mesh", "pixels", "frame", *(pytest.param(n, marks=pytest.mark.slow) for n in ("mesh_finite", "pixels_small"))]
)
def test_forces_along_the_slope_balance(name):
    """Whatever the body: the spring bears what the force has along the slope, k u_x cos α = F · t; a slope pushes across."""
    body, path, at = bodies()[name]
    load = on_a_slope(body, path, at)
    assert bool(load.response.status.ok), load.response.status.failure("load")
    way = TURN[:, 0]
    found = Displacement(of=load, at=at, edge=None, group=None, along="x").value.ordinate[-1]
    assert 0.7 * float(found) * way[0] == pytest.approx(np.array([0.05, 0.02]) @ way, rel=1e-8)
    held = [Reaction(of=load, at=None, edge="bottom", group=None, along=axis).value.ordinate[-1] for axis in "xy"]
    assert float(abs(np.array(held) @ way)) < 1e-8 < float(abs(np.array(held) @ TURN[:, 1]))
    bottom = np.asarray(load.response.displacement)[-1][_sliding(_mesh(body), load.boundary.supports), :2]
    np.testing.assert_allclose(bottom @ TURN[:, 1], 0.0, atol=1e-12)
    assert (abs(bottom @ way) > 1e-3).all()


@pytest.mark.slow
def test_a_body_that_flows_plastically_slides_too():
    yields = metal(E=10.0, nu=0.3, yield_stress=0.05, hardening=1.0), metal(E=40.0, nu=0.3, yield_stress=0.2, hardening=4.0)
    body = pixels(jnp.asarray(np.random.default_rng(0).uniform(0.2, 1.0, (2, 2))), 1.0, yields)
    supports, force = (roller(edge="bottom", angle=ANGLE), HeldPoint(at=(0.0, 0.0), along="both")), np.array([0.12, 0.09])
    control = Applied(actions=(PointForce(at=(1.0, 1.0), force=tuple(force)),))
    load: Any = Experiment(body=body, boundary=Supported(supports=supports), control=control, path=Increments(count=3))
    assert bool(load.response.status.ok)
    reaction = np.asarray(load.response.reaction[-1])
    np.testing.assert_allclose(reaction.sum(axis=0), -force, atol=1e-8)
    sliding = _sliding(body.mesh, supports)
    np.testing.assert_allclose(reaction[sliding] @ TURN[:, 0], 0.0, atol=1e-10)
    np.testing.assert_allclose(np.asarray(load.response.displacement)[:, sliding] @ TURN[:, 1], 0.0, atol=1e-12)
    # It does flow: the last of three equal increments moves it further than the first one.
    moved = np.linalg.norm(np.asarray(load.response.displacement)[:, -1], axis=-1)
    assert moved[2] - moved[1] > 1.05 * moved[0]


def _sliding(mesh, supports):
    axes = held_by(mesh, supports, ()).axes
    assert axes is not None
    return np.array(axes.nodes)


def _mesh(body):
    return getattr(body, "nodes_at_rest", None) or body.mesh


def test_a_frame_that_is_turned_does_the_same():
    """Planes of symmetry, on which no node turns; the sliding nodes that no beam reaches stay where they are."""
    widths, places = random_widths(), GRID.positions(SPACING)
    force, at = np.array([2.0, 0.7]), np.array([3.0, 2.0]) * SPACING

    def response(spin, supports) -> Any:
        # Points are those of the frame before it is moved, here turned.
        action = PointForce(at=tuple(at), force=tuple(spin @ force))
        body = frame(widths, positions=places @ spin.T)
        return Experiment(
            body=body, boundary=Supported(supports=supports), control=Applied(actions=(action,)), path=Linear()
        ).response

    straight = response(np.eye(2), (HeldEdge(edge="left", along="x"), HeldEdge(edge="bottom", along="y")))
    askew = response(
        TURN,
        (roller(edge="left", normal=tuple(TURN[:, 0]), turns="held"), roller(edge="bottom", angle=ANGLE, turns="held")),
    )
    assert bool(straight.status.ok) and bool(askew.status.ok)
    np.testing.assert_allclose(askew.displacement[..., :2], straight.displacement[..., :2] @ TURN.T, atol=1e-9)
    np.testing.assert_allclose(askew.displacement[..., 2], straight.displacement[..., 2], atol=1e-10)
    np.testing.assert_allclose(askew.von_mises, straight.von_mises, atol=1e-9)
    np.testing.assert_allclose(askew.reaction, straight.reaction @ TURN.T, atol=1e-9)


def test_the_stiffness_is_the_slope_of_the_forces_and_symmetric():
    test = plate(True, mesh=_closed(rectangle(2, 1, 2, DOMAIN)), path=Increments(count=1), acts="follower").test
    problem, rng = test.problem, np.random.default_rng(0)
    shape = problem.geometry(test.body.coordinates)
    state = problem.join(jnp.asarray(rng.uniform(-0.05, 0.05, len(problem.assembly.free))), test.prescribed)

    def forces(free):
        field = problem.join(free, problem.prescribed(state))
        return problem.free(problem.internal_force(test.parameters, shape, field))

    whole = np.asarray(jax.jacfwd(forces)(problem.free(state)))
    matrix, values = problem.assembly.matrix, np.asarray(problem.stiffness(test.parameters, shape, state))
    found = np.zeros_like(whole)
    columns = np.repeat(np.arange(matrix.size), np.diff(matrix.indptr))
    found[matrix.indices, columns] = found[columns, matrix.indices] = values
    np.testing.assert_allclose(found, whole, atol=1e-8 * abs(whole).max())


@pytest.mark.parametrize("path", [Linear(), pytest.param(Increments(count=2), marks=pytest.mark.slow)])
def test_gradients_by_places_spring_and_force(path):
    mesh = rectangle(2, 1, 1, DOMAIN)
    mask = jnp.asarray(np.random.default_rng(2).uniform(-0.2, 0.2, mesh.nodes.shape))

    def output(given):
        supports = (
            roller(edge="bottom", angle=ANGLE),
            Spring(at=(4.0, 2.0), to=None, along="x", stiffness=given["spring"]),
            roller(at=(0.0, 2.0), normal=(1.0, 1.0)),
        )
        body = Block(mesh, coordinates=jnp.asarray(mesh.nodes) + given["shape"] * mask, thickness=2.0)
        control = Applied(actions=(Traction(edge="top", group=None, value=(given["force"], -2.0), span=None),))
        load: Any = Experiment(body=body, boundary=Supported(supports=supports), control=control, path=path)
        read = load.response
        return read.displacement[-1, -1] @ jnp.array([1.0, 0.3]) + 0.01 * (read.reaction[-1, :3] ** 2).sum()

    at = {"spring": 9.0, "shape": 0.1, "force": 3.0}
    steps = np.array([0.02, 0.01, 0.005])
    remainders, slope, difference = taylor_remainders(output, at, {"spring": 1.0, "shape": 0.5, "force": 1.0}, steps)
    assert slope == pytest.approx(difference, rel=1e-6) and abs(slope) > 1e-3
    np.testing.assert_allclose(np.diff(np.log(remainders)) / np.diff(np.log(steps)), 2.0, atol=0.1)


def test_gradients_of_a_frame_by_its_widths_and_places():
    widths, places = jnp.asarray(random_widths(share=1.0)), jnp.asarray(GRID.positions(SPACING))
    rng = np.random.default_rng(3)
    way = {"widths": jnp.asarray(rng.uniform(-0.5, 0.5, widths.shape)), "places": jnp.asarray(rng.normal(size=places.shape))}

    def output(given):
        body = frame(given["widths"], positions=given["places"])
        read = on_a_slope(body, Linear(), (0.0, 3 * SPACING)).response
        return read.compliance + (read.reaction**2).sum() + read.displacement[-1, 6, :2] @ jnp.array([1.0, 0.3])

    steps = np.array([0.02, 0.01, 0.005])
    remainders, slope, difference = taylor_remainders(output, {"places": places, "widths": widths}, way, steps)
    assert slope == pytest.approx(difference, rel=1e-6) and abs(slope) > 1e-4
    np.testing.assert_allclose(np.diff(np.log(remainders)) / np.diff(np.log(steps)), 2.0, atol=0.1)


@pytest.mark.parametrize(
    ("straight", "same"),
    [
        (HeldEdge(edge="left", along="x"), roller(edge="left")),
        (HeldEdge(edge="top", along="y"), roller(edge="top", angle=0.0)),
        (HeldEdge(edge="right", along="y"), roller(edge="right", normal=(0.0, -3.0))),
        (HeldEdge(edge="bottom", along="y"), roller(line=((0.0, 0.0), (4.0, 0.0)))),
        (HeldPoint(at=(4.0, 2.0), along="x"), roller(at=(4.0, 2.0), angle=np.pi / 2)),
    ],
)
def test_along_an_axis_it_is_what_holds_there(straight, same):
    np.testing.assert_array_equal(np.sort(same.degrees(PLATE)), np.sort(straight.degrees(PLATE)))
    assert same.sliding(PLATE) == []


def test_a_line_takes_the_nodes_on_it():
    mesh = quadrilaterals(2, 2, 1)
    nodes = [node for node, _ in roller(line=((0.0, 0.0), (0.6, 0.6))).sliding(mesh)]
    assert sorted(map(tuple, mesh.nodes[nodes].tolist())) == [(0.0, 0.0), (0.5, 0.5)]
    ((_, normal), *_) = roller(line=((0.0, 0.0), (0.6, 0.6))).sliding(mesh)
    np.testing.assert_allclose(normal, np.sqrt([0.5, 0.5]) * [1, -1])


def test_where_lines_meet_a_node_is_held():
    corner: dict[str, Any] = {"at": (0.0, 0.0)}
    supports = roller(**corner, angle=0.3), roller(**corner, angle=0.3 + np.pi), HeldEdge(edge="right", along="both")
    one = held_by(PLATE, supports, ())
    assert one.axes is not None and len(one.axes.nodes) == 1  # the same line twice is one line
    for other in (roller(**corner, angle=1.0), HeldPoint(**corner, along="x")):
        both = held_by(PLATE, (*supports, other), ())
        assert both.axes is None and len(both.held) == len(one.held) + 1


def test_input_files_leave_it_out_and_say_so():
    found, left_out = applied_loads({"push": held(BOTTOM, HeldPoint(at=(0.0, 2.0), along="both"))})
    assert not found and left_out == ["load push is not in this file: a support slides along an inclined line"]


def held(*supports, actions: Any = ()) -> Any:
    body, actions = Block(PLATE), actions or (PointForce(at=(4.0, 2.0), force=(1.0, 0.0)),)
    return Experiment(body=body, boundary=Supported(supports=supports), control=Applied(actions=actions), path=Linear())


BOTTOM = roller(edge="bottom", angle=0.3)


@pytest.mark.parametrize(
    ("make", "field", "code"),
    [
        (lambda: roller(edge="left", normal=(0.0, 0.0)), "normal", "M0660"),
        (lambda: roller(edge="left", normal=(float("nan"), 1.0)), "normal", "M0660"),
        (lambda: roller(edge="left", normal=(1.0, 1.0), angle=0.1), "normal", "M0660"),
        (lambda: roller(at=(0.0, 0.0)), "angle", "M0660"),
        (lambda: roller(group="rim"), "angle", "M0660"),
        (lambda: roller(line=((1.0, 1.0), (1.0, 1.0))), "line", "M0660"),
        (lambda: roller(line=((1.0, 1.0),)), "line", "M0600"),
        (lambda: roller(line=((1.0, 1.0), (2.0, 2.0)), edge="left"), "line", "M0600"),
        (lambda: roller(angle=0.1), "edge", "M0600"),
        (lambda: held(BOTTOM, roller(line=((0.3, 0.3), (0.4, 0.4)))), "line", "M0601"),
        (lambda: held(BOTTOM), "supports", "M0604"),
        (lambda: held(BOTTOM, roller(edge="top", angle=0.3)), "supports", "M0604"),
        (
            lambda: held(
                BOTTOM,
                HeldPoint(at=(0.0, 2.0), along="both"),
                actions=(Displaced(at=None, edge="bottom", group=None, x=0.1, y=None),),
            ),
            "x",
            "M0602",
        ),
    ],
)
def test_what_cannot_be(make, field, code):
    with pytest.raises(FieldError) as raised:
        make()
    assert (raised.value.field, raised.value.code) == (field, code)
