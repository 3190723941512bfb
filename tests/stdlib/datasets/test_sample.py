"""Samples of networks in whole specs: made for their own sake or for a model, once; what they depend on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import metac
from metac.compiler.interfaces.dataset import LabelledDataset
from metac.compiler.interfaces.drawing import Prepared
from metac.runtime.artefacts.store import Store
from tests.library import constructor

Sample = constructor("dataset", "sample")
Designs = constructor("dataset", "designs")

FIELDS: dict[str, Any] = {"count": 150, "grid": (3, 3), "spacing": 5.0, "width": 1.0, "E": 2.0, "connectivity": (2.5, 3)}
CELLS = "sample { count = 150, grid = [3, 3], spacing = 5 mm, width = 1 mm, E = 2 MPa, connectivity = [2.5, 3] }"


@pytest.fixture(scope="module", autouse=True)
def place(tmp_path_factory: pytest.TempPathFactory):
    """A folder, and a cache of our own: what is made stays for this module's tests."""
    place = tmp_path_factory.mktemp("samples")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("METAC_CACHE", str(place / "cache"))
        patch.chdir(place)
        yield place


def test_a_model_learns_from_samples_that_are_made_once(place: Path):
    model = "mlp { data = cells, hidden = [8], epochs = 3, batch = 32, rate = 1e-2 }"
    metac.compile(f"dataset cells = {CELLS}\nmodel forward = {model}\n").run(out=place / "learned")
    assert place.joinpath("learned", "forward.png").exists()
    (entry,) = [each for each in Store().entries() if each.kind == "sample"]
    assert entry.finished
    assert {file.name for file in entry.path.iterdir()} == {"clouds.png", "manifest.json", "recipe.json", "samples.npz"}
    before = (entry.path / "samples.npz").stat().st_mtime_ns
    found = Sample(**FIELDS).samples()
    assert (entry.path / "samples.npz").stat().st_mtime_ns == before
    assert found.labels.shape == (len(found.designs), 4)
    assert found.settings.shape == (len(found.designs), 0)


def test_samples_for_their_own_sake_leave_a_file_that_designs_reads(place: Path):
    metac.compile(f"dataset cells = {CELLS}\n").run(out=place / "own")
    kept, made = Designs(source=str(place / "own" / "cells.npz")), Sample(**FIELDS)
    assert (kept.label_names, kept.label_units, kept.setting_names) == (made.label_names, made.label_units, ())
    for one, other in zip(kept.samples(), made.samples(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_all_but_the_samples_is_known_before_they_are_made():
    data = Sample(**FIELDS, seed=9, tiles=[[1, 1], [4, 5]])
    assert isinstance(data, LabelledDataset)
    assert isinstance(data, Prepared)
    assert (data.features, data.setting_names) == (20, ("D1", "D2"))
    assert not data.valid(np.eye(20, dtype=np.uint8)).any()
    assert data.valid(np.ones((3, 20), np.uint8)).all()
    assert not [each for each in Store().entries() if each.key == data.key]


def test_tilings_are_settings_of_the_same_designs():
    tiled = Sample(**{**FIELDS, "count": 20}, tiles=[[1, 1], [5, 4]]).samples()
    single = Sample(**{**FIELDS, "count": 20}).samples()
    np.testing.assert_array_equal(tiled.designs[::2], tiled.designs[1::2])
    np.testing.assert_array_equal(tiled.settings[:4], [[1, 1], [5, 4], [1, 1], [5, 4]])
    np.testing.assert_array_equal(tiled.labels[::2], single.labels)
    assert not np.allclose(tiled.labels[1::2], single.labels, rtol=0.01)


@pytest.mark.parametrize(
    "change",
    [
        {"count": 151},
        {"seed": 1},
        {"E": 2.1},
        {"nu": 0.2},
        {"width": 1.1},
        {"thickness": 2.0},
        {"spacing": 5.1},
        {"theory": "euler_bernoulli"},
        {"tiles": [[2, 2]]},
        {"balance": "bins"},
        {"each": 6},
        {"connectivity": (2.5,)},
        {"grid": (3, 4)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_changes_samples_changes_their_key(change: dict[str, Any]):
    assert Sample(**{**FIELDS, **change}).content != Sample(**FIELDS).content
