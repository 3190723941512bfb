"""Trajectories of pruned networks: what they are, and that neither batches nor interruptions change them."""

from dataclasses import replace
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.datasets.failures import SamplingFailed
from metac.runtime.datasets.trajectories import trajectories as module
from metac.runtime.datasets.trajectories.pruned_networks import PADDED, filled_up, pruned_networks
from metac.runtime.datasets.trajectories.trajectories import CHUNKS, Trajectories, sets_of, trajectories
from metac.runtime.datasets.trajectories.trajectory_table import ratio_table
from metac.runtime.runs.csv_tables import table_rows
from metac.runtime.springs.equilibrium import strained_states
from metac.runtime.springs.network import SpringNetwork
from metac.runtime.springs.response import box_ratios, elastic_constants
from tests.runtime.datasets.trajectories.recipes import RECIPE
from tests.runtime.springs.networks import network_of, packed


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Trajectories:
    return trajectories(RECIPE, tmp_path_factory.mktemp("made"), "test")


def network(made: Trajectories, row: int) -> SpringNetwork:
    """One of them, at rest."""
    nodes = int(made.nodes[row])
    there = made.weights[row] > 0
    bonds, images = made.bonds[row][there], made.images[row][there]
    ones = jnp.ones(len(bonds))
    return SpringNetwork(jnp.asarray(made.positions[row, 0, :nodes]), made.box[row, 0], bonds, images, ones, ones)


@pytest.mark.slow
def test_networks_have_the_ratios_that_they_are_said_to_have(made: Trajectories):
    assert len(made.positions) == 6
    for row in range(6):
        expected = box_ratios(elastic_constants(network(made, row), 0.01).stiffness)
        np.testing.assert_allclose(made.ratios[row], expected, rtol=1e-8)
    means = made.ratios.mean(axis=1).reshape(3, 2)
    assert (means[:, 1] <= 0.1).all() and (means[:, 0] > 0.1).all()
    assert made.weights.sum() < made.weights.shape[1] * 6


def test_the_first_network_is_that_of_its_seed(made: Trajectories):
    expected, connections = packed(16, seed=6)
    np.testing.assert_array_equal(made.positions[2, 0, : connections.nodes], expected.positions)
    assert made.packing.tolist() == [5, 5, 6, 6, 7, 7]


def test_slow_trajectories_follow_equilibria(made: Trajectories):
    """A hundred times slower than the published rate: what they are compressed to is nearly at rest."""
    one = network(made, 0)
    strain = -made.strain[0, -1]
    assert strain == pytest.approx(-2 * 4e-3 / made.box[0, 0, 0])
    still = strained_states(one, 0.01, jnp.asarray([strain]), 0)
    assert made.poisson_ratio[0, -1] == pytest.approx(-float(still.lateral[0] / strain), abs=0.02)


def test_sets_are_whole_packings(made: Trajectories):
    assert made.set.tolist() == [0, 0, 1, 1, 2, 2]
    assert sets_of(replace(RECIPE, packings=6, validation=2)).tolist() == [0, 0, 0, 1, 1, 2]


def test_filling_up_changes_nothing(made: Trajectories):
    plain, connections = packed(16, seed=5)
    bonds, images, weights = filled_up(connections)
    assert len(bonds) % PADDED == 0 and weights.sum() == len(connections.bonds)
    factors = np.ones(len(bonds))
    filled = SpringNetwork(plain.positions, plain.box, bonds, images, jnp.asarray(weights), factors)
    one, other = (elastic_constants(each, 0.01).stiffness for each in (plain, filled))
    np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


def test_what_was_interrupted_goes_on_where_it_was(made: Trajectories, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    trajectories(RECIPE, tmp_path, "test")
    (tmp_path / CHUNKS / "packing-000001.npz").unlink()
    (tmp_path / CHUNKS / "packing-000002.npz").write_bytes(b"PK cut short")
    asked: list[int] = []
    make = module._packing
    monkeypatch.setattr(module, "_packing", lambda recipe, number: asked.append(number) or make(recipe, number))
    again = trajectories(RECIPE, tmp_path, "test")
    assert sorted(asked) == [1, 2]
    for name, one in made._asdict().items():
        np.testing.assert_array_equal(one, getattr(again, name), err_msg=name)


def test_a_table_tells_each_network(made: Trajectories):
    head, *rows = table_rows(ratio_table(made).decode())
    assert head[:3] == ["packing", "set", "nodes"] and head[-1] == "nu after 2 snapshots"
    assert [row[1] for row in rows] == ["training"] * 2 + ["validation"] * 2 + ["test"] * 2
    np.testing.assert_allclose([float(row[-1]) for row in rows], made.poisson_ratio[:, -1], rtol=1e-5)
    np.testing.assert_allclose([float(row[5]) for row in rows], made.ratios[:, 0], rtol=1e-5)


def test_a_ratio_that_no_removal_reaches_is_a_failure_that_says_how_far_it_came():
    plain, connections = packed(16, seed=5)
    assert len(connections.bonds) == len(network_of(np.asarray(plain.positions), connections).bonds)
    with pytest.raises(
        SamplingFailed, match=r"P: no bond that may be removed lowers Poisson's ratio below 0\.\d+, and -0.9"
    ):
        pruned_networks(plain, angle_stiffness=0.01, lowest=-0.9, number=2, least_degree=6, name="P")


def test_networks_may_begin_below_the_ratio_as_jammed():
    plain, _ = packed(16)
    first, last = ratios(plain, highest=0.2).mean(axis=1)
    jammed, same = ratios(plain).mean(axis=1)
    assert first <= 0.2 < jammed and last == same <= 0.1


def ratios(network: SpringNetwork, highest: float | None = None) -> np.ndarray:
    """Of two networks, the last one pruned to 0.1."""
    asked = {"lowest": 0.1, "highest": highest, "number": 2}
    return pruned_networks(network, angle_stiffness=0.01, least_degree=3, name="P", **asked).ratios


def test_a_ratio_that_is_there_from_the_start_is_a_failure():
    plain, _ = packed(16, seed=5)
    with pytest.raises(SamplingFailed, match=r"P: Poisson's ratio is 0\.\d+ before any bond is removed, and 0.9 is to be"):
        pruned_networks(plain, angle_stiffness=0.01, lowest=0.9, number=2, least_degree=3, name="P")


def test_a_floppy_network_is_a_failure():
    plain, _ = packed(16, seed=5)
    loose = replace(plain, weights=plain.weights.at[8:].set(0.0))
    with pytest.raises(SamplingFailed, match="P: nothing resists some movement"):
        pruned_networks(loose, angle_stiffness=0.0, lowest=0.0, number=2, least_degree=3, name="P")


def test_time_steps_that_are_too_long_are_a_failure_that_names_packing_and_network(tmp_path: Path):
    with pytest.raises(SamplingFailed, match=r"packing 1 \(seed 5\), network 1: a time step turns") as caught:
        trajectories(replace(RECIPE, networks=1, substeps=1), tmp_path, "test")
    assert "substeps = " in str(caught.value.remedy)
