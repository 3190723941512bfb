"""Trajectories: LAMMPS's values, conserved energy, equipartition, the quasi-static limit, derivatives, batches."""

from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.springs.dynamics import Schedule, compressed
from metac.runtime.springs.equilibrium import strained_states
from metac.runtime.springs.forces import hessian
from metac.runtime.springs.network import SpringNetwork, springs_of
from metac.runtime.springs.network_files import read_network
from metac.runtime.springs.response import box_ratios, elastic_constants
from tests.runtime.springs.networks import network_of, packed

ANGLE, MASS, DAMPING = 0.01, 100.0, 10.0
SUBSTEPS = 20
JUDGED = [20, 50, 100]
OF_LAMMPS = [0.0913, 0.0362, -0.0256]
"""Poisson's ratio of `data/pruned.npz` after so many snapshots: LAMMPS by `benchmarks/springs.py --step 0.05`."""


@pytest.fixture(scope="module")
def pruned() -> SpringNetwork:
    """100 nodes, 202 bonds, ratios −0.25 and −0.41 at rest; soft modes that lag behind."""
    found = read_network(Path(__file__).parent / "data" / "pruned.npz")
    return network_of(found.positions, found.connections)


@pytest.fixture(scope="module")
def small():
    return packed(16)[0]


def run(
    network,
    *,
    snapshots,
    interval=1e-3,
    between=None,
    temperature=0.0,
    damping=DAMPING,
    substeps=SUBSTEPS,
    free=True,
    key=0,
    axis=0,
    hot=None,
):
    time = interval / (1e-5 * network.box[0]) if between is None else between
    return compressed(
        network,
        angle_stiffness=ANGLE,
        mass=MASS,
        damping=damping,
        temperature=temperature,
        interval=interval,
        between=time,
        key=jax.random.key(key),
        schedule=Schedule(axis=axis, snapshots=snapshots, substeps=substeps, free=free),
        first_temperature=hot,
    )


def ratios(trajectory, network):
    strains = trajectory.box[1:] / network.box - 1
    return -strains[:, 1] / strains[:, 0]


def test_ratios_are_those_of_lammps(pruned):
    found = run(pruned, snapshots=100, temperature=1e-11)
    assert found.positions.dtype == jnp.float64 and (found.flipped < 0).all()
    np.testing.assert_allclose(ratios(found, pruned)[np.array(JUDGED) - 1], OF_LAMMPS, atol=0.006)
    # At this rate it is far from the quasi-static ratio still.
    assert box_ratios(elastic_constants(pruned, ANGLE).stiffness)[0] == pytest.approx(-0.2513, abs=1e-3)


def test_the_free_edge_carries_no_stress(small):
    found = run(small, snapshots=40, interval=2e-3)
    assert abs(found.stress[-1, 1, 1]) < 1e-3 * abs(found.stress[-1, 0, 0])


def test_a_hot_start_is_taken_up_by_the_bath(pruned):
    """Where nothing else moves, what it was given is gone after a dozen times of damping, but for soft modes."""
    cold, hot = (run(pruned, snapshots=12, interval=0.0, between=10.0, hot=each) for each in (None, 1e-6))
    kinetic = MASS * jnp.mean(hot.velocities**2, axis=(1, 2))
    assert kinetic[0] == pytest.approx(1e-6, rel=0.3) and kinetic[-1] < 1e-3 * kinetic[0]
    assert not jnp.any(cold.velocities[0])
    same = run(pruned, snapshots=2, temperature=1e-9, hot=1e-9)
    np.testing.assert_array_equal(same.positions, run(pruned, snapshots=2, temperature=1e-9).positions)


@pytest.mark.slow
def test_what_is_slow_enough_is_quasi_static(small):
    slow = run(small, snapshots=10, interval=4e-3, between=2000.0, substeps=3000)
    still = strained_states(small, ANGLE, slow.box[1:, 0] / small.box[0] - 1, 0)
    np.testing.assert_allclose(ratios(slow, small)[-1], -(still.lateral / still.strain)[-1], atol=2e-3)


