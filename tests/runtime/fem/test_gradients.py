"""Taylor tests: what the implicit-function theorem gives is the derivative of what Newton's method finds."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.fem.equilibrium.problem import make_problem
from metac.runtime.fem.path.incremental import solve_path
from metac.runtime.linear_solvers.factorisations import FACTORS
from tests.mechanics import NEO_HOOKEAN, degrees, lame, rectangle, taylor_remainders

MESH = rectangle(3, 3, 2, hole=True)
HELD = np.concatenate([MESH.nodes_on("bottom"), MESH.nodes_on("top")])
PROBLEM = make_problem(MESH, degrees(HELD), NEO_HOOKEAN)
LIFT = np.isin(PROBLEM.assembly.fixed, degrees(MESH.nodes_on("top"), [1])).astype(float)
STEPS = np.array([4e-3, 2e-3, 1e-3])
rng = np.random.default_rng(3)
READING = rng.normal(size=(2, *MESH.nodes.shape))
DIRECTIONS = {
    "coordinates": 0.1 * rng.normal(size=MESH.nodes.shape),
    "parameters": tuple(np.array([3.0, -20.0])),
    "prescribed": 0.3 * rng.normal(size=(2, len(LIFT))),
    "forces": rng.normal(size=(2, *MESH.nodes.shape)),
}


@jax.jit
def loss(inputs):
    """A nonlinear function of all displacements and of the inputs themselves."""
    displacement, _ = solve_path(
        PROBLEM, inputs["coordinates"], inputs["parameters"], inputs["prescribed"], inputs["forces"]
    )
    shape = PROBLEM.geometry(inputs["coordinates"])
    energy = jax.vmap(partial(PROBLEM.energy, inputs["parameters"], shape))(displacement)
    return jnp.sum(READING * displacement) ** 2 + jnp.sum(energy**2)


def inputs():
    return {
        "coordinates": jnp.asarray(MESH.nodes),
        "parameters": tuple(jnp.asarray(value) for value in lame(10.0, 0.4)),
        "prescribed": jnp.array([0.05, 0.1])[:, None] * LIFT,
        "forces": jnp.zeros((2, *MESH.nodes.shape)),
    }


@pytest.mark.parametrize("name", DIRECTIONS)
def test_taylor(name):
    at = inputs()
    part = lambda value: loss(at | {name: value})  # noqa: E731
    remainders, slope, difference = taylor_remainders(part, at[name], DIRECTIONS[name], STEPS)
    rates = np.diff(np.log(remainders)) / np.diff(np.log(STEPS))
    assert rates == pytest.approx(2.0, abs=0.05)
    assert slope == pytest.approx(difference, rel=1e-6)


def test_gradients_do_not_depend_on_the_factors_kept():
    """A second backward pass finds its factors released and makes new ones."""
    _, backward = jax.vjp(loss, inputs())
    first = backward(1.0)[0]
    FACTORS.clear()
    second = backward(1.0)[0]
    for a, b in zip(jax.tree.leaves(first), jax.tree.leaves(second), strict=True):
        assert np.asarray(a) == pytest.approx(np.asarray(b), rel=1e-8, abs=1e-10)


def test_no_factor_is_left_behind():
    FACTORS.clear()
    jax.block_until_ready(jax.grad(loss)(inputs()))
    assert len(FACTORS) == 0


@pytest.mark.slow
def test_a_batch_is_a_loop():
    """`vmap` works, one member after the other on the host."""
    at = inputs()
    strains = jnp.array([0.5, 1.0])
    batched = jax.vmap(jax.value_and_grad(lambda s: loss(at | {"prescribed": s * at["prescribed"]})))(strains)
    for k, strain in enumerate(strains):
        value, slope = jax.value_and_grad(lambda s: loss(at | {"prescribed": s * at["prescribed"]}))(strain)
        assert float(batched[0][k]) == pytest.approx(float(value), rel=1e-9)
        assert float(batched[1][k]) == pytest.approx(float(slope), rel=1e-8)
