"""Paths that start from a neighbouring design: the same results as from rest, and from rest wherever there is a doubt."""

from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.fem.equilibrium import linear_solve_callback_batched as batched_callback
from metac.runtime.fem.equilibrium.equilibrium_data import BoundaryValues, ProblemData
from metac.runtime.fem.equilibrium.newton import NewtonSolver
from metac.runtime.fem.equilibrium.problem import Extreme, Problem, make_problem
from metac.runtime.fem.path.incremental import solve_path_from
from metac.runtime.fem.path.warm_start import ChordState, WarmStartCorrector, cold_start
from metac.runtime.fem.status import describe, raise_for
from metac.runtime.linear_solvers.factorisations import FACTORS
from tests.mechanics import NEO_HOOKEAN, degrees, lame, rectangle
from tests.verification.test_buckling import COLUMN, DOWN, EULER, LENGTH, mirrored
from tests.verification.test_buckling import PROBLEM as COLUMN_PROBLEM

MESH = rectangle(3, 3, 2, hole=True)
PROBLEM = make_problem(MESH, degrees(np.concatenate([MESH.nodes_on("bottom"), MESH.nodes_on("top")])), NEO_HOOKEAN)
LIFT = np.isin(PROBLEM.assembly.fixed, degrees(MESH.nodes_on("top"), [1])).astype(float)
PULLED = jnp.array([0.05, 0.1, 0.15])[:, None] * LIFT
PUSHED = -LENGTH * EULER * jnp.array([0.5, 0.8, 1.1, 1.4])[:, None] * DOWN
PARAMETERS = tuple(jnp.asarray(value) for value in lame(50.0, 0.4))
rng = np.random.default_rng(11)
CASES = {"sheet": (PROBLEM, PULLED), "column": (COLUMN_PROBLEM, PUSHED)}


def moved(problem, distance):
    """Node positions that lie about so far, over the domain's size, from the mesh's; a column stays symmetric."""
    nodes = problem.mesh.nodes
    return jnp.asarray(nodes + distance * problem.size * along(problem, np.random.default_rng(2)))


def along(problem, generator):
    """A random direction that does not tell a column which way to bend."""
    direction = generator.normal(size=problem.mesh.nodes.shape)
    return mirrored(direction, np.array([-1.0, 1.0])) if problem is COLUMN_PROBLEM else direction


TRACED: list[str] = []
"""The case of each program that `slope` was made into."""


@partial(jax.jit, static_argnums=0)
@partial(jax.value_and_grad, argnums=2, has_aux=True)
def slope(case, start, coordinates, prescribed):
    """A function of all displacements, with its gradient: one program for each case."""
    TRACED.append(case)
    displacement, status, after = solve_path_from(CASES[case][0], start, coordinates, PARAMETERS, prescribed)
    reading = np.random.default_rng(4).normal(size=displacement.shape)
    return jnp.sum(reading * displacement) ** 2, (displacement, status, after)


def solve(case, coordinates, start=None, prescribed=None):
    """Displacements, status and what a neighbour may start from."""
    (_, found), _ = with_gradient(case, coordinates, start, prescribed)
    return found


def with_gradient(case, coordinates, start=None, prescribed=None):
    problem, usual = CASES[case]
    return slope(case, start or cold_start(problem, len(usual)), coordinates, usual if prescribed is None else prescribed)


def neighbour(case):
    problem, _ = CASES[case]
    return solve(case, moved(problem, 0.0))[2]


@pytest.mark.parametrize("case", ["column", pytest.param("sheet", marks=pytest.mark.slow)])
def test_warm_is_as_cold(case):
    """The column has buckled in its last two increments."""
    coordinates = moved(CASES[case][0], 1e-4)
    cold, status, _ = solve(case, coordinates)
    start = neighbour(case)
    warm, again, after = solve(case, coordinates, start)
    raise_for(again)
    assert not bool(status.warm)
    assert bool(again.warm)
    assert "warm" in describe(again)
    assert bool(again.stable.all())
    assert np.asarray(warm) == pytest.approx(np.asarray(cold), abs=1e-8)
    assert not np.array_equal(warm, cold)
    assert (np.asarray(again.residual) <= 1e-10).all()
    assert np.asarray(again.lowest_eigenvalue) == pytest.approx(np.asarray(status.lowest_eigenvalue), rel=0.2)
    assert bool(after.known)
    if case == "column":
        assert np.asarray(again.switched).tolist() == [False, False, True, False]
        assert float(again.critical_point) == float(start.critical_point)


