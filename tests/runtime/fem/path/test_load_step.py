"""The pieces of one load increment, each alone: how much is taken, what is made of the outcome, where a branch is left."""

import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.fem.equilibrium import linear_solve_callback as callback
from metac.runtime.fem.equilibrium.equilibrium_data import LastEquilibrium
from metac.runtime.fem.equilibrium.newton import NewtonState
from metac.runtime.fem.equilibrium.problem import Extreme, NewtonSettings, make_problem
from metac.runtime.fem.path import load_step
from tests.mechanics import NEO_HOOKEAN, degrees, rectangle

MESH = rectangle(2, 2, 1)
LIMITS = NewtonSettings(maximum_cutbacks=3, push_growth=8.0, maximum_pushes=3)
PROBLEM = make_problem(MESH, degrees(MESH.nodes_on("bottom")), NEO_HOOKEAN, LIMITS)
START = jnp.zeros(MESH.nodes.shape)
NEAR = LIMITS.branch_resolution


def progress(done=0.0, part=1.0, **switching):
    """An increment of which something is done; `switching` changes its search for a branch."""
    begun = load_step._beginning(START, LastEquilibrium.none(PROBLEM), callback.no_factor())
    changed = begun.branch_switching._replace(**{name: jnp.asarray(value) for name, value in switching.items()})
    return begun._replace(done=jnp.asarray(done), part=jnp.asarray(part), branch_switching=changed)


def reached(converged, negative=0, displacement=1.0):
    """What Newton's method may end with."""
    last = LastEquilibrium.none(PROBLEM)._replace(negative=jnp.asarray(negative))
    yes, no = jnp.asarray(True), jnp.asarray(False)
    return NewtonState(
        displacement=displacement + START,
        out_of_balance=START,
        relative=jnp.asarray(0.0),
        iteration=jnp.asarray(4),
        balanced=yes if converged else no,
        converged=yes if converged else no,
        failed=no if converged else yes,
        linear_residual=jnp.asarray(1e-14),
        determinant=Extreme(jnp.asarray(0.5), jnp.asarray(0)),
        last_equilibrium=last,
        handle=callback.no_factor(),
        own=no,
    )


@pytest.mark.parametrize(
    ("state", "target"),
    [
        ({}, 1.0),
        ({"done": 0.25, "part": 0.5}, 0.75),
        ({"done": 0.75, "part": 0.5}, 1.0),
        # An unstable state is known at 0.5: half-way there while it is far, then up to it, and from it once it is left.
        ({"ceiling": 0.5}, 0.25),
        ({"done": 0.5 - NEAR, "ceiling": 0.5}, 0.5),
        ({"done": 0.5 - 1.01 * NEAR, "ceiling": 0.5}, 0.5 - 1.01 * NEAR / 2),
        ({"done": 0.25, "part": 0.125, "ceiling": 0.75}, 0.375),
        ({"done": 0.25, "ceiling": 0.5, "pending": True}, 0.5),
    ],
)
def test_how_much_of_an_increment_is_taken(state, target):
    assert float(load_step._target(progress(**state), LIMITS)) == pytest.approx(target, abs=1e-15)


def test_each_further_push_is_harder():
    direction, saddle = START.at[4, 0].set(0.01), START + 3.0
    for attempts, growth in ((1, 1.0), (2, 8.0), (3, 64.0)):
        pushed = progress(pending=True, attempts=attempts, direction=direction, saddle=saddle)
        np.testing.assert_allclose(load_step._start(pushed, LIMITS), saddle + growth * direction, rtol=1e-15)
    assert np.array_equal(load_step._start(progress(attempts=2, direction=direction, saddle=saddle), LIMITS), START)


def test_an_equilibrium_is_taken_and_the_next_part_is_longer():
    after = load_step._judge(PROBLEM, progress(done=0.25, part=0.25), reached(True), jnp.asarray(0.5))
    assert float(after.done) == 0.5 and float(after.part) == 0.5 and (after.displacement == 1.0).all()
    assert int(after.record.cutbacks) == 0 and int(after.record.iterations) == 4 and not bool(after.failed)


