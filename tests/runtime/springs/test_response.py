"""Springs at rest and under strain: derivatives, closed forms, Newton's method against them, what is floppy."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.springs import forces
from metac.runtime.springs.equilibrium import strained_states
from metac.runtime.springs.network import springs_of
from metac.runtime.springs.response import box_ratios, elastic_constants
from metac.runtime.springs.status import HomogenisedStatus, too_few
from tests.runtime.springs.networks import packed, triangular

ANGLE = 0.01


@pytest.fixture(scope="module")
def network():
    return packed(16)[0]


@pytest.fixture(scope="module")
def moved(network):
    """Places and box in some state: large rotations and extensions."""
    shift = 0.15 * np.random.default_rng(0).normal(size=network.positions.shape)
    return jnp.append((network.positions + shift).ravel(), network.box[1] * 1.05)


def energy_of(network, variables):
    springs, nodes = springs_of(network, ANGLE), len(network.positions)
    box = jnp.stack([network.box[0], variables[-1]])
    return forces.energy(springs, forces.vectors(springs, variables[:-1].reshape(-1, 2), box), nodes)


def test_angles_need_no_list(network, moved):
    """The energy of all pairs of bonds at a node, one by one, by the angles between them."""
    springs = springs_of(network, ANGLE)
    box = np.array([network.box[0], moved[-1]])
    vectors = np.asarray(forces.vectors(springs, moved[:-1].reshape(-1, 2), box))
    rest = np.asarray(springs.rest)
    stretch = (np.hypot(*vectors.T) - np.hypot(*rest.T)) ** 2 * np.asarray(springs.stiffness)
    total = stretch.sum()
    for node in range(len(network.positions)):
        ends = [(bond, 1) for bond in np.flatnonzero(network.bonds[:, 0] == node)]
        ends += [(bond, -1) for bond in np.flatnonzero(network.bonds[:, 1] == node)]
        for place, (one, sign) in enumerate(ends):
            for other, other_sign in ends[:place]:
                now, then = (
                    np.angle(complex(*(other_sign * v[other])) / complex(*(sign * v[one]))) for v in (vectors, rest)
                )
                total += ANGLE * np.angle(np.exp(1j * (now - then))) ** 2
    assert float(energy_of(network, moved)) == pytest.approx(total, rel=1e-12)


def test_derivatives_are_those_of_the_energy(network, moved):
    springs, nodes = springs_of(network, ANGLE), len(network.positions)
    box = jnp.stack([network.box[0], moved[-1]])
    vectors = forces.vectors(springs, moved[:-1].reshape(-1, 2), box)
    found = forces.bond_forces(springs, vectors, nodes)
    edge = jnp.array([0.0, 1.0])
    gradient = jnp.append(forces.node_gradient(springs, found, nodes).ravel(), jnp.sum(found * springs.images * edge))
    np.testing.assert_allclose(gradient, jax.jit(jax.grad(lambda v: energy_of(network, v)))(moved), atol=1e-12)
    hessian = jax.jit(forces.hessian, static_argnums=3)(springs, vectors, (springs.images * edge)[:, :, None], nodes)
    np.testing.assert_allclose(hessian, jax.jit(jax.hessian(lambda v: energy_of(network, v)))(moved), atol=1e-10)


def test_a_triangular_lattice_has_its_elastic_constants():
    """Springs K (l − 1)², that is k = 2 K: λ = μ = √3/4 k, so Poisson's ratio is 1/3 and C11 = 3 μ."""
    network, _ = triangular(4, 4)
    stiffness, residual = elastic_constants(network, 0.0)
    shear = np.sqrt(3) / 4 * 2
    np.testing.assert_allclose(stiffness, shear * np.array([[3, 1, 0], [1, 3, 0], [0, 0, 1]]), atol=1e-12)
    assert residual < 1e-12
    np.testing.assert_allclose(box_ratios(stiffness), 1 / 3, atol=1e-12)


def test_jammed_networks_have_ordinary_ratios():
    """Prototypes: 0.28 to 0.31 at a pressure of 0.2 and angle stiffness 0.01."""
    ratios = box_ratios(elastic_constants(packed(100)[0], ANGLE).stiffness)
    assert ((ratios > 0.22) & (ratios < 0.36)).all()


