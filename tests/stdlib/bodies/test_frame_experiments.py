"""Frames under every load that sheets have: values, signs, agreement of loads with each other, derivatives, refusals."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import metac
from metac.compiler.interfaces.field_error import FieldError
from metac.dsl.diagnostics.diagnostic import DiagnosticError
from metac.runtime.beams.network_geometry import NetworkGeometry
from metac.runtime.beams.node_grid import NodeGrid
from metac.stdlib.bodies.frame import Frame
from metac.stdlib.boundaries.grips import Grips
from metac.stdlib.boundaries.periodic import Periodic
from metac.stdlib.boundaries.supported import Supported
from metac.stdlib.controls.grip_force import GripForce
from metac.stdlib.controls.mean_strain import MeanStrain
from metac.stdlib.controls.point_forces import PointForces
from metac.stdlib.controls.shear import Shear
from metac.stdlib.controls.stretch import Stretch
from metac.stdlib.controls.unit_strains import UnitStrains
from metac.stdlib.loads.applied import applied_loads
from metac.stdlib.loads.experiment import Experiment
from metac.stdlib.loads.tension_cases import TensionCases
from metac.stdlib.paths.arc_length import ArcLength
from metac.stdlib.paths.increments import Cycle, Increments
from metac.stdlib.paths.linear import Linear
from metac.stdlib.supports.held import HeldEdge, HeldPoint
from metac.stdlib.supports.spring import Spring
from tests.mechanics import LINEAR_ELASTIC, Material, lame, taylor_remainders

GRID = NodeGrid(4, 4)
E, NU, DEPTH, SPACING = 0.6, 0.3, 10.0, 7.5
SIZE = 3 * SPACING


def material():
    mu, lam = lame(E, NU)
    return Material(LINEAR_ELASTIC, (mu, 2 * lam * mu / (lam + 2 * mu)))


def frame(widths, grid=GRID, positions=None, theory="timoshenko"):
    positions = grid.positions(SPACING) if positions is None else positions
    network = NetworkGeometry(grid, jnp.asarray(positions), jnp.asarray(widths), SPACING)
    return Frame(network=network, width=1.0, material=material(), thickness=DEPTH, tiles=(1, 1), theory=theory)


def random_widths(seed=1, share=0.85):
    random = np.random.default_rng(seed)
    return random.uniform(0.5, 1.5, GRID.edge_count) * (random.random(GRID.edge_count) < share)


def only(grid, *edges, width=0.5):
    """Widths of beams between pairs of nodes."""
    widths = np.zeros(grid.edge_count)
    for pair in edges:
        widths[[sorted(each) for each in grid.edges.tolist()].index(sorted(pair))] = width
    return widths


def experiment(body, boundary, control, path=None):
    return Experiment(body=body, boundary=boundary, control=control, path=path or Increments(count=2))


def respond(widths, boundary, control, path=None):
    found = jax.jit(lambda widths: experiment(frame(widths), boundary, control, path).response)(jnp.asarray(widths))
    assert bool(found.status.ok), found.status.failure()
    return found


BOTH = {axis: Grips(along=axis, clamp="both") for axis in "xy"}


@pytest.mark.parametrize("along", ["x", pytest.param("y", marks=pytest.mark.slow)])
def test_tension_and_compression_are_the_cases_of_the_paper_and_of_opposite_sign(along):
    axis = "xy".index(along)
    widths = random_widths()
    cases = TensionCases(body=frame(widths), strain=0.02).response
    pulled = respond(widths, BOTH[along], Stretch(strain=0.02, along=None))
    pushed = respond(widths, BOTH[along], Stretch(strain=-0.02, along=along))
    assert pulled.strain.tolist() == [0.01, 0.02] and pulled.uniaxial and pulled.driven == (axis, axis)
    modulus = pulled.mean_stress[:, axis, axis] / pulled.strain
    np.testing.assert_allclose(modulus, float(cases.modulus[axis]), rtol=1e-9)
    across = 1 - axis
    ratio = -pulled.mean_strain[-1, across, across] / pulled.mean_strain[-1, axis, axis]
    assert float(ratio) == pytest.approx(float(cases.ratio[axis]), rel=1e-9)
    np.testing.assert_allclose(pulled.displacement[-1], cases.displacement[axis], atol=1e-9)
    np.testing.assert_allclose(pulled.von_mises[-1], cases.von_mises[axis], atol=1e-9)
    np.testing.assert_allclose(
        pulled.energy, pulled.mean_stress[:, axis, axis] * pulled.strain / 2 * SIZE**2 * DEPTH, rtol=1e-9
    )
    np.testing.assert_allclose(pushed.mean_stress, -pulled.mean_stress, rtol=1e-12)
    np.testing.assert_allclose(pushed.energy, pulled.energy, rtol=1e-12)
    np.testing.assert_allclose(pushed.von_mises, pulled.von_mises, rtol=1e-12)
    assert (float(pulled.sense), float(pushed.sense)) == (1.0, -1.0)


def test_shear_between_grips_bends_beams_between_clamps():
    """Four beams along y, each as long as the frame: 12 E I / L³ a beam (Euler–Bernoulli); nothing across."""
    widths = only(GRID, *[(c + 4 * r, c + 4 * r + 4) for c in range(4) for r in range(3)])
    body = frame(widths, theory="euler_bernoulli")
    found = experiment(body, BOTH["y"], Shear(strain=0.04), Linear()).response
    force = 4 * 12 * E * DEPTH * 0.5**3 / 12 / SIZE**3 * 0.04 * SIZE
    assert found.driven == (0, 1) and not found.uniaxial
    assert float(found.mean_stress[0, 0, 1]) == pytest.approx(force / (SIZE * DEPTH), rel=1e-9)
    assert float(found.mean_strain[0, 0, 1]) == 0.04
    assert float(found.energy[0]) == pytest.approx(force * 0.04 * SIZE / 2, rel=1e-9)
    other = experiment(body, BOTH["x"], Shear(strain=0.04), Linear()).response
    assert other.driven == (1, 0) and float(abs(other.mean_stress).max()) == 0.0


def test_sliding_grips_hold_less():
    widths = np.ones(GRID.edge_count)
    moduli = [
        float(respond(widths, Grips(along="y", clamp=clamp), Stretch(strain=0.01, along=None)).mean_stress[-1, 1, 1])
        for clamp in ("both", "base", "neither")
    ]
    assert moduli[0] > moduli[1] > moduli[2] > 0


def test_a_cycle_turns_and_scales():
    widths = random_widths()
    found = respond(widths, BOTH["y"], Stretch(strain=0.02, along=None), Cycle(turns=(1.0, -0.5), count=2))
    np.testing.assert_allclose(found.strain, [0.01, 0.02, 0.005, -0.01])
    np.testing.assert_allclose(found.abscissa, [0.01, 0.02, 0.035, 0.05])
    np.testing.assert_allclose(found.energy / found.strain**2, found.energy[0] / found.strain[0] ** 2, rtol=1e-9)
    assert float(found.von_mises.min()) >= 0


def nothing(**given):
    names = ("xx", "yy", "xy", "stress_xx", "stress_yy", "stress_xy")
    return MeanStrain(**{**dict.fromkeys(names), "keep": "x", **given})


def test_endless_frames_follow_their_effective_stiffness():
    widths = random_widths(3)
    stiffness = np.asarray(respond(widths, Periodic(), UnitStrains(), Linear()).stiffness)
    compliance = np.linalg.inv(stiffness)
    pulled = respond(widths, Periodic(), Stretch(strain=-0.01, along="y"))
    assert float(pulled.mean_stress[-1, 1, 1]) == pytest.approx(-0.01 / compliance[1, 1], rel=1e-9)
    assert float(pulled.mean_strain[-1, 0, 0]) == pytest.approx(-0.01 * compliance[0, 1] / compliance[1, 1], rel=1e-9)
    assert pulled.uniaxial and float(pulled.sense) == -1
    assert float(pulled.mean_strain[-1, 0, 1]) == 0.0  # lines along y keep their direction
    sheared = respond(widths, Periodic(), Shear(strain=0.02))
    np.testing.assert_allclose(sheared.mean_strain[-1], [[0, 0.02], [0, 0]], atol=1e-15)
    expected = 0.02 * stiffness[:, 2]
    np.testing.assert_allclose(
        sheared.mean_stress[-1], [[expected[0], expected[2]], [expected[2], expected[1]]], rtol=1e-9, atol=1e-12
    )
    mixed = respond(widths, Periodic(), nothing(xx=0.01, stress_yy=2e-4))
    assert float(mixed.mean_stress[-1, 1, 1]) == pytest.approx(2e-4, rel=1e-9)
    assert abs(float(mixed.mean_stress[-1, 0, 1])) < 1e-12
    np.testing.assert_allclose(
        mixed.energy[-1], 0.5 * np.sum(mixed.mean_stress[-1] * mixed.mean_strain[-1]) * SIZE**2 * DEPTH, rtol=1e-9
    )


def test_a_cantilever_and_a_portal_frame_of_nodes_on_supports():
    """On an edge that is clamped nodes do not turn, on a point they do."""
    beam = only(GRID, (0, 1), (1, 2), (2, 3))
    force = PointForces(at=((SIZE, 0.0),), forces=((0.0, 1e-4),))
    clamped = Supported(supports=(HeldEdge(edge="left", along="both"),))
    body = frame(beam, theory="euler_bernoulli")
    found = experiment(body, clamped, force, Linear()).response
    assert bool(found.status.ok)
    tip = 1e-4 * SIZE**3 / (3 * E * DEPTH * 0.5**3 / 12)
    assert float(found.displacement[0, 3, 1]) == pytest.approx(tip, rel=1e-10)
    assert float(found.compliance) == pytest.approx(1e-4 * tip, rel=1e-10)
    assert float(found.energy[0]) == pytest.approx(1e-4 * tip / 2, rel=1e-10)
    simply = Supported(supports=(HeldPoint(at=(0.0, 0.0), along="both"), HeldPoint(at=(SIZE, 0.0), along="y")))
    middle = PointForces(at=((SPACING, 0.0),), forces=((0.0, 1e-4),))
    found = experiment(body, simply, middle, Linear()).response
    a, b = SPACING, 2 * SPACING
    expected = 1e-4 * a**2 * b**2 / (3 * E * DEPTH * 0.5**3 / 12 * SIZE)
    assert float(found.displacement[0, 1, 1]) == pytest.approx(expected, rel=1e-10)


def test_a_force_on_what_nothing_holds_is_a_failure_that_says_so():
    beam = only(GRID, (0, 1), (14, 15))
    held = Supported(supports=(HeldEdge(edge="left", along="both"),))
    found = experiment(frame(beam), held, PointForces(at=((SIZE, SIZE),), forces=((0.0, 1.0),)), Linear()).response
    assert not bool(found.status.ok)
    assert "can move without resistance" in found.status.failure("push").message


def test_an_endless_frame_that_falls_apart_is_a_failure_that_says_so():
    found = experiment(frame(only(GRID, (0, 1), (1, 2), (2, 3))), Periodic(), UnitStrains(), Linear()).response
    assert not bool(found.status.ok) and "falls apart" in found.status.failure("rve").message
    positions = GRID.positions(SPACING)
    positions[3, 1] += 1.0
    bent = frame(np.ones(GRID.edge_count), positions=positions)
    found = experiment(bent, Periodic(), UnitStrains(), Linear()).response
    assert "no images of each other" in found.status.failure("rve").message


@pytest.mark.parametrize(
    ("boundary", "control", "path", "field"),
    [
        (BOTH["x"], Stretch(strain=0.1, along="y"), None, "along"),
        (Grips(along="x", clamp="base"), Shear(strain=0.1), None, "clamp"),
        (BOTH["x"], UnitStrains(), None, "control"),
        (BOTH["x"], Stretch(strain=0.1, along=None), ArcLength(travel=1.0, count=3), "path"),
        (Supported(supports=(HeldPoint(at=(0.0, 0.0), along="both"),)), PointForces(at=(), forces=()), Linear(), "supports"),
        (
            Supported(supports=(HeldEdge(edge="left", along="both"),)),
            PointForces(at=((1.0, 1.0),), forces=((1.0, 0.0),)),
            Linear(),
            "at",
        ),
    ],
)
def test_what_frames_cannot_do_is_refused(boundary, control, path, field):
    with pytest.raises(FieldError) as problem:
        experiment(frame(random_widths()), boundary, control, path)
    assert problem.value.field == field


def test_a_cantilever_on_a_spring():
    """The tip of a beam and a spring, in parallel: to the ground, and along a line to a node that is held."""
    beam = only(GRID, (0, 1), (1, 2), (2, 3))
    body, force, spring = frame(beam, theory="euler_bernoulli"), 1e-4, 3e-5
    bending = 3 * E * DEPTH * 0.5**3 / 12 / SIZE**3
    push = PointForces(at=((SIZE, 0.0),), forces=((0.0, force),))
    held = HeldEdge(edge="left", along="both")

    def pushed(**to):
        supports = (held, Spring(at=(SIZE, 0.0), **{"to": None, "along": None, **to}, stiffness=spring))
        load = experiment(body, Supported(supports=supports), push, Linear())
        assert bool(load.response.status.ok)
        return load.response, float(load.response.displacement[0, 3, 1])

    found, tip = pushed(along="y")
    assert tip == pytest.approx(force / (bending + spring), rel=1e-9)
    assert float(found.energy[0]) == pytest.approx(force * tip / 2, rel=1e-9)
    # The spring's force is the reaction at its node, and all of them balance the load.
    assert float(found.reaction[0, 3, 1]) == pytest.approx(-spring * tip, rel=1e-9)
    assert float(found.reaction[0, :, 1].sum()) == pytest.approx(-force, rel=1e-9)
    # Up the left edge, which is held: the beam hardly stretches, so that the spring counts by the square of its slope.
    _, tip = pushed(to=(0.0, SIZE))
    assert tip == pytest.approx(force / (bending + spring / 2), rel=1e-3)


CONTROLS = {
    "springs": (
        Supported(
            supports=(
                HeldEdge(edge="left", along="both"),
                Spring(at=(SIZE, SIZE), to=(SIZE, 0.0), along=None, stiffness=0.02),
                Spring(at=(SIZE, 0.0), to=None, along="y", stiffness=0.01),
            )
        ),
        PointForces(at=((SIZE, SIZE),), forces=((0.1, 0.2),)),
    ),
    "sliding": (Grips(along="y", clamp="neither"), Stretch(strain=0.05, along=None)),
    "shear": (BOTH["x"], Shear(strain=0.05)),
    "periodic": (Periodic(), nothing(xx=0.03, stress_xy=1e-3)),
    "forces": (
        Supported(supports=(HeldEdge(edge="left", along="both"),)),
        PointForces(at=((SIZE, SIZE),), forces=((0.1, 0.2),)),
    ),
}


@pytest.mark.parametrize("name", CONTROLS)
def test_taylor(name):
    boundary, control = CONTROLS[name]
    random = np.random.default_rng(4)
    inner = GRID.numbers[1:-1, 1:-1].ravel()
    widths = random_widths(5)
    at = {"widths": jnp.asarray(widths), "moved": jnp.asarray(random.normal(size=(4, 2)) * 0.5)}
    direction = {"widths": random.normal(size=widths.shape) * (widths > 0), "moved": random.normal(size=(4, 2))}

    @jax.jit
    def read(at):
        body = frame(at["widths"], positions=jnp.asarray(GRID.positions(SPACING)).at[inner].add(at["moved"]))
        found = experiment(body, boundary, control, Increments(count=1)).response
        if name in ("forces", "springs"):
            return found.compliance + found.von_mises.max()
        return found.energy[-1] + jnp.sum(found.mean_stress) + jnp.sum(found.mean_strain**2) + found.von_mises.max()

    steps = np.array([4e-3, 2e-3, 1e-3])
    remainders, slope, difference = taylor_remainders(read, at, direction, steps)
    assert abs(np.polyfit(np.log(steps), np.log(remainders), 1)[0] - 2) < 0.05
    assert slope == pytest.approx(difference, rel=1e-6)


SPEC = """
material  tpu  = linear_elastic { E = 0.6 MPa, nu = 0.3, plane = stress }
generator net  = random_network { grid = [4, 4], spacing = 7.5 mm, connectivity = [4.5], widths = 0.5 .. 1.5, shift = 0.3 }
body      cell = frame { network = net, width = 1 mm, thickness = 10 mm, material = tpu }
"""
HELD = "supports = [held_edge { edge = left }]"
GOALS = {
    "load t = tension { body = cell, along = x, strain = 5 % }": [
        "youngs_modulus(t) to 0.03 MPa",
        "poisson_ratio(t) to 0.3",
        "peak_von_mises(t) to 1 MPa",
        "stress(t) to e -> 0.03 MPa * e",
    ],
    "load t = compression { body = cell, strain = 5 % }": [
        "youngs_modulus(t) to 0.03 MPa",
        "stress(t) to e -> 0.03 MPa * e",
    ],
    "load t = shear { body = cell, strain = 5 % }": ["shear_modulus(t) to 0.01 MPa"],
    "load t = periodic { body = cell }": ["youngs_modulus(t) to 0.03 MPa", "poisson_ratio(t) to 0.3"],
    "load t = periodic_tension { body = cell, strain = 5 % }": ["youngs_modulus(t) to 0.03 MPa", "poisson_ratio(t) to 0.3"],
    "load t = tension_cases { body = cell }": ["youngs_modulus(t, along = 90 deg) to 0.03 MPa", "poisson_ratio(t) to 0.3"],
    f"load t = point_forces {{ body = cell, {HELD}, at = [[22.5 mm, 22.5 mm]], forces = [[0 N, 0.1 N]] }}": [
        "compliance(t) to 0.001 J"
    ],
}


@pytest.mark.parametrize("load", GOALS)
def test_goals_by_meaning_work_through_the_language(load):
    text = SPEC + load + "\n" + "".join(f"match {goal}\n" for goal in GOALS[load])
    program = metac.compile(text + "study fit = optimize { vary = net, using = adam { rate = 0.1 }, steps = 1 }\n").program()
    theta = program.init(jax.random.key(0))
    loss, gradient = jax.jit(jax.value_and_grad(program.loss))(theta)
    assert np.isfinite(float(loss)) and float(loss) > 0
    leaves = [np.asarray(leaf) for leaf in jax.tree.leaves(gradient)]
    assert all(np.isfinite(leaf).all() for leaf in leaves) and any(np.abs(leaf).max() > 0 for leaf in leaves)


def test_forces_beside_nodes_are_located():
    load = f"load t = point_forces {{ body = cell, {HELD}, at = [[22 mm, 0 mm]], forces = [[0 N, 1 N]] }}"
    with pytest.raises(DiagnosticError, match=r"no .* is at \(22, 0\) mm"):
        program = metac.compile(SPEC + load + "\nmatch compliance(t) to 0.001 J\n").program()
        program.loss(program.init(jax.random.key(0)))


@pytest.mark.parametrize("clamp", ["both", "neither"])
def test_a_force_on_the_grip_is_the_stretch_that_it_gives(clamp):
    widths, boundary = random_widths(), Grips(along="y", clamp=clamp)
    pulled = respond(widths, boundary, Stretch(strain=-0.02, along=None))
    forced = respond(widths, boundary, GripForce(force=float(pulled.mean_stress[-1, 1, 1]) * SIZE * DEPTH))
    for field in ("displacement", "mean_strain", "mean_stress", "energy", "sense", "von_mises"):
        np.testing.assert_allclose(getattr(forced, field), getattr(pulled, field), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(forced.abscissa, [0.5, 1.0])


def test_an_input_file_says_that_a_load_on_springs_is_left_out():
    supports = (HeldEdge(edge="left", along="both"), Spring(at=(SIZE, 0.0), to=None, along="y", stiffness=0.01))
    push = PointForces(at=((SIZE, SIZE),), forces=((0.1, 0.2),))
    for held, left in ((supports, 1), (supports[:1], 0)):
        applied, left_out = applied_loads(
            {"push": experiment(frame(random_widths()), Supported(supports=held), push, Linear())}
        )
        assert (len(applied), len(left_out)) == (1 - left, left)
