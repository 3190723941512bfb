"""Endless frames: what repeats, independence of the choice of the cell, mixed control, derivatives, failures."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.beams.beam_element import BeamMaterial
from metac.runtime.beams.node_grid import NodeGrid
from metac.runtime.beams.periodic_frame import MixedControl, solve_unit_strains, superposed
from metac.runtime.beams.periodic_topology import NotPeriodic, periodic_topology
from tests.mechanics import taylor_remainders
from tests.runtime.beams.lattices import honeycomb, square

MATERIAL = BeamMaterial(0.6, 0.3, 10.0)
GRID = NodeGrid(4, 4)
PERIODS = 22.5 * np.eye(2)
TOPOLOGY = periodic_topology(GRID.positions(7.5), GRID.edges, PERIODS)


def stiffness(positions, widths, topology=TOPOLOGY, area=22.5**2):
    return solve_unit_strains(topology, jnp.asarray(positions), jnp.asarray(widths), MATERIAL, area)


SOLVE = jax.jit(stiffness)


def random_widths(seed, share=0.75):
    random = np.random.default_rng(seed)
    return random.uniform(0.5, 1.5, GRID.edge_count) * (random.random(GRID.edge_count) < share)


def test_the_cell_of_a_grid_has_the_nodes_and_beams_of_one_period():
    assert TOPOLOGY.frame.prescribed.shape == (9, 3)
    assert len(TOPOLOGY.edges) == 9 * 4  # four beams start at each node
    assert float(TOPOLOGY.mismatch(jnp.asarray(GRID.positions(7.5)), jnp.asarray(PERIODS))) < 1e-12
    widths = np.arange(1.0, GRID.edge_count + 1)
    assert float(TOPOLOGY.widths(jnp.asarray(widths)).sum()) < widths.sum()


@pytest.mark.parametrize("tiles", [(2, 1), (2, 3)])
def test_a_tiling_is_as_stiff_as_its_cell(tiles):
    widths = random_widths(1)
    one = SOLVE(GRID.positions(7.5), widths)
    grid = GRID.tiled(*tiles)
    periods = PERIODS * np.array(tiles)[:, None]
    topology = periodic_topology(grid.positions(7.5), grid.edges, periods)
    tiled = GRID.tiled_widths(jnp.asarray(widths), *tiles)
    many = jax.jit(lambda w: stiffness(grid.positions(7.5), w, topology, np.linalg.det(periods)))(tiled)
    assert float(one.residual.max()) < 1e-8 and float(many.residual.max()) < 1e-8
    np.testing.assert_allclose(many.stiffness, one.stiffness, rtol=1e-8, atol=1e-12)


def test_the_cell_may_begin_anywhere():
    """Moving the window over the endless frame changes nothing: nodes wrapped to another period, beams with them."""
    nodes, edges, periods = honeycomb()
    widths = jnp.array([0.1, 0.2, 0.15])
    moved = nodes.copy()
    moved[3] += periods[0]  # an image further off, and the beam to it with the other end moved as far
    one = stiffness(nodes, widths, periodic_topology(nodes, edges, periods), np.linalg.det(periods))
    again = np.concatenate([moved, [periods[0]]])
    other = np.array([[0, 1], [0, 2], [4, 3]])
    two = stiffness(again, widths, periodic_topology(again, other, periods), np.linalg.det(periods))
    np.testing.assert_allclose(one.stiffness, two.stiffness, rtol=1e-10, atol=1e-14)


def test_stiffness_is_symmetric_positive_and_the_mean_of_forces_on_cuts():
    """Hill: the energy of the period is that of mean stress and mean strain; here the forces through the cut x = 11.25."""
    widths = random_widths(5, 0.9)
    found = SOLVE(GRID.positions(7.5), widths)
    np.testing.assert_allclose(found.stiffness, found.stiffness.T, atol=1e-15)
    assert np.linalg.eigvalsh(found.stiffness).min() > 0
    from metac.runtime.beams.beam_element import end_forces

    beam, edges = found.beam, TOPOLOGY.edges
    places = GRID.positions(7.5)[edges]
    cut = (places[..., 0].min(axis=1) < 11.25) & (places[..., 0].max(axis=1) > 11.25)
    for case in range(3):
        displacement = found.displacement[..., case]
        normal, shear, _, _ = end_forces(beam, displacement[edges[:, 0]], displacement[edges[:, 1]])
        along_x = normal * beam.cosine + shear * beam.sine
        along_y = normal * beam.sine - shear * beam.cosine
        way = np.sign(places[:, 1, 0] - places[:, 0, 0])
        stress = np.array([np.sum((each * way)[cut]) for each in (along_x, along_y)]) / (22.5 * 10.0)
        np.testing.assert_allclose(stress, np.asarray(found.stiffness)[[0, 2], case], rtol=1e-8, atol=1e-12)


def test_what_crosses_without_a_node_and_what_floats_count_each_by_itself():
    """Two square lattices that cross, and a beam that hangs on nothing: the sum of both stiffnesses."""
    nodes, edges, periods = square()
    both = np.concatenate([nodes, nodes + 0.4, [[0.7, 0.2], [0.8, 0.2]]])
    both_edges = np.concatenate([edges, edges + 3, [[6, 7]]])
    shares = both - both.min(axis=0)
    keep = both.copy()
    assert shares.max() > 1
    topology = periodic_topology(keep, both_edges, periods)
    widths = jnp.array([0.1, 0.2, 0.15, 0.05, 0.1])
    found = stiffness(keep, widths, topology, 1.0)
    parts = [stiffness(nodes, w, periodic_topology(nodes, edges, periods), 1.0) for w in (widths[:2], widths[2:4])]
    assert float(found.residual.max()) < 1e-8
    np.testing.assert_allclose(found.stiffness, sum(part.stiffness for part in parts), rtol=1e-9, atol=1e-13)


def test_a_frame_that_falls_apart_has_no_stiffness_across():
    widths = np.zeros(GRID.edge_count)
    widths[:12] = 1.0  # all along x, none across
    found = SOLVE(GRID.positions(7.5), widths)
    assert float(found.residual.max()) < 1e-8
    assert float(found.stiffness[0, 0]) == pytest.approx(0.6 * 3 / 22.5, rel=1e-9)
    np.testing.assert_allclose(np.asarray(found.stiffness)[1:], 0, atol=1e-12)
    strain, _, _ = MixedControl((True, False, False)).solve(found.stiffness, jnp.ones(3), jnp.zeros(3))
    assert not np.isfinite(np.asarray(strain)).all()


def test_a_cell_without_opposite_nodes_is_refused_with_its_place():
    nodes = np.concatenate([GRID.positions(7.5), [[0.0, 10.0]]])
    with pytest.raises(NotPeriodic, match=r"left node at \(0, 10\) mm has no image on the right") as problem:
        periodic_topology(nodes, GRID.edges, PERIODS)
    assert problem.value.place == (0.0, 10.0)


@pytest.mark.parametrize("strained", [(True, False, False), (False, True, True), (False, False, False), (True, True, True)])
def test_mixed_control_reaches_what_is_given(strained):
    effective = SOLVE(GRID.positions(7.5), random_widths(2, 0.9)).stiffness
    given, wanted = jnp.array([0.01, -0.02, 0.005]), jnp.array([1e-3, 2e-3, -5e-4])
    strain, stress, residual = MixedControl(strained).solve(effective, given, wanted)
    known = np.array(strained)
    np.testing.assert_allclose(strain[known], given[known], rtol=1e-12)
    np.testing.assert_allclose(stress[~known], wanted[~known], rtol=1e-9)
    np.testing.assert_allclose(stress, effective @ strain, rtol=1e-12)
    assert float(residual) < 1e-12


def test_displacements_repeat_but_for_the_mean_gradient():
    found = SOLVE(GRID.positions(7.5), random_widths(3, 0.9))
    nodes = GRID.positions(7.5)
    displacement = np.asarray(superposed(found.displacement, jnp.array([0.01, 0.02, 0.03]), -0.015, jnp.asarray(nodes)))
    gradient = np.array([[0.01, 0.03], [0.0, 0.02]])  # the spin turns γ into H_xy alone
    left, right = GRID.numbers[:, 0], GRID.numbers[:, -1]
    np.testing.assert_allclose((displacement[right] - displacement[left])[:, :2], [gradient @ [22.5, 0]] * 4, atol=1e-12)
    np.testing.assert_allclose(displacement[right, 2], displacement[left, 2], atol=1e-14)
    low, high = GRID.numbers[0], GRID.numbers[-1]
    np.testing.assert_allclose((displacement[high] - displacement[low])[:, :2], [gradient @ [0, 22.5]] * 4, atol=1e-12)


@pytest.mark.parametrize("what", ["widths", "positions"])
def test_taylor(what):
    random = np.random.default_rng(7)
    inner = GRID.numbers[1:-1, 1:-1].ravel()
    positions = GRID.positions(7.5)
    positions[inner] += random.normal(size=(4, 2)) * 0.7
    at = {"widths": jnp.asarray(random_widths(8, 0.95)), "positions": jnp.asarray(positions)}
    direction = {
        "widths": jnp.asarray(random.normal(size=GRID.edge_count)) * (at["widths"] > 0),
        "positions": jnp.zeros((16, 2)).at[inner].set(random.normal(size=(4, 2))),
    }[what]
    weights = jnp.asarray(random.normal(size=(3, 3)))

    @jax.jit
    def read(value):
        found = stiffness(**{**at, what: value})
        strain, _, _ = MixedControl((True, False, False)).solve(found.stiffness, jnp.ones(3), jnp.zeros(3))
        bent = jnp.sum((found.displacement[5, 2] - found.displacement[6, 2]) ** 2)
        return jnp.sum(weights * found.stiffness) - strain[1] + bent

    steps = np.array([4e-3, 2e-3, 1e-3])
    remainders, slope, difference = taylor_remainders(read, at[what], direction, steps)
    assert abs(np.polyfit(np.log(steps), np.log(remainders), 1)[0] - 2) < 0.05
    assert slope == pytest.approx(difference, rel=1e-6)
    # The second derivative, along the direction, by the first ones nearby.
    along = jax.jit(jax.grad(lambda h: jnp.sum(weights * stiffness(**{**at, what: at[what] + h * direction}).stiffness)))
    second = jax.jit(jax.grad(along))(0.0)
    assert float(second) == pytest.approx(float(along(1e-4) - along(-1e-4)) / 2e-4, rel=1e-5)
