"""Latent spaces in whole specs: trained once, what they report, weights in a folder, what is refused."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

import metac
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.latent import LatentSpace
from metac.dsl.diagnostics.diagnostic import DiagnosticError
from metac.runtime.artefacts.store import Store
from metac.runtime.runs.csv_tables import table_rows
from metac.stdlib.models.vae_fields import VaeFields
from tests.library import constructor, fields

pytestmark = pytest.mark.usefixtures("own_cache")

Orthotropic = constructor("dataset", "orthotropic")

CELLS = "dataset cells = orthotropic { count = 120, seeds = 8, cell = [16, 12] }\n"
SPEC = f"""{CELLS}
model space = vae {{
    data = cells, latent = 4, channels = [6, 8], hidden = 16, regressor = [8], epochs = 8, batch = 16, rate = 1e-2
    validation = 20 %
}}
"""
TRAINED = {"weights.npz", "model.json", "latents.npz", "scores.csv", "losses.csv"}
PAGES = {"reconstructed.png", "axes.png", "latent.png", "losses.png"}


def space_of(text: str = SPEC) -> Any:
    return metac.compile(text).program().linked.host.object("space")


@pytest.fixture(scope="module")
def model(own_cache: None) -> Any:
    return space_of()


def asked(**given: Any) -> VaeFields:
    data = Orthotropic(count=120, seeds=8, cell=(16, 12))
    shape = {"latent": 4, "channels": (6, 8), "hidden": 16, "regressor": (8,)}
    training = {"epochs": 8, "batch": 16, "rate": 1e-2, "validation": 0.2}
    return VaeFields(**fields("model", "vae", **{"data": data, **shape, **training, **given}))


def test_it_is_trained_once_and_judged(model: Any) -> None:
    (entry,) = [each for each in Store().entries() if each.kind == "vae"]
    assert entry.title == "the latent space of 120 orthotropic cells"
    assert {file.name for file in entry.path.iterdir()} == TRAINED | PAGES | {"manifest.json"}
    before = (entry.path / "weights.npz").stat().st_mtime_ns
    again = space_of()
    latent = jnp.asarray(model.space.latents[:3], float)
    np.testing.assert_array_equal(again.space.decode(latent), model.space.decode(latent))
    assert (entry.path / "weights.npz").stat().st_mtime_ns == before
    assert asked().key == model.fields.key


def test_the_space_holds_the_cells_that_it_learned_from(model: Any) -> None:
    space, data = model.space, model.fields.data
    assert isinstance(space, LatentSpace)
    assert space.latents.shape == (120, 4)
    np.testing.assert_array_equal(space.stiffness, data.stiffness())
    np.testing.assert_allclose(space.encode(jnp.asarray(data.cells()[:9], float)), space.latents[:9], atol=1e-5)


def test_the_space_knows_which_cells_it_was_not_trained_on(model: Any, copied: Path) -> None:
    from metac.runtime.learn.supervised.labelled_data import split_designs

    quarters = np.ascontiguousarray(model.fields.data.cells()[:, :8, :6])
    split = split_designs(quarters.reshape(120, -1), 0.2, 0.0, 0)
    np.testing.assert_array_equal(model.space.validation, split.validation)
    read = VaeFields(**fields("model", "vae", weights="own")).known_cells()
    assert read is not None
    np.testing.assert_array_equal(read.validation, split.validation)
    assert model.fields.known_cells() is None, "a training need not have been run"
    for validation, part in ((None, ""), (np.array([120]), "not there"), (np.array([-1]), "not there")):
        arrays = {"latents": read.latents, "stiffness": read.stiffness}
        np.savez(copied / "latents.npz", **arrays, **({} if validation is None else {"validation": validation}))
        if part:
            with pytest.raises(FieldError, match=part):
                VaeFields(**fields("model", "vae", weights="own")).space()
        else:
            assert VaeFields(**fields("model", "vae", weights="own")).space().validation.size == 0


def test_the_card_and_the_scores_count_decoded_cells(model: Any) -> None:
    card = json.loads((model.fields.folder / "model.json").read_text())
    assert card["data"]["samples"] == {"training": 96, "validation": 24}
    headings, *rows = table_rows((model.fields.folder / "scores.csv").read_text())
    assert [row[0] for row in rows][:3] == ["decoded cells, 24 of validation"] * 2 + ["regressor"]
    half = dict(zip(headings, rows[0], strict=True))
    # The same by hand: encoded, decoded, thresholded, homogenised.
    split = np.random.Generator(np.random.PCG64(0)).permutation(120)
    assert card["scores"][0]["cells"] == 24 <= len(split)
    assert 0 < float(half["pixel error"]) < 0.5
    assert card["scores"][0]["pixel_error"] == pytest.approx(float(half["pixel error"]), rel=1e-3)
    assert card["variables_used"] <= 4
    assert card["divergence_nats"] > 0
    assert all(0 <= float(row[4]) <= 1 for row in rows if row[4])


def test_a_run_leaves_scores_and_pages(model: Any, tmp_path: Path, display: Any) -> None:
    told = display()
    metac.compile(SPEC).run(out=tmp_path / "run", progress=told)
    found = {file.name for file in (tmp_path / "run").iterdir()}
    assert {"space.png", "space.npz", "space-scores.csv", "space-reconstructed.png", "space-axes.png"} <= found
    assert any("one piece when repaired" in note for note in told.notes)
    with np.load(tmp_path / "run" / "space.npz") as file:
        np.testing.assert_array_equal(file["latents"], model.space.latents)


@pytest.fixture
def copied(model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(model.fields.folder, tmp_path / "own"))


def test_weights_in_a_folder_need_no_data(model: Any, copied: Path) -> None:
    latent = jnp.asarray(model.space.latents[:3], float)
    for text in (
        'model space = vae { weights = "own" }',
        f'{CELLS}model space = vae {{ data = cells, weights = "own", latent = 4 }}',
    ):
        np.testing.assert_array_equal(space_of(text).space.decode(latent), model.space.decode(latent))


@pytest.mark.parametrize(
    ("text", "code", "part"),
    [
        ("model space = vae { epochs = 2 }", "M0588", "nothing to learn from"),
        ('model space = vae { weights = "nowhere" }', "M0586", "no folder of a trained network"),
        ('model space = vae { weights = "cells" }', "M0587", "another sort of model"),
        ('model space = vae { weights = "own", latent = 5 }', "M0587", "`latent` is 4 there, and 5 is asked for"),
        ('model space = vae { weights = "own", channels = [6] }', "M0587", "`channels` is"),
        (
            "dataset other = orthotropic { count = 121, seeds = 8, cell = [16, 12] }\n"
            'model space = vae { data = other, weights = "own" }',
            "M0592",
            "trained on other cells: 120 orthotropic cells",
        ),
        (f"{CELLS}model space = vae {{ data = cells, channels = [] }}", "M0585", "one feature"),
        (f"{CELLS}model space = vae {{ data = cells, rate = 0 }}", "M0585", "must be positive"),
        ('dataset digits = images { source = "digits" }\nmodel space = vae { data = digits }', "M0506", "images"),
    ],
)
@pytest.mark.usefixtures("copied")
def test_what_gives_no_space_is_refused(text: str, code: str, part: str) -> None:
    with pytest.raises(DiagnosticError) as caught:
        metac.compile(text).program()
    (found,) = caught.value.diagnostics
    assert found.code == code
    assert part in found.message
    assert found.labels


def test_a_card_that_says_too_little_is_told(copied: Path) -> None:
    card = json.loads((copied / "model.json").read_text())
    for missing in ("data", "labels"):
        (copied / "model.json").write_text(json.dumps({name: each for name, each in card.items() if name != missing}))
        with pytest.raises(FieldError, match="does not describe a network") as caught:
            asked(weights="own").space()
        assert (caught.value.field, caught.value.code) == ("weights", "M0586")


def test_specs_with_a_space_are_checked_without_jax() -> None:
    code = "import sys, metac.stdlib.models.vae, metac.stdlib.datasets.orthotropic; sys.exit('jax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_space_that_comes_with_metac_knows_its_cells() -> None:
    space = VaeFields(**fields("model", "vae", weights="orthotropic")).space()
    assert space.latents.shape == (10_000, 16)
    assert space.cell == (50, 50)
    solid = np.asarray(space.decode(jnp.asarray(space.latents[:1]))) > 0.5
    assert solid.mean() > 0.99, "the first cell is the solid"
    predicted = np.asarray(space.predict(jnp.asarray(space.latents)))
    error = ((predicted - space.stiffness) ** 2).mean(axis=0) / space.stiffness.var(axis=0)
    assert error.max() < 0.05


@pytest.mark.parametrize(
    "damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"PK")], ids=["missing", "cut"]
)
def test_latents_that_cannot_be_read_are_told(copied: Path, damage: Any) -> None:
    damage(copied / "latents.npz")
    with pytest.raises(FieldError, match="cannot be read") as caught:
        VaeFields(**fields("model", "vae", weights="own")).space()
    assert (caught.value.field, caught.value.code) == ("weights", "M0586")


def test_latents_of_another_space_are_told(copied: Path) -> None:
    np.savez(copied / "latents.npz", latents=np.zeros((3, 5)), stiffness=np.ones((3, 4)))
    with pytest.raises(FieldError, match="another latent space: 4 variables are expected") as caught:
        VaeFields(**fields("model", "vae", weights="own")).space()
    assert caught.value.code == "M0587"


@pytest.mark.parametrize(
    "change",
    [
        {"latent": 3},
        {"channels": (6,)},
        {"epochs": 9},
        {"divergence": 2.0},
        {"guidance": 1.0},
        {"optimiser": "rmsprop"},
        {"seed": 1},
    ],
    ids=str,
)
def test_the_key_follows_the_fields(model: Any, change: dict) -> None:
    assert asked(**change).key != model.fields.key


def test_preprocessing_of_images_changes_no_space(model: Any) -> None:
    data = Orthotropic(count=120, seeds=8, cell=(16, 12), pixels=(8, 8), blur=1.0)
    assert asked(data=data).key == model.fields.key


def test_too_few_cells_are_told() -> None:
    data = Orthotropic(count=1, seeds=1, cell=(16, 12))
    with pytest.raises(FieldError, match="nothing can be learned") as caught:
        asked(data=data).space()
    assert (caught.value.field, caught.value.code) == ("data", "M0594")


def test_one_cell_judges_nothing(model: Any) -> None:
    """Its R² would be no number."""
    with pytest.raises(FieldError, match="1 of 120 cells would judge") as caught:
        asked(validation=0.01).space()
    assert (caught.value.field, caught.value.code) == ("validation", "M0594")
