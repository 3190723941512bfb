"""Paths followed by arc length: the same as under displacement control, through limit points and snap-back."""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.fem.equilibrium import linear_solve_callback as callback
from metac.runtime.fem.equilibrium.equilibrium_data import ProblemData
from metac.runtime.fem.equilibrium.problem import NewtonSettings, make_problem
from metac.runtime.fem.path.arc_length import ArcIncrement, ArcProgress, ProportionalLoad, follow_path
from metac.runtime.fem.path.arc_length_corrector import ArcLengthSystem, PathPoint, SphereCorrector
from metac.runtime.fem.path.incremental import solve_path
from metac.runtime.fem.path.path_status import IncrementRecord
from metac.runtime.fem.status import failure, raise_for
from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.mesh.mesh import Mesh
from tests.mechanics import NEO_HOOKEAN, degrees, lame, rectangle, taylor_remainders

SPAN, THICKNESS, RISE = 20.0, 0.5, 1.15
PARAMETERS = tuple(jnp.asarray(value) for value in lame(100.0, 0.3))
FOLLOW_ONLY = NewtonSettings(maximum_pushes=0)
"""The path as it is: not left where it is unstable."""


def arch(rise):
    """A shallow sine arch, clamped at both ends."""
    flat = rectangle(12, 1, 2, Rectangle(0.0, 0.0, SPAN, THICKNESS))
    nodes = flat.nodes + np.stack([0 * flat.nodes[:, 0], rise * np.sin(np.pi * flat.nodes[:, 0] / SPAN)], axis=1)
    return Mesh(nodes, flat.cells, flat.facets, flat.domain)


ARCH = arch(RISE)
ENDS = degrees(np.concatenate([ARCH.nodes_on("left"), ARCH.nodes_on("right")]))
CROWN = int(ARCH.nodes_on("top")[np.argmin(np.abs(ARCH.nodes[ARCH.nodes_on("top"), 0] - SPAN / 2))])
PUSHED = make_problem(ARCH, ENDS, NEO_HOOKEAN, FOLLOW_ONLY)
NODES = jnp.asarray(ARCH.nodes)
FORCE = jnp.zeros(ARCH.nodes.shape).at[CROWN, 1].set(-0.01)
LOAD = ProportionalLoad(jnp.zeros(len(ENDS)), FORCE)
ARCS = np.full(12, 0.12)


def push(arcs=ARCS, nodes=NODES, parameters=PARAMETERS, load=LOAD):
    return follow_path(PUSHED, nodes, parameters, load, arcs)


@cache
def snapped():
    return push()


def test_the_path_through_both_limit_points_is_that_of_displacement_control():
    displacement, factor, status = snapped()
    raise_for(status)
    crown = np.asarray(displacement[:, CROWN, 1])
    assert (np.diff(crown) < 0).all()
    held = make_problem(ARCH, np.append(ENDS, 2 * CROWN + 1), NEO_HOOKEAN, FOLLOW_ONLY)
    driven = held.assembly.fixed == 2 * CROWN + 1
    expected, expected_status = solve_path(held, NODES, PARAMETERS, crown[:, None] * driven)
    raise_for(expected_status)
    forces = [held.internal_force(PARAMETERS, held.geometry(NODES), u)[CROWN, 1] for u in expected]
    assert np.asarray(displacement) == pytest.approx(np.asarray(expected), abs=1e-8)
    assert np.asarray(factor * FORCE[CROWN, 1]) == pytest.approx(np.asarray(forces), abs=1e-8 * np.abs(forces).max())


def test_between_the_limit_points_the_load_falls_and_the_arch_is_unstable_under_it():
    _, factor, status = snapped()
    negative, change = np.asarray(status.negative_eigenvalues), np.diff(np.asarray(factor))
    is_between, is_outside = (change[:-1] < 0) & (change[1:] < 0), (change[:-1] > 0) & (change[1:] > 0)
    assert is_between.sum() >= 3 and (negative[1:-1][is_between] == 1).all()
    assert is_outside.sum() >= 3 and (negative[1:-1][is_outside] == 0).all()