def test_small_strains_respond_as_the_closed_form_says(network):
    stiffness = elastic_constants(network, ANGLE).stiffness
    for axis in range(2):
        states = strained_states(network, ANGLE, jnp.array([1e-5]), axis)
        assert states.residual.max() <= 1 and states.stable.all() and (states.flipped < 0).all()
        ratio = -float(states.lateral[0] / states.strain[0])
        assert ratio == pytest.approx(float(box_ratios(stiffness)[axis]), abs=1e-4)
        other = 1 - axis
        modulus = stiffness[axis, axis] - stiffness[0, 1] ** 2 / stiffness[other, other]
        assert float(states.stress[0, axis, axis]) == pytest.approx(1e-5 * float(modulus), rel=1e-3)
        assert abs(float(states.stress[0, other, other])) < 1e-12


def test_work_is_stored(network):
    """The nominal stress along is the derivative of the energy by the strain, over the area: finite strains."""
    strains = jnp.array([-0.0501, -0.05, -0.0499])
    states = strained_states(network, ANGLE, strains, 0)
    area = float(jnp.prod(network.box))
    slope = float(states.energy[2] - states.energy[0]) / 2e-4
    assert float(states.stress[1, 0, 0]) * area == pytest.approx(slope, rel=1e-5)


def test_ratios_have_exact_derivatives(network):
    """By weights, stiffness and places, in one direction each."""
    parts = ("weights", "factors", "positions")

    @jax.jit
    @jax.value_and_grad
    def ratio(values):
        states = strained_states(replace(network, **values), ANGLE, jnp.array([-0.01, -0.02]), 0)
        return -states.lateral[-1] / states.strain[-1]

    start = {part: jnp.asarray(getattr(network, part)) for part in parts}
    _, gradient = ratio(start)
    random, step = np.random.default_rng(1), 1e-5
    for part in parts:
        way = random.normal(size=start[part].shape)
        ahead, behind = (ratio({**start, part: start[part] + sign * step * way})[0] for sign in (1, -1))
        assert float(jnp.sum(gradient[part] * way)) == pytest.approx(float(ahead - behind) / (2 * step), rel=1e-5), part


def test_removed_bonds_leave_no_trace(network):
    """Weight zero is as if the bond were not in the list."""
    there = np.ones(len(network.bonds), bool)
    there[[2, 9]] = False
    listed = replace(
        network,
        bonds=network.bonds[there],
        images=network.images[there],
        weights=network.weights[there],
        factors=network.factors[there],
    )
    weighted = replace(network, weights=jnp.asarray(there, float))
    one, other = (elastic_constants(each, ANGLE).stiffness for each in (listed, weighted))
    np.testing.assert_allclose(one, other, rtol=1e-9)


def test_networks_go_in_batches(network):
    weights = jnp.stack([network.weights, network.weights.at[3].set(0.0)])
    both = jax.vmap(lambda each: elastic_constants(replace(network, weights=each), ANGLE).stiffness)(weights)
    for place in range(2):
        alone = elastic_constants(replace(network, weights=weights[place]), ANGLE).stiffness
        np.testing.assert_allclose(both[place], alone, rtol=1e-10)


def test_floppy_networks_are_told():
    """Of the bonds of a triangular lattice those along the rows alone hold nothing."""
    network, _ = triangular(4, 4)
    rows = jnp.asarray((network.bonds[:, 0] // 4 == network.bonds[:, 1] // 4).astype(float))
    left = replace(network, weights=rows)
    status = HomogenisedStatus(elastic_constants(left, 0.0).residual, too_few(left, 0.0, 0))
    assert not bool(status.ok)
    # 32 coordinates, of which two are translations, and 16 bonds.
    assert status.failure("slow").message.startswith("slow") and "too few by 14 at least" in status.failure("slow").message
    assert int(too_few(left, 0.01, 0)) == 0 and int(too_few(left, 0.0, 1)) == 15
    assert bool(HomogenisedStatus(elastic_constants(network, 0.0).residual, too_few(network, 0.0, 0)).ok)