@pytest.mark.parametrize("case", [pytest.param("sheet", marks=pytest.mark.slow), "column"])
def test_gradients_are_those_of_cold_paths(case):
    problem = CASES[case][0]
    start, coordinates = neighbour(case), moved(problem, 1e-4)
    (cold, (_, status, _)), by_cold = with_gradient(case, coordinates)
    (warm, (_, again, _)), by_warm = with_gradient(case, coordinates, start)
    assert (bool(status.warm), bool(again.warm)) == (False, True)
    assert float(warm) == pytest.approx(float(cold), rel=1e-8)
    assert np.asarray(by_warm) == pytest.approx(np.asarray(by_cold), rel=1e-8, abs=1e-8 * np.abs(by_cold).max())


def test_warm_and_cold_are_one_program():
    start = neighbour("sheet")
    before = len(TRACED)
    for begin in (start, cold_start(PROBLEM, 3), solve("sheet", moved(PROBLEM, 1e-4), start)[2]):
        solve("sheet", moved(PROBLEM, 1e-4), begin)
    assert before and len(TRACED) == before


@pytest.mark.parametrize("case", CASES)
def test_taylor(case):
    start, steps = neighbour(case), np.array([4e-4, 2e-4, 1e-4]) * (1 if case == "column" else 10)
    at, direction = moved(CASES[case][0], 1e-5), 0.1 * along(CASES[case][0], rng)

    def value(length):
        (value, (_, status, _)), gradient = with_gradient(case, at + length * direction, start)
        assert bool(status.warm)
        return float(value), float(jnp.vdot(gradient, direction))

    first, derivative = value(0.0)
    remainders = [abs(value(length)[0] - first - length * derivative) for length in steps]
    assert np.diff(np.log(remainders)) / np.diff(np.log(steps)) == pytest.approx(2.0, abs=0.05)
    differences = [(value(length)[0] - value(-length)[0]) / (2 * length) for length in (1e-4, 1e-5, 1e-6)]
    assert min(abs(np.array(differences) / derivative - 1)) < 1e-6


def spoilt(start, how):
    displacement = np.array(start.displacement)
    inner = int(PROBLEM.assembly.free[0]) // 2
    if how == "not finite":
        displacement[1, inner] = np.nan
    if how == "inverted":
        displacement[1] = MESH.nodes * [-2.0, 0.0]  # mirrored
    if how == "far":
        displacement[2] += 0.05 * rng.normal(size=MESH.nodes.shape)
    if how == "unknown":
        return start._replace(known=jnp.zeros((), dtype=bool))
    return start._replace(displacement=jnp.asarray(displacement))


@pytest.mark.parametrize("how", ["not finite", "inverted", "far", "unknown"])
def test_a_bad_start_is_none(how):
    coordinates = moved(PROBLEM, 1e-4)
    cold, _, _ = solve("sheet", coordinates)
    found, status, after = solve("sheet", coordinates, spoilt(neighbour("sheet"), how))
    assert not bool(status.warm)
    assert np.array_equal(found, cold)
    assert bool(after.known)


def test_an_unstable_branch_is_left():
    """The straight column is in equilibrium, and Newton's method stays there: inertia alone tells."""
    from tests.verification.test_buckling import straight

    nodes = jnp.asarray(COLUMN.nodes)
    start = neighbour("column")._replace(displacement=straight()[0])
    found, status, _ = solve("column", nodes, start)
    assert not bool(status.warm)
    assert bool(status.stable.all())
    assert np.array_equal(found, solve("column", nodes)[0])


def test_a_path_that_fails_starts_nothing():
    prescribed = jnp.array([-0.1, -1.2, -1.3])[:, None] * LIFT
    _, status, after = solve("sheet", moved(PROBLEM, 0.0), prescribed=prescribed)
    assert not bool(status.ok)
    assert not bool(after.known)