def test_a_step_is_predicted_onto_the_next_sphere_and_onwards():
    """From the fourth state, seen from the third: on the tangent, at the radius asked for, not back to where it came"""
    displacement, factor, _ = snapped()
    system = ArcLengthSystem(PUSHED, ProblemData(NODES, PUSHED.geometry(NODES), PARAMETERS), LOAD)
    start, point = (PathPoint(PUSHED.free(displacement[n]), factor[n]) for n in (2, 3))
    came, arc = displacement[2] - displacement[1], ARCS[0]
    increment = ArcIncrement(system, start, displacement[2], came, jnp.asarray(2 * arc))
    progress = ArcProgress(
        point, jnp.asarray(arc), jnp.asarray(0.5), jnp.asarray(False), IncrementRecord.blank(), callback.no_factor()
    )

    @jax.jit
    def predict(radius):
        """Where the step leads, how far that is from the sphere, and the forces that are out of balance there."""
        predicted, _ = increment.predict(progress, radius)
        gap = SphereCorrector(system, displacement[2], radius).gap(predicted)
        return predicted, gap, jnp.linalg.norm(PUSHED.free(system.out_of_balance(predicted)))

    predicted, gap, _ = predict(1.5 * arc)
    assert abs(float(gap)) < 1e-12 * arc**2
    short = SphereCorrector(system, displacement[2], jnp.asarray(1.5 * arc)).gap(point)
    assert float(short) == pytest.approx((1 - 1.5**2) * arc**2, rel=1e-9)
    # Along the tangent, the forces that stay out of balance grow with the square of the step.
    balances = [float(predict(radius)[2]) for radius in (1.02 * arc, 1.01 * arc)]
    assert balances[0] / balances[1] == pytest.approx(4.0, abs=0.4)
    back = PathPoint(2 * start.free - point.free, 2 * start.factor - point.factor)
    assert bool(increment.leads_on(progress, predicted)) and not bool(increment.leads_on(progress, back))
    # At the start of an increment nothing is behind it but the way from the state before.
    at_start = progress._replace(point=start, radius=jnp.zeros(()))
    assert np.array_equal(increment.direction(at_start), came)


def test_every_arc_has_the_length_that_was_asked_for():
    arcs = np.tile([0.05, 0.2, 0.01, 0.15], 3)
    displacement, _, status = push(arcs)
    raise_for(status)
    steps = np.diff(np.concatenate([np.zeros((1, *displacement.shape[1:])), displacement]), axis=0)
    areas = ARCH.node_areas / ARCH.node_areas.sum()
    assert np.sqrt((areas[:, None] * steps**2).sum(axis=(1, 2))) == pytest.approx(arcs, rel=1e-10)


def hanger():
    """An arch that hangs down, 1.2 mm thick, and a long soft strip up from its crown, by which it is pulled."""
    columns, rows, thickness, length = 12, 4, 1.2, 40.0
    grid = rectangle(columns, rows, 2, Rectangle(0.0, 0.0, SPAN, float(rows)))
    middle = grid.nodes[grid.cells[:, :3]].mean(axis=1)
    kept = grid.cells[(middle[:, 1] < 1) | (np.abs(middle[:, 0] - SPAN / 2) < 1.5 * SPAN / columns)]
    used, cells = np.unique(kept, return_inverse=True)
    x, height = grid.nodes[used].T
    above = np.maximum(height - 1, 0)
    # One row narrows from three elements' width to that of the strip.
    x = SPAN / 2 + (x - SPAN / 2) * (1 - np.minimum(above, 1) * (1 - 0.04 / (3 * SPAN / columns)))
    y = np.minimum(height, 1) * thickness + above * length / (rows - 1) - 2.76 * np.sin(np.pi * x / SPAN)
    top = np.flatnonzero(height == rows)
    ends = np.flatnonzero((height <= 1) & ((x < 1e-9) | (x > SPAN - 1e-9)))
    return Mesh(np.stack([x, y], axis=1), cells.reshape(kept.shape), {}, grid.domain), ends, top