def test_energy_is_conserved_without_a_bath(small):
    """To second order in the time step, without drift."""
    spread = []
    for substeps in (10, 20):
        found = run(
            small, snapshots=50, interval=0.0, between=10.0, temperature=1e-5, damping=1e12, substeps=substeps, free=False
        )
        total = found.energy + MASS * jnp.sum(found.velocities**2, axis=(1, 2)) / 2
        spread.append(float(jnp.ptp(total) / total[0]))
        assert abs(float(jnp.mean(total[-10:]) / jnp.mean(total[:10])) - 1) < spread[-1]
    assert spread[0] < 0.03
    assert spread[1] < 0.4 * spread[0]


def test_the_bath_has_its_temperature(small):
    """Equipartition: ½ k_B T in each of the 2 (n − 1) momenta, and on average in each mode of the springs."""
    temperature = 1e-9
    found = run(small, snapshots=400, interval=0.0, between=20.0, temperature=temperature, substeps=40, free=False)
    later = slice(50, None)
    free = 2 * (len(small.positions) - 1)
    # It begins with velocities of the bath's temperature: 30 of them, so that this is their order only.
    assert float(MASS * jnp.sum(found.velocities[0] ** 2) / free) == pytest.approx(temperature, rel=0.6)
    kinetic = MASS * jnp.mean(jnp.sum(found.velocities[later] ** 2, axis=(1, 2))) / free
    assert float(kinetic) == pytest.approx(temperature, rel=0.05)
    assert float(2 * jnp.mean(found.energy[later]) / free) == pytest.approx(temperature, rel=0.05)


def test_nothing_moves_at_rest(small):
    found = run(small, snapshots=3, interval=0.0, between=10.0)
    np.testing.assert_allclose(found.positions, jnp.broadcast_to(small.positions, found.positions.shape), atol=1e-13)


def test_ratios_have_exact_derivatives_through_time(small):
    def ratio(weights):
        changed = replace(small, weights=weights)
        return ratios(run(changed, snapshots=8, interval=5e-3, temperature=1e-9), changed)[-1]

    way = jnp.asarray(np.random.default_rng(0).normal(size=len(small.weights)))
    slope = float(jnp.sum(jax.grad(ratio)(small.weights) * way))
    step = 1e-5
    numeric = float(ratio(small.weights + step * way) - ratio(small.weights - step * way)) / (2 * step)
    assert slope == pytest.approx(numeric, rel=1e-5)


def test_axes_may_be_swapped(small):
    """The mirror image of a network, compressed along y, is the mirror image of what it is along x."""
    mirrored = replace(small, positions=small.positions[:, ::-1], box=small.box[::-1], images=small.images[:, ::-1])
    along_x = run(small, snapshots=8, interval=5e-3)
    along_y = run(mirrored, snapshots=8, interval=5e-3, axis=1)
    np.testing.assert_allclose(along_y.box[:, ::-1], along_x.box, rtol=1e-12)
    np.testing.assert_allclose(along_y.positions[:, :, ::-1], along_x.positions, atol=1e-11)


def test_batches_are_the_same_one_by_one(small):
    weights = jnp.stack([small.weights, small.weights.at[5].set(0.0)])

    def box(weights):
        return run(replace(small, weights=weights), snapshots=8, interval=5e-3, temperature=1e-9).box

    np.testing.assert_allclose(jax.vmap(box)(weights), jnp.stack([box(each) for each in weights]), rtol=1e-11)


def test_long_time_steps_are_told(small):
    """The fastest mode turns by so much in a step; velocity Verlet is unstable from 2 on."""
    coarse = run(small, snapshots=1, interval=0.0, between=10.0, substeps=1, free=False)
    springs = springs_of(small, ANGLE)
    none = jnp.zeros((len(springs.rest), 2, 0))
    matrix = jax.jit(hessian, static_argnums=3)(springs, springs.rest, none, len(small.positions))
    highest = np.sqrt(np.linalg.eigvalsh(np.asarray(matrix))[-1] / MASS)
    assert float(coarse.phase) == pytest.approx(10.0 * highest, rel=0.03)
    assert 2 < float(coarse.phase) < 5