@pytest.mark.parametrize("case", CASES)
def test_bits_depend_on_the_start_alone(case):
    """Whatever factors the table holds: none, those of other designs, those of the step before."""
    start, coordinates = neighbour(case), moved(CASES[case][0], 1e-4)
    for begin in (start, cold_start(CASES[case][0], len(CASES[case][1]))):
        FACTORS.clear()
        expected = with_gradient(case, coordinates, begin)
        for disturbance in (None, moved(CASES[case][0], 2e-4), coordinates):
            if disturbance is not None:
                with_gradient(case, disturbance, start)
            found = with_gradient(case, coordinates, begin)
            assert jax.tree.all(jax.tree.map(partial(np.array_equal, equal_nan=True), found, expected))


@pytest.mark.slow
def test_without_a_gradient():
    """Another program, which keeps no factors."""
    start, coordinates = neighbour("sheet"), moved(PROBLEM, 1e-4)
    FACTORS.clear()
    found, status, _ = solve_path_from(PROBLEM, start, coordinates, PARAMETERS, PULLED)
    assert bool(status.warm)
    assert len(FACTORS) == 0
    assert np.asarray(found) == pytest.approx(np.asarray(solve("sheet", coordinates, start)[0]), abs=1e-12)


def test_no_factor_is_left_behind():
    start, coordinates = neighbour("sheet"), moved(PROBLEM, 1e-4)
    FACTORS.clear()
    for begin in (start, spoilt(start, "far"), spoilt(start, "inverted")):
        jax.block_until_ready(with_gradient("sheet", coordinates, begin))
        assert len(FACTORS) == 0


def test_factors_that_are_gone_are_made_again(monkeypatch):
    """Memory is bounded: between two callbacks a factor may be lost."""
    start, coordinates = neighbour("sheet"), moved(PROBLEM, 2e-4)
    expected = solve("sheet", coordinates, start)[0]
    substitute = batched_callback.batched.substitute

    def forgetful(*arguments, **keywords):
        FACTORS.clear()
        return substitute(*arguments, **keywords)

    monkeypatch.setattr(batched_callback.batched, "substitute", forgetful)
    found, status, _ = solve("sheet", coordinates, start)
    assert bool(status.warm)
    assert np.array_equal(found, expected)


def corrector_at(coordinates):
    data = ProblemData(coordinates, PROBLEM.geometry(coordinates), PARAMETERS)
    return WarmStartCorrector(PROBLEM, data, BoundaryValues(PULLED, jnp.zeros((3, *MESH.nodes.shape))), keep=False)


def test_a_state_that_is_none_has_an_infinite_error():
    nothing = jnp.zeros(MESH.nodes.shape)
    corrector = corrector_at(moved(PROBLEM, 0.0))
    balance = jax.jit(lambda *state: corrector.balance(*state))
    assert float(balance(nothing, nothing).error) == 0
    assert 0 < float(balance(0.1 * MESH.nodes, nothing).error) < np.inf
    mirrored_nodes, no_number = MESH.nodes * [-2.0, 0.0], MESH.nodes * np.nan
    for state in (mirrored_nodes, no_number):
        assert float(balance(jnp.asarray(state), nothing).error) == np.inf


def test_a_neighbour_whose_state_is_none_is_given_up_before_the_first_tangent():
    corrector, start = corrector_at(moved(PROBLEM, 0.0)), neighbour("sheet")
    begun = jax.jit(lambda start: corrector.initial_state(start))
    assert not bool(begun(start).failed)
    assert bool(begun(spoilt(start, "inverted")).failed) and bool(begun(spoilt(start, "not finite")).failed)


def test_equilibria_with_elements_folded_at_the_rim_are_none(monkeypatch):
    """The law sees quadrature points only."""
    start = neighbour("sheet")
    for smallest, is_good in ((0.5, True), (-0.5, False)):
        extreme = Extreme(jnp.asarray(smallest), jnp.asarray(0))
        monkeypatch.setattr(Problem, "smallest_jacobian", lambda *_, extreme=extreme: extreme)
        done = corrector_at(moved(PROBLEM, 0.0)).solve(start)
        assert bool(done.good) == is_good and (np.asarray(done.determinant.value) == smallest).all()