@pytest.mark.slow
def test_snap_back_of_the_grip_itself():
    """Under the grip's displacement: it comes back while the crown continues, where no displacement control can follow."""
    mesh, ends, top = hanger()
    problem = make_problem(mesh, degrees(np.concatenate([ends, top])), NEO_HOOKEAN, FOLLOW_ONLY)
    lift = np.isin(problem.assembly.fixed, degrees(top, [1])).astype(float)
    load = ProportionalLoad(lift, jnp.zeros(mesh.nodes.shape))
    displacement, factor, status = follow_path(problem, jnp.asarray(mesh.nodes), PARAMETERS, load, np.full(15, 0.35))
    raise_for(status)
    back = np.flatnonzero(np.diff(np.asarray(factor)) < 0)
    assert len(back) >= 2 and back[0] > 0 and back[-1] < len(factor) - 2
    assert np.asarray(displacement[:, top, 1]) == pytest.approx(np.asarray(factor)[:, None] * np.ones(len(top)), abs=1e-12)
    for u in displacement:
        force = problem.internal_force(PARAMETERS, problem.geometry(jnp.asarray(mesh.nodes)), u)
        assert np.abs(problem.free(force)).max() <= 1e-8 * np.abs(force).max()


@pytest.mark.slow
def test_too_long_an_arc_is_taken_in_steps_that_leave_no_trace():
    arc = np.array([1.0])
    whole, factor, status = push(arc)
    raise_for(status)
    strict = make_problem(ARCH, ENDS, NEO_HOOKEAN, NewtonSettings(maximum_pushes=0, maximum_iterations=4))
    parts, other, in_steps = follow_path(strict, NODES, PARAMETERS, LOAD, arc)
    raise_for(in_steps)
    assert int(in_steps.cutbacks[0]) > 0
    assert np.asarray(parts) == pytest.approx(np.asarray(whole), abs=1e-9)
    assert float(other[0]) == pytest.approx(float(factor[0]), rel=1e-8)


def test_what_cannot_be_followed_is_told():
    assert bool(push(np.append(ARCS[1:], np.inf))[2].not_finite)
    assert not push(np.append(ARCS[1:], 0.0))[2].converged.any()
    strict = make_problem(ARCH, ENDS, NEO_HOOKEAN, NewtonSettings(maximum_iterations=1, maximum_cutbacks=2))
    displacement, factor, status = follow_path(strict, NODES, PARAMETERS, LOAD, np.array([0.3, 0.3]))
    assert failure(status, "push").increment == 1
    assert np.isnan(displacement).all() and np.isnan(factor).all()


ARCS_TO_THE_SNAP = jnp.asarray(ARCS[:5])
WEIGHTS = np.random.default_rng(1).normal(size=(5, *NODES.shape)) / 10


def loss(inputs):
    """Of displacements and load factors of five states, beyond the first limit point."""
    nodes, parameters, force, arcs = inputs
    displacement, factor, _ = push(arcs, nodes, parameters, ProportionalLoad(LOAD.prescribed, force))
    return jnp.sum(WEIGHTS * displacement) + jnp.sum(factor**2)


@pytest.mark.parametrize("varied", range(4), ids=["coordinates", "parameters", "forces", "arcs"])
def test_the_gradient_through_the_snap(varied):
    rng = np.random.default_rng(varied)
    at = (NODES, PARAMETERS, FORCE, ARCS_TO_THE_SNAP)
    directions = [
        0.1 * jnp.asarray(rng.uniform(-1, 1, NODES.shape)),
        (jnp.asarray(20.0), jnp.asarray(-30.0)),
        jnp.asarray(rng.normal(size=FORCE.shape)) * 1e-4,
        jnp.asarray(rng.uniform(-0.05, 0.05, 5)),
    ]
    still = jax.tree.map(jnp.zeros_like, at)
    direction = (*still[:varied], directions[varied], *still[varied + 1 :])
    steps = np.array([0.04, 0.02, 0.01])
    remainders, slope, difference = taylor_remainders(loss, at, direction, steps)
    assert slope == pytest.approx(difference, rel=1e-6)
    assert np.polyfit(np.log(steps), np.log(remainders), 1)[0] == pytest.approx(2.0, abs=0.05)
