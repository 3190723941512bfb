"""The pieces of Newton's method, each alone."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.fem.constitutive_law import LawFunctions
from metac.runtime.fem.equilibrium import linear_solve_callback as callback
from metac.runtime.fem.equilibrium.equilibrium_data import BoundaryValues, InitialGuess, LastEquilibrium, ProblemData
from metac.runtime.fem.equilibrium.newton import Balance, NewtonSolver, rounding_floor
from metac.runtime.fem.equilibrium.problem import Extreme, NewtonSettings, make_problem
from tests.mechanics import LINEAR_ELASTIC, NEO_HOOKEAN, degrees, lame, rectangle

MESH = rectangle(2, 2, 1, distort=0.2)
NODES = jnp.asarray(MESH.nodes)
PARAMETERS = lame(10.0, 0.3)
HELD = np.concatenate([MESH.nodes_on("bottom"), MESH.nodes_on("top")])


def solver(law: LawFunctions = NEO_HOOKEAN, lift=0.1, forces=0.0, descending=False):
    problem = make_problem(MESH, degrees(HELD), law)
    data = ProblemData(NODES, problem.geometry(NODES), PARAMETERS)
    prescribed = lift * np.isin(problem.assembly.fixed, degrees(MESH.nodes_on("top"), [1]))
    boundary = BoundaryValues(jnp.asarray(prescribed), forces * jnp.ones_like(NODES))
    return NewtonSolver(problem, data, boundary, jnp.asarray(descending), keep=False)


def state_of(newton, displacement):
    nothing = jnp.asarray(False)
    return newton.initial_state(
        InitialGuess(displacement, LastEquilibrium.none(newton.problem), callback.no_factor(), nothing)
    )


@pytest.fixture
def somewhere():
    """`[node, 2]`: any small displacement."""
    return jnp.asarray(0.02 * np.random.default_rng(0).normal(size=MESH.nodes.shape))


def test_external_forces_count_against_internal_ones(somewhere):
    loaded, free = solver(forces=2.0), solver()
    np.testing.assert_allclose(loaded.out_of_balance(somewhere), free.out_of_balance(somewhere) - 2.0, atol=1e-13)
    energy = jax.grad(lambda u: free.problem.energy(PARAMETERS, free.data.shape, u))(somewhere)
    np.testing.assert_allclose(free.out_of_balance(somewhere), energy, atol=1e-12)


def test_the_dirichlet_increment_leads_to_the_prescribed_values_and_moves_nothing_else(somewhere):
    newton = solver()
    after = somewhere + newton.dirichlet_increment(somewhere)
    np.testing.assert_allclose(newton.problem.prescribed(after), newton.boundary.prescribed, atol=1e-16)
    np.testing.assert_array_equal(newton.problem.free(after), newton.problem.free(somewhere))


def test_the_dirichlet_force_is_the_change_of_forces_that_the_increment_causes(somewhere):
    """Of a linear law: exactly."""
    newton = solver(LINEAR_ELASTIC)
    moved = somewhere + newton.dirichlet_increment(somewhere)
    change = newton.out_of_balance(moved) - newton.out_of_balance(somewhere)
    np.testing.assert_allclose(newton.dirichlet_force(somewhere), change, atol=1e-13)


def test_the_first_step_of_a_linear_body_arrives(somewhere):
    """From anywhere, boundary included; and a later step does not move the boundary."""
    newton = solver(LINEAR_ELASTIC, forces=0.01)
    state = state_of(newton, somewhere)
    values = newton.tangent(state)
    _, direction = newton.direction(state, values, jnp.asarray(True))
    arrived = somewhere + direction
    assert bool(newton.balance(newton.out_of_balance(arrived), values).within(1e-12))
    _, later = newton.direction(state, values, jnp.asarray(False))
    assert not np.asarray(newton.problem.prescribed(later)).any()


def test_a_tangent_at_hand_is_not_computed_again(somewhere):
    newton = solver()
    state = state_of(newton, somewhere)
    fake = state.last_equilibrium._replace(values=state.last_equilibrium.values + 7.0, current=jnp.asarray(True))
    assert (newton.tangent(state._replace(last_equilibrium=fake)) == 7.0).all()
    fresh = newton.problem.stiffness(PARAMETERS, newton.data.shape, somewhere)
    np.testing.assert_allclose(newton.tangent(state), fresh, rtol=1e-12, atol=1e-13)


def test_downhill_a_tangent_of_another_state_is_not_used(somewhere):
    filled = LastEquilibrium.none(solver().problem)._replace(current=jnp.asarray(True))
    for descending in (False, True):
        newton = solver(descending=descending)
        guess = InitialGuess(somewhere, filled, callback.no_factor(), jnp.asarray(False))
        assert bool(newton.initial_state(guess).last_equilibrium.current) is not descending


def test_the_line_search_halves_until_no_element_is_inverted():
    newton = solver(lift=0.0)
    inner = np.setdiff1d(np.arange(len(NODES)), np.concatenate([MESH.nodes_on(part) for part in MESH.facets]))
    state = state_of(newton, jnp.zeros_like(NODES).at[inner[0], 0].set(0.1))
    values = newton.tangent(state)
    _, direction = newton.direction(state, values, jnp.asarray(False))
    whole = newton.line_search(state, direction, jnp.asarray(False))
    assert float(whole.length) == 1.0 and bool(whole.accepted)
    # 16 times too long, it overshoots and inverts elements.
    far = newton.line_search(state, 16 * direction, jnp.asarray(False))
    assert bool(far.accepted) and 0 < float(far.length) < 0.5 and float(far.determinant.value) > 0
    assert int(far.halvings) == round(np.log2(1 / float(far.length)))
    # The first step moves the boundary: whole or not at all.
    first = newton.line_search(state, 40 * direction, jnp.asarray(True))
    assert float(first.length) == 1.0 and not bool(first.accepted)


def test_an_uphill_step_is_refused():
    newton = solver(lift=0.0)
    state = state_of(newton, jnp.zeros_like(NODES).at[4, 0].set(0.05))
    _, direction = newton.direction(state, newton.tangent(state), jnp.asarray(False))
    refused = newton.line_search(state, -direction, jnp.asarray(False))
    assert not bool(refused.accepted)
    assert int(refused.halvings) == newton.problem.settings.maximum_step_halvings


@pytest.mark.parametrize("downhill", [False, True])
def test_where_the_tangent_is_not_positive_a_step_leads_downhill_if_that_is_asked(downhill):
    """Newton's own step would lead to a saddle; here all springs push."""
    problem = make_problem(MESH, degrees(HELD), NEO_HOOKEAN, NewtonSettings(downhill=downhill))
    data = ProblemData(NODES, problem.geometry(NODES), PARAMETERS)
    boundary = BoundaryValues(jnp.zeros(len(problem.assembly.fixed)), jnp.zeros_like(NODES))
    newton = NewtonSolver(problem, data, boundary, jnp.asarray(False), keep=False)
    count = len(problem.assembly.free)
    force = jnp.asarray(np.random.default_rng(0).normal(size=count))
    state = state_of(newton, jnp.zeros_like(NODES))
    state = state._replace(out_of_balance=problem.join(force, jnp.zeros(len(problem.assembly.fixed))))
    values = jnp.zeros(len(problem.assembly.matrix.indices)).at[problem.assembly.matrix.diagonal].set(-1.0)
    solved, direction = newton.direction(state, values, jnp.asarray(False))
    assert float(solved.residual) < 1e-10
    slope = float(jnp.vdot(problem.free(direction), force))
    assert (slope < 0) is downhill
    assert slope == pytest.approx(float(force @ force)) or downhill


