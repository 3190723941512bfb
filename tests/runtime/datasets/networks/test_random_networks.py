"""Sampled networks: what is drawn, the same however they are made, interrupted, or left damaged."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from metac.runtime.artefacts.watch import Watch, watched
from metac.runtime.beams.batched_properties import NetworkFamily
from metac.runtime.beams.beam_element import BeamMaterial
from metac.runtime.beams.connectivity import connected_designs
from metac.runtime.beams.node_grid import NodeGrid
from metac.runtime.datasets.failures import SamplingFailed
from metac.runtime.datasets.networks import random_networks as networks
from metac.runtime.datasets.networks.random_networks import NetworkRecipe, Sampled, draw_networks, sample
from metac.runtime.runs.failures import Interrupted

GRID = NodeGrid(3, 3)
RECIPE = NetworkRecipe(
    NetworkFamily(GRID, 7.5, 1.0, BeamMaterial(0.6, 0.3, 10.0)),
    counts=(10, 13),
    tiles=((1, 1), (5, 4)),
    count=70,
    seed=4,
    balance=None,
    each=2,
    decimals=(1, 1),
)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "CHUNK_SIZE", 16)


def same(one: Sampled, other: Sampled) -> None:
    for first, second in zip(one, other, strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Sampled:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(networks, "CHUNK_SIZE", 16)
        return sample(RECIPE, tmp_path_factory.mktemp("whole"), "samples", threads=2)


def test_networks_are_connected_and_of_the_counts_asked_for():
    designs = draw_networks(GRID, (10, 13), 3000, np.random.default_rng(0))
    counts = designs.sum(axis=1)
    assert connected_designs(GRID, designs).all()
    assert set(counts) == {10, 13}
    assert 0.45 < (counts == 10).mean() < 0.55
    # The grid and the chances are the same seen in a mirror: as many beams on the left as on the right.
    left, right = (designs[:, (GRID.edges % 3 == side).all(axis=1)].mean() for side in (0, 2))
    assert abs(left - right) < 0.03


def test_networks_that_are_hopeless_are_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(networks, "FRUITLESS", 3)
    with pytest.raises(SamplingFailed, match="6 random networks of 63 beams or more is connected"):
        draw_networks(NodeGrid(8, 8), (63,), 2, np.random.default_rng(0))


def test_samples_are_distinct_and_have_all_tilings(whole: Sampled):
    assert whole.labels.shape == (len(whole.designs), 2, 4)
    assert len(np.unique(whole.designs, axis=0)) == len(whole.designs) <= 70
    assert np.isfinite(whole.labels).all()


def test_an_interrupted_work_continues_to_the_same_samples(whole: Sampled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with watched(Watch(wanted=lambda: True)), pytest.raises(Interrupted):
        sample(RECIPE, tmp_path, "samples", threads=1)
    (cached,) = (tmp_path / "chunks").iterdir()
    before = cached.stat().st_mtime_ns
    (tmp_path / "chunks" / "cells-00002.npz").write_bytes(b"PK half written")
    same(sample(RECIPE, tmp_path, "samples", threads=1), whole)
    assert cached.stat().st_mtime_ns == before
    monkeypatch.setattr(networks, "properties_of_designs", None)  # all chunks are there
    same(sample(RECIPE, tmp_path, "samples", threads=1), whole)


def test_a_larger_data_set_begins_with_a_smaller_one(whole: Sampled, tmp_path: Path):
    fewer = sample(replace(RECIPE, count=25, tiles=((1, 1),)), tmp_path, "samples", threads=1)
    np.testing.assert_array_equal(fewer.designs, whole.designs[: len(fewer.designs)])
    np.testing.assert_array_equal(fewer.labels[:, 0], whole.labels[: len(fewer.designs), 0])


@pytest.mark.parametrize("balance", ["bins", "ranges"])
def test_balance_is_by_the_properties_of_single_cells(whole: Sampled, tmp_path: Path, balance: str):
    found = sample(replace(RECIPE, balance=balance, tiles=((1, 1),)), tmp_path, "samples", threads=1)
    assert 0 < len(found.designs) < len(whole.designs)
    if balance == "bins":
        rounded = np.rint(found.labels[:, 0] / [0.06, 0.06, 0.1, 0.1])
        assert np.unique(rounded, axis=0, return_counts=True)[1].max() == 2
