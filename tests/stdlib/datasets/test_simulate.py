"""Pictures with labels, which are what measures read of the same cells: resumed, written as tables, searched for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import metac
from metac.api.design_tables import design_table
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.artefacts.watch import Watch, watched
from metac.runtime.datasets.failures import SamplingFailed
from metac.runtime.datasets.pictures import labelled_pictures
from metac.runtime.datasets.pictures.labelled_pictures import Homogenised, constants_of, label_pictures
from metac.runtime.runs.failures import Interrupted
from metac.runtime.tables.table_files import write_table
from tests.library import constructor, make
from tests.mechanics import LINEAR_ELASTIC, Material
from tests.stdlib import made

pytestmark = pytest.mark.usefixtures("own_cache")

Simulate, Images, Designs = (constructor("dataset", name) for name in ("simulate", "images", "designs"))
HOW = Homogenised(100.0, 0.3, True, 1e3, 1)


def cells(count: int, seed: int = 0) -> Any:
    """Pictures `[count, 6, 8]` without symmetry, mostly solid."""
    return (np.random.default_rng(seed).uniform(size=(count, 6, 8)) < 0.7).astype(np.uint8)


def images_of(folder: Path, pictures: Any) -> Any:
    np.save(folder / "cells.npy", pictures)
    return Images(source=str(folder / "cells.npy"), pixels=pictures.shape[1:])


def elastic(E: float) -> Any:
    """Plane stress: λ* = 2 λ μ / (λ + 2 μ)."""
    mu, lam = E / (2 * 1.3), E * 0.3 / (1.3 * 0.4)
    return Material(LINEAR_ELASTIC, (mu, 2 * lam * mu / (lam + 2 * mu)))


@pytest.mark.parametrize("order", [1, 2])
def test_labels_are_what_measures_read_of_the_same_cell(tmp_path: Path, order: int) -> None:
    pictures = cells(3)
    data = Simulate(pictures=images_of(tmp_path, pictures), E=100.0, nu=0.3, contrast=1e3, order=order)
    samples = data.samples()
    np.testing.assert_array_equal(samples.designs, pictures.reshape(3, -1))
    for picture, labels in zip(pictures, samples.labels, strict=True):
        body = made.pixels(picture.astype(float), 8.0, [elastic(0.1), elastic(100.0)], order=order)
        load = made.homogenised(body)
        expected = [
            *(make("measure", "youngs_modulus", of=load, along=angle).value for angle in (0.0, np.pi / 2)),
            *(make("measure", "poisson_ratio", of=load, along=angle).value for angle in (0.0, np.pi / 2)),
            make("measure", "shear_modulus", of=load, at=0.0).value,
            make("measure", "volume_fraction", of=body).value,
        ]
        np.testing.assert_allclose(labels, np.array(expected, float), rtol=1e-9)
    assert data.label_names == ("E11", "E22", "nu12", "nu21", "G12", "volume_fraction")
    assert data.label_units == ("MPa", "MPa", "", "", "MPa", "")


def test_which_pixels_are_solid_is_said(tmp_path: Path) -> None:
    grey = np.array([[[0.2, 0.9], [0.4, 0.6]]])
    pictures = images_of(tmp_path, grey)
    for fields, expected in (
        ({}, [0, 1, 0, 1]),
        ({"solid": "black"}, [1, 0, 1, 0]),
        ({"threshold": 0.3}, [0, 1, 1, 1]),
        ({"threshold": 0.3, "solid": "black"}, [1, 0, 0, 0]),
    ):
        data = Simulate(pictures=pictures, labels=("volume_fraction",), **fields)
        assert data.samples().designs.tolist() == [expected]
        assert data.samples().labels.tolist() == [[np.mean(expected)]]


def test_designs_reads_what_is_saved_and_what_is_written_as_a_table(tmp_path: Path) -> None:
    data = Simulate(pictures=images_of(tmp_path, cells(5)), contrast=1e3, labels=("nu12", "E11"))
    np.savez(tmp_path / "labelled.npz", **data.arrays())
    again = Designs(source=str(tmp_path / "labelled.npz"), labels=(), settings=())
    assert (again.label_names, again.label_units) == (("nu12", "E11"), ("", "MPa"))
    for ending in (".csv", ".parquet"):
        if ending == ".parquet":
            pytest.importorskip("pyarrow")
        write_table(tmp_path / f"cells{ending}", design_table(tmp_path / "labelled.npz").columns)
        table = Designs(source=str(tmp_path / f"cells{ending}"), labels=("nu12", "E11"), settings=())
        for one, other in zip(table.samples(), data.samples(), strict=True):
            np.testing.assert_array_equal(one, other)
        assert table.label_units == ("", "MPa")


def test_an_interrupted_data_set_resumes_and_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labelled_pictures, "CHUNK_SIZE", 2)
    pictures, whole, parts = cells(9), tmp_path / "whole", tmp_path / "parts"
    whole.mkdir(), parts.mkdir()
    expected = label_pictures(pictures, HOW, whole, "cells", 1)
    told: list[str] = []
    with pytest.raises(Interrupted), watched(Watch(phase=told.append, wanted=lambda: bool(told))):
        label_pictures(pictures, HOW, parts, "cells", 1)
    kept = sorted(file.name for file in (parts / "chunks").iterdir())
    assert 1 <= len(kept) < 5
    (parts / "chunks" / kept[0]).write_bytes(b"cut short")
    stamps = {name: (parts / "chunks" / name).stat().st_mtime_ns for name in kept[1:]}
    found = label_pictures(pictures, HOW, parts, "cells", 2)
    np.testing.assert_array_equal(found.constants, expected.constants)
    assert {name: (parts / "chunks" / name).stat().st_mtime_ns for name in kept[1:]} == stamps, "made once"


def test_what_cannot_be_homogenised_is_left_out_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = cells(4)
    residual = constants_of(HOW, pictures)["residual"]
    assert (residual < labelled_pictures.ACCURATE).all()
    monkeypatch.setattr(labelled_pictures, "ACCURATE", float(np.sort(residual)[2]))
    data, notes = Simulate(pictures=images_of(tmp_path, pictures), E=100.0, nu=0.3, contrast=1e3), []
    with watched(Watch(note=notes.append)):
        assert len(data.samples().designs) == 3
    assert "1 left out whose solves are not accurate" in notes[-1]
    monkeypatch.setattr(labelled_pictures, "ACCURATE", 0.0)
    with pytest.raises(SamplingFailed, match="none of other can be homogenised"):
        label_pictures(pictures, HOW, tmp_path, "other", 1)


def test_solid_in_pieces_cannot_be_built(tmp_path: Path) -> None:
    data = Simulate(pictures=images_of(tmp_path, cells(2)))
    whole, pieces = np.ones((6, 8), np.uint8), np.zeros((6, 8), np.uint8)
    pieces[[1, 4], 1] = 1
    around = np.zeros((6, 8), np.uint8)
    around[0], around[5] = 1, 1
    designs = np.stack([each.ravel() for each in (whole, pieces, around, np.zeros_like(whole))])
    assert data.valid(designs).tolist() == [True, False, True, False]


@pytest.mark.parametrize(
    ("labels", "words"),
    [((), "nothing says"), (("E11", "K"), "not labelled with K"), (("E11", "E11"), "E11 is there twice")],
)
def test_labels_that_are_none(tmp_path: Path, labels: tuple[str, ...], words: str) -> None:
    with pytest.raises(FieldError, match=words) as told:
        Simulate(pictures=images_of(tmp_path, cells(2)), labels=labels)
    assert (told.value.code, told.value.field) == ("M0591", "labels")


SPEC = """
dataset   cells    = images { source = "cells.npy", pixels = [6, 8] }
dataset   labelled = simulate { pictures = cells, E = 100 MPa, nu = 0.3, contrast = 1e3 }
model     forward  = mlp { data = labelled, hidden = [32], epochs = 30, rate = 1e-2 }
model     inverse  = cvae { data = labelled, guide = forward, hidden = [32], epochs = 30, rate = 1e-2 }
material  solid    = linear_elastic { E = 100 MPa, nu = 0.3, plane = stress }
material  void     = linear_elastic { E = 0.1 MPa, nu = 0.3, plane = stress }
generator picture  = density { pixels = PIXELS, filter = FILTER }
body      cell     = pixels { density = picture, size = 8 mm, materials = [void, solid] }
load      unit     = periodic { body = cell }
match     shear_modulus(unit, at = 0 deg) to 10 MPa within 5 MPa
study     picks    = search { vary = picture, draw = inverse, predict = forward, count = 200, keep = 4, batch = 4 }
"""


def design_of(folder: Path, pixels: str = "[6, 8]", smoothing: str = "0") -> Any:
    np.save(folder / "cells.npy", cells(200))
    (folder / "spec.meta").write_text(SPEC.replace("PIXELS", pixels).replace("FILTER", smoothing))
    return metac.load(folder / "spec.meta")


@pytest.mark.slow
def test_models_learn_from_it_and_a_search_simulates_the_pictures_that_they_draw(tmp_path: Path) -> None:
    result = design_of(tmp_path).run()
    density = np.asarray(result.theta["picture"])
    assert set(np.unique(density)) <= {0.0, 1.0}
    constants = constants_of(HOW, density[None].astype(np.uint8))["constants"][0]
    (goal,) = result.goals.values()
    assert float(goal.value) == pytest.approx(constants[4], rel=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pixels", "smoothing", "words"),
    [("[6, 6]", "0", "48 features, this field 6 × 6 pixels"), ("[6, 8]", "1.5", "a filter makes another field")],
)
def test_a_field_that_is_another_than_the_pictures_is_refused(
    tmp_path: Path, pixels: str, smoothing: str, words: str
) -> None:
    with pytest.raises(metac.DiagnosticError) as told:
        design_of(tmp_path, pixels, smoothing).run()
    (found,) = told.value.diagnostics
    assert found.code == "M0596" and words in found.message
    assert found.labels[0].span.text == "picture"
