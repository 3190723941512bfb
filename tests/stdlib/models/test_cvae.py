"""Generators of designs in whole specs: trained once with a frozen guide, what they report, what is refused."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import metac
from metac.dsl.diagnostics.diagnostic import DiagnosticError
from metac.runtime.artefacts.store import Store
from metac.stdlib.models.cvae import CvaeFields
from tests.library import constructor, make

Designs = constructor("dataset", "designs")

CELLS = 'dataset cells = designs { source = "cells.npz" }\n'
SPEC = f"""{CELLS}
model forward = mlp  {{ data = cells, hidden = [16], epochs = 60, rate = 2e-2, batch = 16 }}
model inverse = cvae {{
    data = cells, guide = forward, latent = 6, hidden = [24], divergence = 0.05, guidance = 100
    epochs = 50, rate = 2e-2, batch = 16
}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory):
    """A folder with a data set and a cache of its own: E counts the features, nu tells the first half from the other."""
    place = tmp_path_factory.mktemp("designs")
    designs = (np.random.default_rng(0).random((600, 8)) < 0.5).astype(np.uint8)
    halves = designs.reshape(600, 2, 4).sum(axis=2).astype(float)
    labels = np.stack([halves.sum(axis=1), halves[:, 0] - halves[:, 1]], axis=1)
    np.savez(place / "cells.npz", designs=designs, labels=labels, label_names=np.array(["E11", "nu12"]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("METAC_CACHE", str(place / "cache"))
        patch.chdir(place)
        yield place


def inverse(text: str = SPEC):
    return metac.compile(text).program().linked.host.object("inverse")


def missed(designs: np.ndarray) -> np.ndarray:
    """How far designs are off five features, one of them more in the first half."""
    halves = designs.reshape(-1, 2, 4).sum(axis=2).astype(int)
    return np.abs(halves.sum(axis=1) - 5) + np.abs(halves[:, 0] - halves[:, 1] - 1)


def test_it_draws_designs_of_wanted_labels(folder: Path) -> None:
    made = inverse()
    (entry,) = [each for each in Store().entries() if each.kind == "cvae"]
    assert {"weights.npz", "model.json", "scores.csv", "parity_one.png", "parity_best.png", "losses.png", "known.npz"} <= {
        file.name for file in entry.path.iterdir()
    }
    card = json.loads((entry.path / "model.json").read_text())
    best, one = (card["scores"][name]["overall"]["R2"] for name in ("best of 100", "one design"))
    assert best > one
    assert best > 0.9
    assert card["valid"] > 0.9
    assert card["f1"] > 0.5
    designs = made.generative.draw(np.tile([5.0, 1.0], (300, 1)))
    errors = missed(designs)
    assert (errors == 0).any(), "some of them are just right"
    everything = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1)
    assert errors.mean() < 0.85 * missed(everything).mean(), "far better than chance"
    before = (entry.path / "weights.npz").stat().st_mtime_ns
    np.testing.assert_array_equal(designs, inverse().generative.draw(np.tile([5.0, 1.0], (300, 1))))
    assert (entry.path / "weights.npz").stat().st_mtime_ns == before


def test_the_key_follows_the_guide_and_the_fields(folder: Path) -> None:
    data, first = Designs(source="cells.npz"), inverse().fields
    assert first.guide is not None
    shutil.copytree(first.guide.fields.folder, folder / "forward")
    guide = make("model", "mlp", weights="forward")
    fields = {field.name: getattr(first, field.name) for field in dataclasses.fields(first)}
    assert CvaeFields(**{**fields, "data": data, "guide": guide}).key == first.key
    assert CvaeFields(**{**fields, "guidance": 99}).key != first.key
    card = folder / "forward" / "model.json"
    card.write_text(json.dumps({**json.loads(card.read_text()), "sha256": "another"}))
    assert CvaeFields(**{**fields, "guide": make("model", "mlp", weights="forward")}).key != first.key


def test_weights_in_a_folder_need_neither_data_nor_guide(folder: Path) -> None:
    shutil.copytree(inverse().fields.folder, folder / "inverse")
    alone = inverse('model inverse = cvae { weights = "inverse" }')
    wanted = np.tile([4.0, 0.0], (20, 1))
    np.testing.assert_array_equal(alone.generative.draw(wanted), inverse().generative.draw(wanted))
    assert alone.valid(np.array([[0, 0], [0, 1]], np.uint8)).tolist() == [False, True]


@pytest.mark.parametrize(
    ("text", "code", "part"),
    [
        (f"{CELLS}model inverse = cvae {{ data = cells }}", "M0593", "no guide"),
        ("model inverse = cvae { latent = 2 }", "M0588", "nothing to learn from"),
        (f"{CELLS}model inverse = cvae {{ data = cells, hidden = [0] }}", "M0585", "one feature"),
    ],
)
def test_models_that_lack_something_are_refused(folder: Path, text: str, code: str, part: str) -> None:
    with pytest.raises(DiagnosticError) as caught:
        metac.compile(text).program()
    (found,) = caught.value.diagnostics
    assert found.code == code
    assert part in found.message
    assert found.labels
