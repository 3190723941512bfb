"""Load paths: found again by other ways, cut back where needed, and honest where there is no equilibrium."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.errors import InvertedElement, NotConverged, NotFinite
from metac.runtime.fem.equilibrium import linear_solve_callback as callback
from metac.runtime.fem.equilibrium.problem import NewtonSettings, make_problem
from metac.runtime.fem.path.incremental import solve_path
from metac.runtime.fem.status import describe, failure, raise_for
from tests.mechanics import NEO_HOOKEAN, degrees, lame, rectangle

PARAMETERS = lame(50.0, 0.46)
MESH = rectangle(3, 3, 2, hole=True)
NODES = jnp.asarray(MESH.nodes)


def pull(strains, settings=None, nodes=NODES, parameters=PARAMETERS):
    held = np.concatenate([MESH.nodes_on("bottom"), MESH.nodes_on("top")])
    problem = make_problem(MESH, degrees(held), NEO_HOOKEAN, settings)
    lift = np.isin(problem.assembly.fixed, degrees(MESH.nodes_on("top"), [1]))
    prescribed = np.where(lift, np.asarray(strains)[:, None], 0.0)
    return (problem, *solve_path(problem, nodes, parameters, prescribed))


def test_forces_are_balanced_and_the_grips_are_where_they_should_be():
    problem, displacement, status = pull([0.1, 0.2])
    raise_for(status)
    for strain, u in zip([0.1, 0.2], displacement, strict=True):
        force = problem.internal_force(PARAMETERS, problem.geometry(NODES), u)
        assert np.abs(problem.free(force)).max() < 1e-8 * np.abs(force).max()
        assert np.allclose(u[MESH.nodes_on("top")], [0, strain], atol=1e-15)
        assert not np.asarray(u[MESH.nodes_on("bottom")]).any()


@pytest.mark.slow
def test_the_end_does_not_depend_on_the_increments():
    ends = [pull(np.linspace(0, 0.2, count + 1)[1:])[1][-1] for count in (1, 4)]
    assert np.asarray(ends[0]) == pytest.approx(np.asarray(ends[1]), abs=1e-9)


def test_too_large_an_increment_is_taken_in_parts():
    _, displacement, status = pull([-0.5])
    assert bool(status.ok)
    assert int(status.cutbacks[0]) > 0
    # Those of the attempts that failed count too: each of them takes two at least.
    assert int(status.iterations[0]) >= 2 * int(status.cutbacks[0]) + 4
    assert "halvings" in describe(status)
    _, fine, _ = pull(np.linspace(0, -0.5, 13)[1:])
    assert np.asarray(displacement[-1]) == pytest.approx(np.asarray(fine[-1]), abs=1e-8)


def test_no_equilibrium_is_told_with_increment_and_element():
    """Crushed to nothing: everything after the last good increment is unknown."""
    _, displacement, status = pull([-0.1, -1.2, -1.3], NewtonSettings(maximum_cutbacks=4))
    assert np.asarray(status.converged).tolist() == [True, False, False]
    assert not bool(status.ok)
    assert np.isfinite(displacement[0]).all()
    assert np.isnan(displacement[1:]).all()
    problem = failure(status, "push")
    assert isinstance(problem, InvertedElement)
    assert (problem.where, problem.step) == ("deformed", 2)
    assert 0 <= problem.element < len(MESH.cells)
    assert "push" in problem.message
    with pytest.raises(InvertedElement):
        raise_for(status)
    assert problem.remedy in describe(status)


def test_too_few_iterations_are_no_convergence():
    _, displacement, status = pull([0.1], NewtonSettings(maximum_iterations=1, maximum_cutbacks=2))
    problem = failure(status)
    assert isinstance(problem, NotConverged)
    assert problem.increment == 1
    assert problem.residual > 1e-10
    assert np.isnan(displacement).all()


def test_an_inverted_mesh_is_not_even_tried():
    free = np.setdiff1d(MESH.cells[:, :3], np.concatenate([MESH.nodes_on(part) for part in MESH.facets]))[0]
    _, displacement, status = pull([0.1], nodes=NODES.at[free].add(2.0))
    problem = failure(status)
    assert isinstance(problem, InvertedElement)
    assert (problem.where, problem.step) == ("reference", 0)
    assert free in MESH.cells[problem.element]
    assert np.isnan(displacement).all()
    assert int(status.iterations.sum()) == 0


@pytest.mark.parametrize("where", ["nodes", "parameters", "strain"])
def test_values_that_are_not_finite(where):
    nodes = NODES.at[3, 0].set(jnp.nan) if where == "nodes" else NODES
    parameters = (jnp.nan, 1.0) if where == "parameters" else PARAMETERS
    _, displacement, status = pull([jnp.inf if where == "strain" else 0.1], nodes=nodes, parameters=parameters)
    assert isinstance(failure(status), NotFinite)
    assert np.isnan(displacement).all()


def test_a_body_that_is_held_too_little_is_told():
    """Free to turn about one corner, and pushed at another: the stiffness is singular."""
    problem = make_problem(MESH, degrees([0]), NEO_HOOKEAN, NewtonSettings(maximum_cutbacks=2))
    forces = jnp.zeros((1, *MESH.nodes.shape)).at[0, -1].set(jnp.array([0.1, 0.3]))
    displacement, status = solve_path(problem, NODES, PARAMETERS, jnp.zeros((1, 2)), forces)
    assert not bool(status.ok)
    assert failure(status) is not None
    assert np.isnan(displacement).all()


def test_the_gradient_of_a_failed_path_is_not_a_number():
    def end(scale):
        return jnp.sum(pull(np.array([-1.2]), NewtonSettings(maximum_cutbacks=1), nodes=scale * NODES)[1])

    value, slope = jax.value_and_grad(end)(1.0)
    assert np.isnan(value)
    assert np.isnan(slope)


def test_an_inaccurate_solve_is_told(monkeypatch):
    solve = callback.solve

    def inaccurate(*arguments, **keywords):
        return solve(*arguments, **keywords)._replace(residual=jnp.asarray(1e-7))

    monkeypatch.setattr(callback, "solve", inaccurate)
    _, _, status = pull([0.05], NewtonSettings(maximum_iterations=24))
    problem = failure(status)
    assert isinstance(problem, NotConverged)
    assert "linear solve" in problem.message


def test_nothing_applied_nothing_moves():
    _, displacement, status = pull([0.0, 0.0])
    assert bool(status.ok)
    assert not np.asarray(displacement).any()
    assert np.asarray(status.residual).tolist() == [0, 0]


def test_again_and_again():
    """Callbacks to the host must not block each other, however often they are called."""
    first = pull([0.05, 0.1])[1]
    for _ in range(20):
        assert np.array_equal(pull([0.05, 0.1])[1], first)
