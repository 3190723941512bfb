"""Trajectories in whole specs: made once, what they depend on, what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import metac
from metac.compiler.interfaces.drawing import Prepared
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.artefacts.store import Store
from tests.library import constructor

pytestmark = pytest.mark.usefixtures("own_cache")

TrajectoryData = constructor("dataset", "trajectories")

FIELDS: dict[str, Any] = {"packings": 3, "networks": 2, "nodes": 16, "lowest": 0.1, "snapshots": 2, "interval": 4e-3}
SPEC = "trajectories { packings = 3, networks = 2, nodes = 16, lowest = 0.1, snapshots = 2, interval = 4e-3 }"


def test_a_run_leaves_arrays_a_table_and_a_picture_and_makes_them_once(tmp_path: Path):
    metac.compile(f"dataset films = {SPEC}\n").run(out=tmp_path / "run")
    assert {"films.npz", "films-ratios.csv", "films.png"} <= {file.name for file in (tmp_path / "run").iterdir()}
    (entry,) = [each for each in Store().entries() if each.kind == "trajectories"]
    assert {file.name for file in entry.path.iterdir()} == {"manifest.json", "ratios.png", "recipe.json", "trajectories.npz"}
    before = (entry.path / "trajectories.npz").stat().st_mtime_ns
    found = TrajectoryData(**FIELDS).samples()
    assert (entry.path / "trajectories.npz").stat().st_mtime_ns == before
    assert found.positions.dtype == np.float64
    assert found.positions.shape[:2] == (6, 3)
    with np.load(tmp_path / "run" / "films.npz") as kept:
        for name, values in found._asdict().items():
            np.testing.assert_array_equal(kept[name], values)


def test_nothing_is_made_before_it_is_asked_for():
    data = TrajectoryData(**FIELDS, seed=9)
    assert isinstance(data, Prepared)
    assert data.title == "trajectories of 6 networks (3 packings of 16 discs)"
    assert not [each for each in Store().entries() if each.key == data.key]


def test_what_is_asked_for_is_what_the_recipe_says():
    data = TrajectoryData(**FIELDS, more_nodes=[20])
    assert data.asked == data.recipe.describe()


@pytest.mark.parametrize(
    "change",
    [
        {"packings": 4},
        {"networks": 3},
        {"nodes": 20},
        {"more_nodes": [20]},
        {"pressure": 0.1},
        {"lowest": 0.0},
        {"least_degree": 4},
        {"angle_stiffness": 0.02},
        {"mass": 90.0},
        {"snapshots": 3},
        {"rate": 2e-5},
        {"interval": 3e-3},
        {"temperature": 0.0},
        {"damping": 11.0},
        {"substeps": 30},
        {"test": 2, "packings": 4},
        {"seed": 1},
        {"sizes": [1.4, 1.0]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_changes_trajectories_changes_their_key(change: dict[str, Any]):
    assert TrajectoryData(**{**FIELDS, **change}).content != TrajectoryData(**FIELDS).content


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"packings": 3, "test": 2}, "packings", "M0591"),
        ({"packings": 100_000, "networks": 1000}, "packings", "M0591"),
        ({"snapshots": 2000}, "snapshots", "M0561"),
        ({"rate": 0.1}, "rate", "M0561"),
        ({"highest": -0.5}, "highest", "M0591"),
        ({"interval": 1e-5}, "interval", "M0561"),
        ({"rate": 1e-12}, "rate", "M0561"),
        ({"sizes": [1.0, 0.0]}, "sizes", "M0560"),
        ({"sizes": [9.0, 1.0, 1.0, 1.0]}, "nodes", "M0560"),
        ({"nodes": 64, "sizes": [9.0, 1.0, 1.0, 1.0], "more_nodes": [100, 16]}, "more_nodes", "M0560"),
    ],
)
def test_fields_that_leave_nothing_are_refused(change: dict[str, Any], field: str, code: str):
    with pytest.raises(FieldError) as caught:
        TrajectoryData(**{**FIELDS, **change})
    assert (caught.value.field, caught.value.code) == (field, code)
