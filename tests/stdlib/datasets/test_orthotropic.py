"""Cells in whole specs: made for their own sake or for a model, once; what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import metac
from metac.compiler.interfaces.drawing import Prepared
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.artefacts.store import Store
from metac.runtime.artefacts.watch import Watch, watched
from metac.runtime.datasets.cells import growth
from metac.runtime.datasets.failures import SamplingFailed
from metac.runtime.grid.homogenise import effective_stiffness
from metac.runtime.grid.lattice import PeriodicLattice
from metac.stdlib.models.diffusion_fields import DiffusionFields
from tests.library import constructor, fields

pytestmark = pytest.mark.usefixtures("own_cache")

Orthotropic = constructor("dataset", "orthotropic")
Images = constructor("dataset", "images")

FIELDS = {"count": 60, "seeds": 4, "cell": (12, 16), "pixels": (8, 8), "E": 3.0, "nu": 0.3, "contrast": 1e3}
SPEC = "orthotropic { count = 60, seeds = 4, cell = [12, 16], pixels = [8, 8], E = 3 MPa, nu = 0.3, contrast = 1e3 }"


@pytest.fixture(scope="module")
def cells() -> Orthotropic:
    made = Orthotropic(**FIELDS)
    made.prepare()
    return made


def test_cells_are_mirrored_and_come_with_their_stiffness(cells: Orthotropic) -> None:
    pictures, stiffness = cells.cells(), cells.stiffness()
    assert pictures.shape == (60, 12, 16)
    assert pictures.dtype == np.uint8
    np.testing.assert_array_equal(pictures, pictures[:, ::-1])
    np.testing.assert_array_equal(pictures, pictures[:, :, ::-1])
    unit = np.array([[1, 0.3, 0], [0.3, 1, 0], [0, 0, 0.35]]) * 3 / (1 - 0.3**2)
    lattice = PeriodicLattice(12, 16, 16.0, 12.0)
    for number in (0, 30, 59):
        moduli = 1e-3 + (1 - 1e-3) * pictures[number].astype(float)
        whole = np.asarray(effective_stiffness(lattice, jnp.asarray(moduli.ravel()[:, None, None] * unit))[0])
        np.testing.assert_allclose(stiffness[number], whole[[0, 0, 1, 2], [0, 1, 1, 2]], rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(whole[:2, 2], 0, atol=1e-12)


def test_cells_of_a_wanted_stiffness_are_found_soon(cells: Orthotropic) -> None:
    wanted = cells.stiffness()[37]
    assert cells.nearest(wanted, 3)[0][0] == 37
    np.testing.assert_allclose(cells.homogenised(cells.cells()[30:40].astype(bool)), cells.stiffness()[30:40], rtol=1e-12)


def test_the_card_tells_how_they_grew_and_that_no_bound_is_exceeded(cells: Orthotropic) -> None:
    card = cells.card
    assert card["rounds"][-1]["cells"] == 60
    assert card["stiffness"] == ["C11", "C12", "C22", "C66"]
    assert all(0.5 < ratio <= 1 + 1e-9 for ratio in card["largest"].values())


def test_cells_of_an_earlier_version_are_made_again_with_a_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METAC_CACHE", str(tmp_path))
    asked = Orthotropic(**{**FIELDS, "count": 2, "seeds": 2})
    earlier = {name: value for name, value in asked.space.describe().items() if name != "feature"} | {
        "least": 0.15,
        "most": 0.85,
    }

    def leave(folder: Path) -> None:
        (folder / "family.json").write_text(json.dumps({"family": earlier, "seeds": 2}))

    Store().entry("cells", "0" * 64, asked.title, leave)
    notes: list[str] = []
    with watched(Watch(note=notes.append)):
        asked.prepare()
    assert "of an earlier version, without a least feature, are in the cache; they are made again" in notes[0]
    notes.clear()
    with watched(Watch(note=notes.append)):
        Orthotropic(**{**FIELDS, "count": 2, "seeds": 2, "seed": 5}).prepare()
    assert not any("earlier version" in note for note in notes)


def test_samples_are_prepared_as_those_of_images(cells: Orthotropic, tmp_path: Path) -> None:

    np.save(tmp_path / "cells.npy", cells.cells().astype(float))
    grey = {"noise": 0.01, "blur": 1.2, "seed": 0, "pixels": (8, 8)}
    expected = Images(source=str(tmp_path / "cells.npy"), **grey).samples()
    np.testing.assert_array_equal(Orthotropic(**{**FIELDS, **grey}).samples(), expected)
    assert expected.shape == (60, 8, 8)
    assert expected.dtype == np.float32


def test_cells_are_made_once(cells: Orthotropic) -> None:
    (entry,) = Store().entries()
    assert entry.finished
    assert entry.title == "60 orthotropic cells"
    assert {file.name for file in entry.path.iterdir()} == {"cells.npz", "cells.json", "cells.png", "manifest.json"}
    before = (entry.path / "cells.npz").stat().st_mtime_ns
    again = Orthotropic(**{**FIELDS, "blur": 1.2})
    np.testing.assert_array_equal(again.stiffness(), cells.stiffness())
    assert (entry.path / "cells.npz").stat().st_mtime_ns == before, "preprocessing needs no other cells"


@pytest.mark.parametrize(
    "change",
    [
        *({"count": 61}, {"seeds": 3}, {"cell": (16, 12)}, {"volume": (0.2, 0.8)}, {"feature": 1}, {"seed": 1}),
        *({"E": 2.0}, {"nu": 0.4}, {"plane": "strain"}, {"contrast": 1e4}),
    ],
    ids=str,
)
def test_the_key_follows_all_that_cells_depend_on(cells: Orthotropic, change: dict) -> None:
    other = Orthotropic(**{**FIELDS, **change})
    assert other.key != cells.key
    assert other.content != cells.content


def test_preprocessing_changes_the_content_alone(cells: Orthotropic) -> None:
    other = Orthotropic(**{**FIELDS, "noise": 0.01})
    assert other.key == cells.key
    assert other.content != cells.content


def test_a_data_set_alone_is_made_and_drawn(cells: Orthotropic, tmp_path: Path) -> None:
    assert isinstance(cells, Prepared)
    metac.compile(f"dataset database = {SPEC}").run(out=tmp_path / "run")
    with np.load(tmp_path / "run" / "database.npz") as file:
        np.testing.assert_array_equal(file["cells"], cells.cells())
        np.testing.assert_array_equal(file["stiffness"], cells.stiffness())
    assert (tmp_path / "run" / "database.png").stat().st_size > 10_000


def test_a_model_takes_the_cells(cells: Orthotropic) -> None:
    network = {"channels": (8,), "blocks": 1, "attention": (), "heads": 2}
    sets: list[Any] = [cells, Orthotropic(**{**FIELDS, "blur": 1.2})]
    model, other = (DiffusionFields(**fields("model", "diffusion", data=data, **network)) for data in sets)
    assert model.configuration.pixels == (8, 8)
    assert model.title == "the diffusion model of 60 orthotropic cells"
    assert model.key != other.key


@pytest.mark.slow
def test_a_model_learns_from_cells(cells: Orthotropic) -> None:
    text = f"""
