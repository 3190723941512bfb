"""Random networks: how they are drawn, which are refused, what is free."""

from itertools import combinations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import metac
from metac.compiler.interfaces.field_error import FieldError
from metac.dsl.diagnostics.diagnostic import DiagnosticError
from metac.runtime.beams.connectivity import is_connected
from metac.runtime.beams.crossing_beams import meetings
from metac.runtime.beams.grid_grips import solve_sparse_between_grips
from metac.runtime.beams.node_grid import NodeGrid
from metac.stdlib.generators.random_network import beam_count
from tests.library import constructor
from tests.stdlib.bodies.frames import SPEC
from tests.stdlib.generators.test_nets import frame

RandomNetwork = constructor("generator", "random_network")


def test_designs_have_the_asked_beams_and_are_connected():
    network = RandomNetwork(spacing=7.5, connectivity=(2.5, 3.5))
    designs = np.asarray(jax.jit(jax.vmap(network.init))(jax.random.split(jax.random.key(0), 300)))
    assert designs.shape == (300, 42) and set(np.unique(designs)) == {0.0, 1.0}
    counts = designs.sum(axis=1)
    assert set(counts) == {20, 28} and 110 < (counts == 20).sum() < 190
    assert np.asarray(is_connected(network.grid, jnp.asarray(designs.T > 0))).all()
    # Each candidate is drawn about as often as those that are its mirror images.
    often = designs.mean(axis=0)
    horizontal = often[:12].reshape(4, 3)
    np.testing.assert_allclose(horizontal, horizontal[::-1], atol=0.15)


def test_counts_are_those_of_the_paper():
    """Supplementary table 3."""
    assert [beam_count(NodeGrid(4, 4), mean) for mean in (2.5, 3, 3.5, 4, 4.5)] == [20, 24, 28, 32, 36]


@pytest.mark.parametrize(("mean", "bound"), [(1.5, "takes 15 or more"), (5.5, "have 42 at most")])
def test_what_the_grid_cannot_have_is_refused_with_what_it_can(mean, bound):
    with pytest.raises(FieldError, match=bound) as raised:
        RandomNetwork(spacing=1.0, connectivity=(3.0, mean))
    assert raised.value.code == "M0549" and raised.value.field == "connectivity" and "1.88 .. 5.25" in str(raised.value.help)


def test_a_refusal_has_its_place():
    with pytest.raises(DiagnosticError) as raised:
        metac.compile(SPEC.replace("connectivity = [3]", "connectivity = [6]")).program()
    (found,) = raised.value.diagnostics
    assert found.code == "M0549" and found.labels[0].span.text == "[6]"


def test_widths_and_places_stay_within_their_ranges_and_the_sides_where_they_are():
    network = RandomNetwork(spacing=2.0, grid=(4, 3), connectivity=(3.0,), widths=(0.5, 2.0), shift=0.3)
    theta = network.init(jax.random.key(1))
    start = network.at(theta)
    np.testing.assert_allclose(start.widths, 1.25 * np.asarray(theta["edges"]))
    np.testing.assert_allclose(start.positions, network.grid.positions(2.0))
    moved = network.at({**theta, "widths": jnp.full(29, 40.0), "shifts": jnp.full((2, 2), -40.0)})
    np.testing.assert_allclose(moved.widths, 2.0 * np.asarray(theta["edges"]))
    difference = np.asarray(moved.positions) - network.grid.positions(2.0)
    np.testing.assert_allclose(difference[[5, 6]], -0.6)
    assert not np.delete(difference, [5, 6], axis=0).any()


@pytest.mark.slow
def test_networks_without_crossings_are_as_even_as_others():
    """Three by three nodes, 9 beams of 12 straight ones and 4 squares: all such networks that are connected, counted."""
    network = RandomNetwork(spacing=1.0, grid=(3, 3), connectivity=(2.0,), crossings="refuse")
    designs = np.asarray(jax.jit(jax.vmap(network.init))(jax.random.split(jax.random.key(3), 1500)))
    assert not (designs[:, -8:-4] * designs[:, -4:]).any() and (designs.sum(axis=1) == 9).all()
    every = np.array([[1 if edge in chosen else 0 for edge in range(20)] for chosen in combinations(range(20), 9)], bool)
    every = every[~(every[:, -8:-4] & every[:, -4:]).any(axis=1)]
    every = every[np.asarray(is_connected(network.grid, jnp.asarray(every.T)))]
    expected = np.bincount(every[:, -8:].sum(axis=1), minlength=5) / len(every)
    found = np.bincount(designs[:, -8:].sum(axis=1).astype(int), minlength=5) / len(designs)
    np.testing.assert_allclose(found, expected, atol=4 * np.sqrt(0.25 / 1500))


def test_more_beams_than_there_are_without_crossings_are_refused():
    with pytest.raises(FieldError, match="have 33 at most between neighbours, if none of them cross") as raised:
        RandomNetwork(spacing=1.0, connectivity=(4.5,), crossings="refuse")
    assert raised.value.code == "M0549" and "1.88 .. 4.12" in str(raised.value.help)
    for how in ("refuse", "join"):
        with pytest.raises(FieldError, match="bring beams to cross") as raised:
            RandomNetwork(spacing=1.0, connectivity=(3.0,), crossings=how, shift=0.25)
        assert raised.value.field == "shift"


@pytest.mark.slow
def test_joined_diagonals_meet_in_a_node_wherever_the_others_move():
    kept, joined = (RandomNetwork(spacing=2.0, connectivity=(4.5,), shift=0.24, crossings=how) for how in ("keep", "join"))
    theta = {**kept.init(jax.random.key(1)), "shifts": jax.random.normal(jax.random.key(2), (4, 2)) * 5}
    before, after = kept.at(theta), joined.at(theta)
    old = meetings(np.asarray(before.positions), before.grid.edges[np.asarray(before.widths) > 0])
    there = np.asarray(after.widths) > 0
    new = meetings(np.asarray(after.positions), after.grid.edges[there])
    assert len(old.crossings) > 3 and not len(new.crossings) and not len(new.touched)
    for place in old.places:
        node = int(np.argmin(np.linalg.norm(np.asarray(after.positions) - place, axis=1)))
        np.testing.assert_allclose(after.positions[node], place, atol=1e-9)
        assert (after.grid.edges[there] == node).sum() == 4
    moduli = [modulus(network) for network in (before, after)]
    assert moduli[1] > moduli[0] * 1.001  # a node that is added is a constraint


def modulus(network):
    body = frame(network)
    return float(solve_sparse_between_grips(body.grid, body.beams, 0).force)


@pytest.mark.slow
def test_a_node_in_the_middle_of_a_beam_that_nothing_crosses_changes_nothing():
    kept, joined = (RandomNetwork(spacing=2.0, connectivity=(3.0,), shift=0.2, crossings=how) for how in ("keep", "join"))
    edges = RandomNetwork(spacing=2.0, connectivity=(3.0,), crossings="refuse").init(jax.random.key(5))
    theta = {"edges": edges, "shifts": jax.random.normal(jax.random.key(2), (4, 2))}
    assert modulus(joined.at(theta)) == pytest.approx(modulus(kept.at(theta)), rel=1e-9)