def test_balance_is_relative_to_the_forces_but_not_finer_than_rounding():
    balance = Balance(jnp.asarray(1e-6), jnp.asarray(10.0), jnp.asarray(1e-9))
    assert bool(balance.within(1e-6)) and not bool(balance.within(1e-8))
    assert float(balance.relative) == pytest.approx(1e-7)
    unloaded = Balance(jnp.asarray(1e-10), jnp.asarray(0.0), jnp.asarray(1e-9))
    assert bool(unloaded.within(1e-10))


def test_what_is_out_of_balance_is_compared_with_all_that_acts(somewhere):
    """Inside and outside: dead forces alone, on a body that has not moved yet, are no small part of what acts."""
    for forces in (0.0, 2.0):
        newton = solver(forces=forces)
        internal = newton.problem.internal_force(PARAMETERS, newton.data.shape, somewhere)
        balance = newton.balance(newton.out_of_balance(somewhere), newton.tangent(state_of(newton, somewhere)))
        outside = forces * np.sqrt(NODES.size)
        assert float(balance.reference) == pytest.approx(float(jnp.linalg.norm(internal)) + outside, rel=1e-12)
        assert float(balance.error) == pytest.approx(
            float(jnp.linalg.norm(newton.problem.free(internal - forces))), rel=1e-12
        )


@pytest.mark.parametrize("smallest", [0.5, -0.5])
def test_a_state_in_balance_whose_elements_are_folded_at_the_rim_is_none(somewhere, monkeypatch, smallest):
    """The law sees quadrature points only."""
    extreme = Extreme(jnp.asarray(smallest), jnp.asarray(0))
    monkeypatch.setattr(NewtonSolver, "smallest_jacobian", lambda *_: extreme)
    newton = solver(LINEAR_ELASTIC)
    state = state_of(newton, somewhere)
    after = newton.improve(state, newton.tangent(state))
    assert bool(after.balanced) == (smallest > 0) and bool(after.failed) == (smallest < 0)
    assert float(after.determinant.value) == smallest


def test_the_rounding_floor_grows_with_stiffness_and_size():
    problem = solver().problem
    values = jnp.zeros(len(problem.assembly.matrix.indices)).at[problem.assembly.matrix.diagonal[3]].set(-50.0)
    assert float(rounding_floor(problem, values)) == pytest.approx(4 * 2.22e-16 * np.sqrt(2) * 50, rel=1e-3, abs=0)
    both = rounding_floor(problem, jnp.stack([values, 2 * values]))
    assert np.asarray(both[1] / both[0]) == pytest.approx(2)


def test_all_pieces_together_find_the_equilibrium_that_has_least_energy():
    newton = solver(lift=0.2)
    last = jax.jit(
        lambda: newton.solve(
            InitialGuess(
                jnp.zeros_like(NODES), LastEquilibrium.none(newton.problem), callback.no_factor(), jnp.asarray(False)
            )
        )
    )()
    assert bool(last.converged) and not bool(last.failed)
    assert int(last.last_equilibrium.negative) == 0
    # Quadratic convergence: few iterations, and a residual far below the tolerance.
    assert 2 <= int(last.iteration) <= 6 and float(last.relative) < 1e-10
    problem, shape = newton.problem, newton.data.shape
    energy = float(problem.energy(PARAMETERS, shape, last.displacement))
    rng = np.random.default_rng(3)
    for _ in range(5):
        aside = problem.join(jnp.asarray(0.01 * rng.normal(size=len(problem.assembly.free))), newton.boundary.prescribed * 0)
        assert float(problem.energy(PARAMETERS, shape, last.displacement + aside)) > energy
