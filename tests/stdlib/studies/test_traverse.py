"""Traversals of the latent space that comes with metac, and what is refused."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import metac
from metac.dsl.diagnostics.diagnostic import DiagnosticError

SPEC = """\
dataset   cells   = orthotropic { count = 10000, seeds = 400 }
model     space   = vae { data = cells, weights = "orthotropic" }
direction stiffer = quantiles { model = space, of = C11, share = 30 % }
direction taller  = gradient { model = space }
study     page    = traverse { model = space, along = [stiffer, taller], steps = -2 .. 2 by 0.5, cells = 24 }
"""


def rows(path: Path) -> list[list[str]]:
    return list(csv.reader(path.open(encoding="utf-8")))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    folder = tmp_path_factory.mktemp("traverse") / "run"
    return metac.compile(SPEC).run(out=folder), folder


def test_stiffness_follows_the_direction_of_stiffer_cells(run: tuple[Any, Path]) -> None:
    result, folder = run
    headings, *trends = rows(folder / "page-trends.csv")
    found = {(row[0], row[2]): dict(zip(headings[3:], map(float, row[3:]), strict=True)) for row in trends}
    assert len(found) == 10
    stiffer, taller = found["1", "C11"], found["2", "anisotropy"]
    assert stiffer["cells"] == 24
    assert stiffer["above 0.9"] >= 0.9
    assert stiffer["last over first, median"] > 2
    assert taller["median rank correlation"] > 0.9
    assert taller["last over first, median"] > 2
    assert found["2", "C11"]["median rank correlation"] < 0, "it gets softer across"
    assert 0.6 < stiffer["one piece"] < 1, "not all decoded cells are sound, and the table says so"
    assert "Spearman's rank correlation" in result.summary["ended"]
    assert "24 cells that the latent space was not trained on" in result.summary["ended"]
    assert result.failure is None
    assert not result.goals


def test_the_table_has_every_decoded_cell(run: tuple[Any, Path]) -> None:
    _, folder = run
    headings, *cells = rows(folder / "page.csv")
    assert headings[:4] == ["cell", "step along 1", "step along 2", "C11 (MPa)"]
    assert len(cells) == 2 * 24 * 9 + 81
    assert {row[-1] for row in cells} == {"yes", "no"}
    values = np.array([row[:-1] for row in cells], float)
    at_rest = values[(values[:, 0] == 1) & (values[:, 1] == 0) & (values[:, 2] == 0)]
    assert len(at_rest) == 3
    np.testing.assert_allclose(at_rest, at_rest[:1].repeat(3, axis=0), rtol=1e-5)
    assert (folder / "page.png").stat().st_size > 20_000
    assert np.load(folder / "page.npz")["vectors"].shape == (2, 24, 16)


def test_one_direction_shows_several_cells(tmp_path: Path) -> None:
    text = SPEC.replace("along = [stiffer, taller]", "along = stiffer").replace("cells = 24", "cells = 4, shown = 2")
    metac.compile(text.replace("direction taller", "# direction taller")).run(out=tmp_path / "run")
    headings, *cells = rows(tmp_path / "run" / "page.csv")
    assert "step along 2" not in headings
    assert len(cells) == 4 * 9


def test_goals_are_not_pursued_by_it() -> None:
    text = SPEC + (
        "generator made = decoder { model = space }\n"
        "material a = linear_elastic { E = 1 MPa, nu = 0.3, plane = stress }\n"
        "material b = linear_elastic { E = 9 MPa, nu = 0.3, plane = stress }\n"
        "body cell = pixels { density = made, size = 1 mm, materials = [a, b] }\nmaximize volume_fraction(cell)\n"
    )
    assert "M0503" in [each.code for each in metac.compile(text).diagnostics]


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("[stiffer, taller]", "[]", "along"),
        ("[stiffer, taller]", "[stiffer, taller, stiffer]", "along"),
        ("-2 .. 2 by 0.5", "-2 .. 2 by 4", "steps"),
        ("-2 .. 2 by 0.5", "-2 .. 2 by 0.01", "steps"),
        ("-2 .. 2 by 0.5", "1 .. 1 by 1", "steps"),
        ("data = cells, ", "", "model"),
    ],
)
def test_what_shows_nothing_is_refused_before_a_run(old: str, new: str, field: str) -> None:
    with pytest.raises(DiagnosticError) as caught:
        metac.compile(SPEC.replace(old, new)).program()
    found = [each for each in caught.value.diagnostics if each.severity == "error"]
    assert [each.code for each in found] == ["M0609"], found
    assert found[0].labels[0].span.source.text[: found[0].labels[0].span.start].rstrip().endswith(f"{field} =")


def test_a_solid_that_is_not_that_of_the_model_is_refused() -> None:
    other = "dataset other = orthotropic { count = 50, E = 3 MPa }\n"
    text = other + SPEC.replace("model = space, along", "model = space, data = other, along")
    with pytest.raises(DiagnosticError) as caught:
        metac.compile(text).run()
    (found,) = caught.value.diagnostics
    assert (found.code, found.labels[0].span.text) == ("M0609", "other")
    off = float(re.findall(r"are (\d+) % off", found.message)[0])
    assert off == pytest.approx(200, abs=20), "the solid is three times as stiff"


def test_cells_of_another_size_are_refused() -> None:
    other = "dataset other = orthotropic { count = 50, cell = [16, 12] }\n"
    text = other + SPEC.replace("model = space, along", "model = space, data = other, along")
    with pytest.raises(DiagnosticError, match="rows and columns"):
        metac.compile(text).run()