def test_one_pass_moves_active_increments_alone_and_is_newtons_step():
    """A new tangent's first pass leaves about the square of what was out of balance; what is not active stays to the bit."""
    corrector = corrector_at(moved(PROBLEM, 1e-3))
    state = jax.jit(lambda start: corrector.initial_state(start))(neighbour("sheet"))
    active, none = jnp.array([True, False, True]), jnp.zeros(3, dtype=int)
    values = jnp.stack([PROBLEM.stiffness(PARAMETERS, corrector.data.shape, u) for u in state.balance.displacement])
    chords = ChordState(state.balance, none, state.handles, active, jnp.asarray(0), jnp.asarray(False))
    step = jax.jit(lambda *given: corrector.chord_step(*given))
    after = step(values, chords)
    assert np.asarray(after.iterations).tolist() == [1, 0, 1] and int(after.passes) == 1
    assert np.array_equal(after.balance.displacement[1], state.balance.displacement[1])
    before, now = (np.asarray(each.error / each.reference)[[0, 2]] for each in (state.balance, after.balance))
    assert (now < 10 * before**2).all() and (before > 1e-5).all()
    # Without a step that helps, a new tangent fails and an old one is only given up.
    stuck = chords._replace(balance=state.balance._replace(out_of_balance=-state.balance.out_of_balance))
    for passes, failed in ((0, True), (1, False)):
        ended = step(values, stuck._replace(passes=jnp.asarray(passes), handles=after.handles))
        assert bool(ended.failed) == failed and not bool(ended.active.any())
        assert np.array_equal(ended.balance.displacement, state.balance.displacement)
    batched_callback.release(after.handles)


def test_a_tangent_that_serves_badly_is_made_again(monkeypatch):
    """Chords that hardly contract are given up, not counted on."""
    made = []
    substitute = batched_callback.batched.substitute

    def counting(*arguments, renew, **keywords):
        made.append(renew)
        return substitute(*arguments, renew=renew, **keywords)

    monkeypatch.setattr(batched_callback.batched, "substitute", counting)
    coordinates = moved(PROBLEM, 1e-2)
    found, status, _ = solve("sheet", coordinates, neighbour("sheet"))
    assert bool(status.warm)
    assert sum(made) > 1
    assert np.asarray(found) == pytest.approx(np.asarray(solve("sheet", coordinates)[0]), abs=1e-8)


@pytest.mark.slow
def test_forces_are_carried_from_a_neighbour_too():
    """A wrong balance of forces would send every neighbour back to rest."""
    held = make_problem(MESH, degrees(MESH.nodes_on("bottom")), NEO_HOOKEAN)
    forces = jnp.zeros((2, *MESH.nodes.shape)).at[:, MESH.nodes_on("top"), 1].set(jnp.array([[0.4], [0.8]]))
    still = jnp.zeros((2, len(held.assembly.fixed)))

    @jax.jit
    def found(start, coordinates):
        return solve_path_from(held, start, coordinates, PARAMETERS, still, forces)

    rest = cold_start(held, 2)
    near = moved(held, 1e-4)
    cold, status, _ = found(rest, near)
    warm, again, _ = found(found(rest, moved(held, 0.0))[2], near)
    raise_for(again)
    assert bool(again.warm) and not bool(status.warm)
    assert np.asarray(warm) == pytest.approx(np.asarray(cold), abs=1e-8)
    outside = held.internal_force(PARAMETERS, held.geometry(near), warm[-1]) - forces[-1]
    assert float(jnp.abs(held.free(outside)).max()) < 1e-8


def counted(method, calls):
    """The method, that notes its name where it is called."""

    def call(self, *given):
        calls.append(method.__qualname__)
        return method(self, *given)

    return call


def test_a_path_that_is_differentiated_is_traced_once(monkeypatch):
    """Its solution from rest, its correction, and neither a second time without the derivative in mind."""
    problem = replace(PROBLEM, settings=replace(PROBLEM.settings, maximum_iterations=24))  # not traced by other tests
    traced = []
    for solver in (NewtonSolver, WarmStartCorrector):
        monkeypatch.setattr(solver, "solve", counted(solver.solve, traced))

    def loss(coordinates):
        displacement, *_ = solve_path_from(problem, cold_start(problem, 3), coordinates, PARAMETERS, PULLED)
        return jnp.sum(displacement**2)

    jax.make_jaxpr(jax.value_and_grad(loss))(jnp.asarray(MESH.nodes))
    assert sorted(traced) == ["NewtonSolver.solve", "WarmStartCorrector.solve"]