def test_no_equilibrium_halves_the_part_until_it_was_halved_too_often():
    before = progress(done=0.25, part=0.25)
    for count in (1, 2, 3, 4):
        before = load_step._judge(PROBLEM, before, reached(False), jnp.asarray(0.5))
        assert int(before.record.cutbacks) == count and float(before.part) == 0.25 / 2**count
        assert float(before.done) == 0.25 and (before.displacement == 0.0).all()
        assert bool(before.failed) == (count > LIMITS.maximum_cutbacks)


def test_an_unstable_equilibrium_is_no_cutback_but_the_end_of_what_may_be_taken():
    after = load_step._judge(PROBLEM, progress(part=1.0), reached(True, negative=1), jnp.asarray(0.5))
    assert float(after.branch_switching.ceiling) == 0.5 and not bool(after.branch_switching.pending)
    assert float(after.done) == 0.0 and int(after.record.cutbacks) == 0 and float(after.part) == 1.0
    # Where no stable branch was found, instabilities are no longer acted on.
    lost = progress()._replace(last_equilibrium=LastEquilibrium.none(PROBLEM)._replace(lost=jnp.asarray(True)))
    assert float(load_step._judge(PROBLEM, lost, reached(True, negative=1), jnp.asarray(0.5)).done) == 0.5


def test_a_push_that_leads_nowhere_is_repeated_and_then_given_up():
    for attempts, pending, lost in ((2, True, False), (3, False, True)):
        pushed = progress(ceiling=0.5, pending=True, attempts=attempts)
        after = load_step._judge(PROBLEM, pushed, reached(False), jnp.asarray(0.5))
        switching = after.branch_switching
        assert bool(switching.pending) == pending and int(switching.attempts) == attempts + 1
        assert bool(after.last_equilibrium.lost) == lost
        assert int(after.record.cutbacks) == 0 and float(after.part) == 1.0 and not bool(switching.switched)
    found = load_step._judge(
        PROBLEM, progress(ceiling=0.5, pending=True, attempts=1), reached(True), jnp.asarray(0.5)
    ).branch_switching
    assert bool(found.switched) and not bool(found.pending) and np.isinf(float(found.ceiling))


def test_a_push_has_the_length_that_was_asked_for_whatever_the_modes_sign_and_size():
    mode = jnp.asarray(np.random.default_rng(1).normal(size=len(PROBLEM.assembly.free)))
    push = load_step._push(PROBLEM, mode)
    lengths = np.linalg.norm(np.asarray(PROBLEM.nodal(push)), axis=1)
    assert lengths.max() == pytest.approx(LIMITS.push * np.sqrt(2), rel=1e-14)
    assert float(jnp.vdot(load_step.sign_form(MESH), PROBLEM.nodal(push))) > 0
    for same in (-mode, 3 * mode):
        np.testing.assert_allclose(load_step._push(PROBLEM, same), push, rtol=1e-13, atol=1e-18)


def test_no_symmetry_of_a_square_maps_the_sign_form_onto_itself():
    """A mode and its image under a reflection or rotation are told apart, on any mesh of the same domain."""
    form, nodes = load_step.sign_form(MESH), MESH.nodes - 0.5
    for turn in ([[-1, 0], [0, 1]], [[1, 0], [0, -1]], [[0, 1], [1, 0]], [[0, -1], [1, 0]], [[-1, 0], [0, -1]]):
        turn = np.array(turn)
        image = np.array([np.argmin(np.linalg.norm(nodes - turn @ node, axis=1)) for node in nodes])
        for sign in (1, -1):
            assert np.abs(form[image] - sign * form @ turn.T).max() > 0.1 * np.abs(form).max()
    fine = rectangle(4, 4, 1)
    fields = [np.stack([mesh.nodes[:, 0] ** 2, mesh.nodes[:, 1]], axis=1) for mesh in (MESH, fine)]
    coarse_sum, fine_sum = (
        np.vdot(load_step.sign_form(mesh), field) for mesh, field in zip((MESH, fine), fields, strict=True)
    )
    assert coarse_sum == pytest.approx(fine_sum, rel=0.15)
