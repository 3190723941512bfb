"""The propagator: with the true coefficients it is the dynamics; its law is the derivative of an energy; it is stable."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.learn.simulators.conditions import TrajectoryConditions
from metac.runtime.learn.simulators.learned_law import (
    LearnedLaw,
    box_stiffness,
    learned_energy,
    learned_forces,
    learned_gradient,
    learned_law,
)
from metac.runtime.learn.simulators.propagator import Propagator, PropagatorConfiguration, propagator, rolled
from metac.runtime.learn.simulators.rollouts import RolloutStatus
from metac.runtime.learn.simulators.simulator import Simulator
from metac.runtime.learn.simulators.stability import UNSTABLE, spectral_radius
from metac.runtime.springs.dynamics import Schedule, compressed
from metac.runtime.springs.forces import at_nodes, rest_lengths, vectors
from metac.runtime.springs.network import SpringNetwork, springs_of
from metac.runtime.springs.status import DynamicStatus
from tests.mechanics import taylor_remainders
from tests.runtime.springs.networks import packed

ANGLE, MASS, DAMPING, RATE, INTERVAL = 0.01, 100.0, 10.0, 1e-5, 4e-3
CONDITIONS = TrajectoryConditions(
    angle_stiffness=ANGLE, mass=MASS, damping=DAMPING, temperature=0.0, rate=RATE, interval=INTERVAL
)


NOTHING = jnp.zeros((0, 0, 2))
"""A rollout from rest is given no snapshots."""


@pytest.fixture(scope="module")
def network() -> SpringNetwork:
    return packed(16)[0]


@pytest.fixture(scope="module")
def simulator() -> Simulator:
    configuration = PropagatorConfiguration(8, 16, 30.0)
    return Simulator(configuration, scattered(configuration.initial_weights(1)), CONDITIONS)


def scattered(weights):
    """Coefficients that differ a good deal from bond to bond."""
    return jax.tree.map(lambda leaf: leaf + 0.3 * jnp.cos(jnp.arange(leaf.size).reshape(leaf.shape)), weights)


def true_law(network: SpringNetwork) -> LearnedLaw:
    """The coefficients of the simulated energy, per mass."""
    springs, nodes = springs_of(network, ANGLE), len(network.positions)
    degrees = at_nodes(springs, springs.weights, nodes)
    first, second = (springs.weights * 2 * ANGLE * degrees[springs.bonds[:, end]] / MASS for end in (0, 1))
    along = springs.weights * 2 / rest_lengths(springs) / MASS
    return LearnedLaw(springs, along, (first, second), jnp.asarray(1 / DAMPING))


@pytest.mark.parametrize("axis", [0, 1])
def test_with_the_true_coefficients_it_is_the_dynamics(network, axis):
    between = INTERVAL / (RATE * float(network.box[axis]))
    schedule = Schedule(axis=axis, snapshots=8, substeps=40, free=True)
    truth = compressed(
        network,
        angle_stiffness=ANGLE,
        mass=MASS,
        damping=DAMPING,
        temperature=0.0,
        interval=INTERVAL,
        between=between,
        key=jax.random.key(0),
        schedule=schedule,
    )
    moving = Propagator(true_law(network), jnp.asarray(network.box), INTERVAL, between, 40, axis, True)
    found = rolled(moving, moving.at_rest(jnp.asarray(network.positions)), 8)
    moved = float(jnp.abs(truth.positions[-1] - truth.positions[0]).max())
    assert float(jnp.abs(found.positions - truth.positions).max()) < 1e-5 * moved
    assert float(jnp.abs(found.box - truth.box).max()) < 1e-5 * float(jnp.abs(truth.box[-1] - truth.box[0]).max())
    np.testing.assert_allclose(found.velocity, truth.velocities, atol=1e-4 * float(jnp.abs(truth.velocities).max()))
    assert float(moving.phase(jnp.asarray(network.positions))) == pytest.approx(float(truth.phase), rel=1e-2)


def strained_places(network, size=1e-2):
    rest = jnp.asarray(network.positions)
    return rest + size * jnp.sin(7.0 * jnp.arange(rest.size).reshape(rest.shape)), jnp.asarray(network.box) * jnp.array(
        [0.99, 1.01]
    )


def test_forces_are_the_derivative_of_an_energy_that_is_positive(network, simulator):
    law = simulator.of(network).law
    positions, box = strained_places(network)
    nodes = len(positions)
    assert float(learned_energy(law, law.springs.rest, nodes)) == 0
    assert float(learned_energy(law, vectors(law.springs, positions, box), nodes)) > 0
    by_bonds = jax.grad(lambda bonds: learned_energy(law, bonds, nodes))(vectors(law.springs, positions, box))
    np.testing.assert_allclose(learned_forces(law, vectors(law.springs, positions, box), nodes), by_bonds, atol=1e-14)
    gradient, _ = learned_gradient(law, positions, box)
    np.testing.assert_allclose(gradient.sum(axis=0), 0, atol=1e-14)
    assert float(jnp.abs(gradient).max()) > 1e-7


def test_the_virial_and_stiffness_of_the_box_are_derivatives_of_the_energy(network, simulator):
    law, rest = simulator.of(network).law, jnp.asarray(network.box)
    positions, nodes = jnp.asarray(network.positions), len(network.positions)

    def energy(edges):
        return learned_energy(law, vectors(law.springs, positions * edges / rest, edges), nodes)

    edges = rest * jnp.array([0.99, 1.02])
    _, virial = learned_gradient(law, positions * edges / rest, edges)
    np.testing.assert_allclose(virial / edges, jax.grad(energy)(edges), rtol=1e-10)
    for axis in (0, 1):
        assert float(box_stiffness(law, rest, axis, nodes)) == pytest.approx(float(jax.hessian(energy)(rest)[axis, axis]))


def test_a_bond_of_weight_zero_is_not_there(network, simulator):
    """As arrays of networks of several sizes are filled up: with bonds of weight 0 and nodes without bonds."""
    more = SpringNetwork(
        positions=jnp.concatenate([jnp.asarray(network.positions), jnp.asarray(network.positions[:1])]),
        box=network.box,
        bonds=np.concatenate([network.bonds, network.bonds[:1]]),
        images=np.concatenate([network.images, network.images[:1]]),
        weights=jnp.append(jnp.asarray(network.weights), 0.0),
        factors=jnp.append(jnp.asarray(network.factors), 1.0),
    )
    found, _ = simulator.rollout(network, ANGLE, 0, 3)
    filled, status = simulator.rollout(more, ANGLE, 0, 3)
    np.testing.assert_allclose(filled.positions[:, :-1], found.positions, rtol=1e-12)
    np.testing.assert_allclose(filled.box, found.box, rtol=1e-14)
    assert bool(status.ok)


def test_a_network_turned_by_90_degrees_moves_as_before(network, simulator):
    """Along y, of the network with its axes swapped and mirrored: no direction is preferred."""
    turned = SpringNetwork(
        positions=jnp.stack([-jnp.asarray(network.positions)[:, 1], jnp.asarray(network.positions)[:, 0]], 1),
        box=jnp.asarray(network.box)[::-1],
        bonds=network.bonds,
        images=np.stack([-np.asarray(network.images)[:, 1], np.asarray(network.images)[:, 0]], 1),
        weights=network.weights,
        factors=network.factors,
    )
    along_x, _ = simulator.rollout(network, ANGLE, 0, 4)
    along_y, _ = simulator.rollout(turned, ANGLE, 1, 4)
    np.testing.assert_allclose(along_y.box[:, ::-1], along_x.box, rtol=1e-12)


def test_gradients_through_a_rollout_are_right(network, simulator):
    def ratio(change):
        positions, weights = change
        moved = SpringNetwork(positions, jnp.asarray(network.box), network.bonds, network.images, weights, network.factors)
        trajectory, _ = simulator.rollout(moved, ANGLE, 0, 6)
        strains = trajectory.box[-1] / trajectory.box[0] - 1
        return -strains[1] / strains[0]

    at = jnp.asarray(network.positions), jnp.asarray(network.weights)
    direction = jnp.sin(3.0 * jnp.arange(at[0].size).reshape(at[0].shape)), -jnp.abs(jnp.cos(jnp.arange(len(at[1]))))
    remainders, slope, difference = taylor_remainders(ratio, at, direction, (1e-2, 1e-3))
    assert slope == pytest.approx(difference, rel=1e-5)
    assert abs(slope) > 1e-4
    assert 50 < remainders[0] / remainders[1] < 200


@pytest.mark.slow
def test_errors_do_not_grow_while_time_steps_are_short_and_growth_is_seen(network, simulator):
    assert spectral_radius(simulator.steps(network, NOTHING, NOTHING, [1, 20])) < UNSTABLE
    stiff = jax.tree.map(lambda leaf: leaf, simulator.weights)
    for name in ("along", "across"):
        stiff[name]["output"]["bias"] = stiff[name]["output"]["bias"] + 8.0
    wild = Simulator(simulator.configuration, stiff, CONDITIONS)
    assert spectral_radius(wild.steps(network, NOTHING, NOTHING, [1])) > UNSTABLE
    _, status = wild.rollout(network, ANGLE, 0, 2)
    problem = status.failure("wild")
    assert problem is not None and "fastest mode" in problem.message


def test_networks_of_another_law_are_told(network, simulator):
    _, status = simulator.rollout(network, 2 * ANGLE, 0, 2)
    assert not status.ok and "stiffness 0.01" in str(status.failure())
    stiffer = SpringNetwork(**{**vars(network), "factors": 1.1 * np.asarray(network.factors)})
    _, status = simulator.rollout(stiffer, ANGLE, 0, 2)
    assert not status.ok and "K = 1/l" in str(status.failure())


def test_the_law_of_new_weights_acts_within_a_snapshot():
    network = packed(16)[0]
    configuration = PropagatorConfiguration(8, 16, 30.0)
    law = learned_law(configuration.initial_weights(0), springs_of(network, 0.0), 16, 30.0)
    assert 0.5 / 900 < float(law.along.min()) <= float(law.along.max()) < 2 / 900
    moving = propagator(configuration.initial_weights(0), configuration, network, interval=INTERVAL, between=30.0)
    assert 0 < float(moving.phase(jnp.asarray(network.positions))) < 1
    assert configuration == PropagatorConfiguration.read(configuration.describe())


@pytest.mark.parametrize(
    ("given", "message", "remedy"),
    [
        ({"angle_stiffness": 0.02}, "learned angles of stiffness 0.01, and the body has 0.02", "`angle_stiffness = 0.01`"),
        ({"factors": 0.5}, "learned bonds with K = 1/l, and this network has others", "`compress`"),
        ({"edge": np.array([1.0, np.nan])}, "snapshot 1: a place is not a finite number", ""),
    ],
)
def test_rollouts_of_networks_that_were_not_learned_fail_by_name(given: dict[str, Any], message: str, remedy: str):
    asked: dict[str, Any] = {"factors": 0.0, "angle_stiffness": 0.01, "learned": 0.01, "edge": np.ones(2), **given}
    moving = DynamicStatus(phase=0.1, substeps=8, flipped=np.array([-1, -1]), edge=asked.pop("edge"))
    status = RolloutStatus(moving, *(jnp.asarray(asked[name]) for name in ("factors", "angle_stiffness", "learned")))
    problem = status.failure("learned")
    assert not bool(status.ok) and problem is not None and message in problem.message
    assert remedy in problem.remedy


def test_at_a_lower_rate_time_is_cut_as_finely(simulator: Simulator, network: SpringNetwork):
    """Its steps would be too long to be stable."""
    slow = simulator.under(INTERVAL, RATE / 10)
    as_learned, cut = (each.of(network) for each in (simulator, slow))
    assert slow.conditions.rate == RATE / 10 and cut.substeps == 10 * as_learned.substeps
    np.testing.assert_allclose(cut.step, as_learned.step, rtol=1e-12)
    np.testing.assert_allclose(cut.law.along, as_learned.law.along, rtol=1e-12)
    assert simulator.under(INTERVAL, 3 * RATE).of(network).substeps == as_learned.substeps
