"""Surrogates in whole specs: trained once, taken from the cache, used from a folder; what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import metac
from metac.dsl.diagnostics.diagnostic import DiagnosticError
from metac.runtime.artefacts.store import Store
from metac.runtime.learn.supervised import supervised_trainer as fitting
from metac.runtime.runs.failures import Interrupted
from metac.stdlib.models.mlp import MlpFields
from metac.stdlib.models.supervised_fields import table_of
from tests.library import constructor
from tests.library import fields as definition_fields

Designs = constructor("dataset", "designs")

FIELDS = "hidden = [24], epochs = 100, rate = 2e-2, batch = 16, patience = 100"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory):
    """A folder with a data set, a cache of its own, and the trained network `model`."""
    place = tmp_path_factory.mktemp("designs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("METAC_CACHE", str(place / "cache"))
        patch.chdir(place)
        save("cells.npz")
        save("sized.npz", sized=True)
        yield place


def save(name: str, sized: bool = False, **changed: object) -> None:
    """Designs of eight features; E grows with the number of features and falls with D1."""
    random = np.random.default_rng(0)
    designs = (random.random((400, 8)) < 0.5).astype(np.uint8)
    settings = random.integers(1, 4, (400, 1)).astype(float)
    divisor = settings[:, 0] if sized else 1
    arrays = {
        "designs": designs,
        "labels": np.stack([2 + designs.sum(axis=1) / divisor, designs[:, 0] - designs[:, 1] * 0.5], axis=1),
        "label_names": np.array(["E11", "nu12"]),
        "label_units": np.array(["MPa", ""]),
    }
    if sized:
        arrays |= {"settings": settings, "setting_names": np.array(["D1"])}
    np.savez(name, allow_pickle=False, **{key: value for key, value in {**arrays, **changed}.items() if value is not None})


def spec(fields: str = FIELDS, source: str = "cells.npz") -> str:
    return f'dataset cells = designs {{ source = "{source}" }}\nmodel forward = mlp {{ data = cells, {fields} }}\n'


def refused(text: str) -> tuple[str, str]:
    """Code and message of what a spec is refused for when its program is made."""
    with pytest.raises(DiagnosticError) as caught:
        metac.compile(text).program()
    (found,) = caught.value.diagnostics
    assert found.labels, "it has a place"
    return found.code, found.message


def model(text: str):
    return metac.compile(text).program().linked.host.object("forward")


def test_a_surrogate_is_trained_once_and_predicts(display, folder: Path) -> None:
    told = display()
    result = metac.compile(spec()).run(progress=told, out=folder / "run")
    assert any(phase.startswith("training the surrogate of cells.npz: epoch 100 of 100") for phase in told.phases)
    assert (folder / "run" / "forward-scores.csv").read_text().startswith("set,label,samples,R2")
    (table,) = [note for note in told.notes if note.startswith("set ")]
    assert {line.split()[0] for line in table.splitlines()[2:]} == {"training", "validation", "test"}
    assert {"forward.png", "forward.npz"} <= {file.name for file in (folder / "run").iterdir()}
    assert result.met
    (entry,) = [each for each in Store().entries() if each.kind == "mlp"]
    names = {file.name for file in entry.path.iterdir()}
    assert names >= {"weights.npz", "model.json", "scores.csv", "parity.png", "losses.png", "losses.csv", "test.npz"}
    assert json.loads((entry.path / "model.json").read_text())["scores"]["test"]["overall"]["R2"] > 0.95
    designs = np.array([[1, 0, 1, 1, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0, 0, 0]], np.uint8)
    again = display()
    metac.compile(spec()).run(progress=again)
    assert not any("training" in phase for phase in again.phases)
    np.testing.assert_allclose(model(spec()).surrogate.predict(designs), [[5, 1], [3, -0.5]], atol=0.5)


def test_settings_are_inputs_beside_the_design(folder: Path) -> None:
    surrogate = model(spec(source="sized.npz")).surrogate
    design = np.ones((1, 8), np.uint8)
    few, many = (surrogate.predict(design, [size])[0, 0] for size in (1.0, 3.0))
    assert few == pytest.approx(10, abs=1.0)
    assert many == pytest.approx(2 + 8 / 3, abs=1.0)


def test_folds_are_scored_on_what_they_left_out(folder: Path) -> None:
    made = model(spec("hidden = [4], epochs = 1, folds = 3"))
    rows = [line.split() for line in table_of(made.fields.folder)]
    assert [row[:3] for row in rows if row[0] == "fold" and row[2] == "overall"] == [
        ["fold", str(number), "overall"] for number in (1, 2, 3)
    ]
    assert sum(int(row[3]) for row in rows if row[0] == "fold" and row[2] == "overall") < 400


def test_the_key_follows_the_data_and_the_fields(folder: Path) -> None:
    def key(**fields: Any) -> str:
        return MlpFields(**definition_fields("model", "mlp", data=Designs(source="keyed.npz"), **fields)).key

    save("keyed.npz")
    first = key()
    assert key() == first
    changes = ({"seed": 1}, {"hidden": (3,)}, {"output": "relu"}, {"test": 0.2}, {"folds": 3})
    assert len({first, *(key(**change) for change in changes)}) == 6
    save("keyed.npz", labels=np.tile(np.arange(400.0)[:, None], 2))
    assert key() != first


def test_an_interrupted_training_is_resumed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from metac.runtime.artefacts.watch import Watch, watched

    monkeypatch.setattr(fitting, "AT_ONCE", 4)
    text, asked = spec("hidden = [3], epochs = 6"), iter(range(1000))
    with watched(Watch(wanted=lambda: next(asked) >= 5)), pytest.raises(Interrupted):
        metac.compile(text).program()
    (unfinished,) = [each for each in Store().entries() if not each.finished]
    assert unfinished.kind == "mlp"
    told: list[str] = []
    with watched(Watch(note=told.append)):
        metac.compile(text).program()
    assert any("resuming after" in note for note in told)
    assert all(each.finished for each in Store().entries())


def test_weights_in_a_folder_are_a_model_of_their_own(folder: Path) -> None:
    shutil.copytree(model(spec()).fields.folder, folder / "forward")
    alone = model('model forward = mlp { weights = "forward" }')
    designs = np.eye(8, dtype=np.uint8)
    np.testing.assert_array_equal(alone.surrogate.predict(designs), model(spec()).surrogate.predict(designs))
    both = 'dataset cells = designs {{ source = "{}" }}\nmodel forward = mlp {{ data = cells, weights = "forward"{} }}'
    model(both.format("cells.npz", ""))
    code, message = refused(both.format("sized.npz", ""))
    assert code == "M0592"
    assert "trained on other data: cells.npz" in message
    assert refused(both.format("cells.npz", ", hidden = [25]"))[0] == "M0587"
    (folder / "forward" / "weights.npz").write_bytes(b"")
    assert refused('model forward = mlp { weights = "forward" }')[0] == "M0586"


@pytest.mark.parametrize(
    ("changed", "code", "part"),
    [
        ({"labels": np.full((400, 2), np.nan)}, "M0594", "400 of its 400 samples"),
        ({"designs": np.full((400, 8), 2)}, "M0594", "other numbers than 0 and 1"),
        ({"designs": np.ones((400, 8))}, "M0594", "1 designs are too few"),
        ({"labels": np.zeros((399, 2))}, "M0594", "`labels` of the size [399, 2]"),
        ({"labels": None}, "M0594", "no array `labels`"),
        ({"settings": np.zeros((400, 1))}, "M0594", "do not fit `setting_names`"),
    ],
)
def test_data_that_nothing_can_be_learned_from_are_refused(folder: Path, changed: dict, code: str, part: str) -> None:
    save("bad.npz", **changed)
    found, message = refused(spec(source="bad.npz"))
    assert found == code
    assert part in message


@pytest.mark.parametrize(
    ("fields", "code"),
    [("hidden = [0]", "M0585"), ("rate = 0", "M0585"), ("validation = 0.6, test = 0.4", "M0585")],
)
def test_fields_that_make_no_fit_are_refused(folder: Path, fields: str, code: str) -> None:
    assert refused(spec(fields))[0] == code