dataset database = {SPEC}
model ddpm     = diffusion {{
    data = database, channels = [8], blocks = 1, attention = [], heads = 2, steps = 20, epochs = 1, batch = 16
}}
generator noise = ddim {{ model = ddpm, steps = 2, seed = 3 }}
"""
    program = metac.compile(text).program()
    theta = program.init(jax.random.key(0))
    assert theta["noise"].shape == (8, 8)
    assert {entry.kind for entry in Store().entries()} == {"cells", "diffusion"}


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("volume", (0.6, 0.4), "M0590"),
        ("volume", (0.0, 0.4), "M0590"),
        ("volume", (0.5, 0.5), "M0590"),
        ("volume", (0.5, 1.1), "M0590"),
        ("feature", 4, "M0590"),
        ("cell", (50, 51), "M0590"),
        ("cell", (6, 6), "M0590"),
        ("cell", (50,), "M0584"),
        ("pixels", (0, 8), "M0584"),
    ],
)
def test_what_leaves_no_cells_is_refused(field: str, value: tuple, code: str) -> None:
    with pytest.raises(FieldError) as caught:
        Orthotropic(**{**FIELDS, field: value})
    assert (caught.value.field, caught.value.code) == (field, code)
    assert caught.value.help


def test_bounds_without_cells_end_the_run_with_a_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "PATIENCE", 16)
    with pytest.raises(SamplingFailed, match="stays at 0 of 5 cells") as caught:
        Orthotropic(count=5, seeds=5, cell=(8, 8), volume=(0.5000001, 0.5000002), feature=1).samples()
    assert caught.value.code == "M0641"
