"""Search in whole specs: what is drawn, predicted, simulated and ranked; stopping and resuming; what is refused."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import metac
from metac.api.conditions import Conditions
from metac.api.execution import pursue
from metac.api.result import Result
from metac.api.resume import resume
from metac.api.run_folders import create_run_folder, stored_design
from metac.dsl.diagnostics.diagnostic import DiagnosticError
from metac.runtime.errors import RuntimeFailure
from metac.runtime.report.drawings import Sketch
from metac.runtime.runs.failures import Interrupted
from metac.runtime.runs.folder import RunFolder
from metac.runtime.runs.progress import NoProgress
from metac.runtime.search.candidates import Candidates, SimulatedCandidates
from metac.stdlib.studies.search import _Running

LAB = """
define generator choices {
    length: Int = 8
    form = beads
    python "beads.py:Choices"
}
define body rod {
    net:   Generator[beads]
    D1:    Scalar = 1
    form = beads
    python "beads.py:Rod"
}
define load weigh {
    body: Body[beads]
    form = beads
    python "beads.py:Weigh"
}
define measure mass {
    of: Load[beads]
    python "beads.py:Mass" gives Scalar
}
define measure balance {
    of: Load[beads]
    python "beads.py:Balance" gives Scalar
}
define measure stress_peak {
    of: Load[beads]
    python "beads.py:Peak" gives Scalar
}
"""
BEADS = """
from dataclasses import dataclass
import jax
import jax.numpy as jnp

@dataclass(frozen=True)
class Choices:
    length: int
    def init(self, key):
        return {"beads": jax.random.bernoulli(key, 0.5, (8,)).astype(float), "size": jnp.ones(())}
    def at(self, theta):
        return theta["size"] * theta["beads"]
    def theta_of(self, design):
        return {"beads": design, "size": jnp.ones(())}

@dataclass(frozen=True)
class Rod:
    net: object
    D1: float
    @property
    def settings(self):
        return {"D1": float(self.D1)}

@dataclass(frozen=True)
class Weigh:
    body: Rod
    @property
    def response(self):
        return Response(Status(jnp.isfinite(self.body.net).all()))

@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Response:
    status: object

@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Status:
    ok: object
    def failure(self, name):
        return None
    def instability(self, name):
        return None

@dataclass(frozen=True)
class Mass:
    of: Weigh
    @property
    def value(self):
        return self.of.body.net.sum()

@dataclass(frozen=True)
class Balance:
    of: Weigh
    @property
    def value(self):
        beads = self.of.body.net
        return beads[:4].sum() - beads[4:].sum()

@dataclass(frozen=True)
class Peak:
    of: Weigh
    @property
    def value(self):
        return (self.of.body.net * jnp.arange(8)).max() + 0.01 * (self.of.body.net * jnp.arange(8)).sum()
"""
MODELS = """
import "lab.meta"
dataset cells = designs { source = "cells.npz" }
model forward = mlp  { data = cells, hidden = [16], epochs = 60, rate = 2e-2, batch = 16 }
model inverse = cvae {
    data = cells, guide = forward, latent = 6, hidden = [16], epochs = 30, rate = 2e-2, batch = 16, divergence = 0.05 }
generator net = choices {}
body rod_     = rod { net = net }
load scales   = weigh { body = rod_ }
"""
GOALS = """
match mass(scales) to 4 within 0.1
match balance(scales) to 2 scale 1 within 0.1
minimize stress_peak(scales)
"""
STUDY = "study picks = search { vary = net, draw = inverse, predict = forward, count = 400, keep = 60, batch = 16 }\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory):
    """Rods with beads in eight places: their number, how they are balanced, how far out they lie."""
    place = tmp_path_factory.mktemp("beads")
    (place / "lab.meta").write_text(LAB)
    (place / "beads.py").write_text(BEADS)
    designs = (np.random.default_rng(0).random((600, 8)) < 0.5).astype(np.uint8)
    halves = designs.reshape(600, 2, 4).sum(axis=2).astype(float)
    labels = np.stack([halves.sum(axis=1), halves[:, 0] - halves[:, 1]], axis=1)
    np.savez(place / "cells.npz", designs=designs, labels=labels, label_names=np.array(["mass", "balance"]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("METAC_CACHE", str(place / "cache"))
        patch.chdir(place)
        yield place


def candidates(result: Result) -> Mapping[str, np.ndarray]:
    first = result.drawings[0]
    assert isinstance(first, Sketch)
    return first.arrays


def peak(design: np.ndarray) -> float:
    return (design * np.arange(8)).max() + 0.01 * (design * np.arange(8)).sum()


@pytest.fixture(scope="module")
def found(folder: Path):
    return metac.compile(MODELS + GOALS + STUDY).run(out=folder / "run")


def test_the_best_design_meets_the_goals_with_the_least_peak(folder: Path, found) -> None:
    assert found.met
    best = np.asarray(found.theta["net"]["beads"])
    assert best.sum() == 4
    assert best[:4].sum() - best[4:].sum() == 2
    with np.load(folder / "run" / "candidates.npz") as file:
        designs, met = file["designs"], file["met"]
    assert met.any() and not met.all()
    np.testing.assert_array_equal(designs[0], best)
    assert peak(best) == pytest.approx(min(peak(design) for design in designs[met]))


def test_the_table_tells_of_every_candidate_once(folder: Path, found) -> None:
    with (folder / "run" / "candidates.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert 10 < len(rows) <= 60
    assert len({row["design"] for row in rows}) == len(rows)
    assert [int(row["place"]) for row in rows] == list(range(1, len(rows) + 1))
    for row in rows:
        design = np.array([int(bit) for bit in row["design"]])
        assert float(row["mass(scales)"]) == design.sum()
        assert row["met"] == str(design.sum() == 4 and design[:4].sum() - design[4:].sum() == 2)
    assert (folder / "run" / "candidates.png").is_file()


def test_one_property_alone_is_enough(folder: Path) -> None:
    result = metac.compile(MODELS + "match balance(scales) to -2 within 0.1\n" + STUDY).run()
    best = np.asarray(result.theta["net"]["beads"])
    assert best[:4].sum() - best[4:].sum() == -2
    masses = [design.sum() for design in candidates(result)["designs"][:10]]
    assert len(set(masses)) > 1, "the other property is free"


@pytest.mark.parametrize(("stored", "best"), [(0.0, 0.0), (0.5, 0.5), (None, np.inf)])
def test_a_best_of_exactly_zero_is_resumed(stored: float | None, best: float) -> None:
    arrays = {**Candidates.empty(8, 2).arrays(), **SimulatedCandidates.empty(1).arrays()}
    running: Any = SimpleNamespace(targets=(), draws=None)
    _Running._begin(running, {"arrays": arrays, "numbers": {"drawn": 0, "valid": 0, "records": 3, "best": stored}})
    assert running.best == best and running.records == 3


@pytest.mark.parametrize("after", [1, 3])
def test_a_search_that_was_stopped_goes_on_with_what_it_found(folder: Path, found, tmp_path: Path, after: int) -> None:
    design, asked = metac.compile(MODELS + GOALS + STUDY), iter(range(100))
    conditions = Conditions(progress=NoProgress(), stop_requested=lambda: next(asked) >= after)
    kept = create_run_folder(design, tmp_path / "run", conditions)
    with pytest.raises(Interrupted):
        pursue(design, kept, conditions)
    kept.close()
    again = RunFolder.open(tmp_path / "run")
    result = resume(again, stored_design(again), Conditions())
    again.close()
    assert [record["step"] for record in result.history] == list(range(len(found.history)))
    for name, array in candidates(found).items():
        np.testing.assert_array_equal(array, candidates(result)[name])


@pytest.mark.parametrize(
    ("goals", "code", "part"),
    [
        ("match mass(scales) to 4000", "M0595", "those that were learned from have"),
        ("match mass(scales) to -1", "M0595", "of -1"),
        ("match stress_peak(scales) to 4", "M0596", "no goal is about what this surrogate knows"),
        ("stage m in [3, 4]\nmatch mass(scales) to m", "M0596", "no use for stages"),
    ],
)
def test_what_cannot_be_searched_for_is_refused(folder: Path, goals: str, code: str, part: str) -> None:
    with pytest.raises(DiagnosticError) as caught:
        metac.compile(MODELS + goals + "\n" + STUDY).run()
    (problem,) = caught.value.diagnostics
    assert problem.code == code
    assert part in problem.message
    assert problem.labels


def test_nothing_within_the_error_says_so(folder: Path) -> None:
    study = STUDY.replace("keep = 60", "keep = 60, error = 1e-12")
    with pytest.raises(RuntimeFailure, match="none of 400 designs can be built and a predicted error up to 1e-12"):
        metac.compile(MODELS + GOALS + study).run()


ATLAS = """
study map = atlas {
    vary = net, draw = inverse, predict = forward
    labels = ["mass", "balance"], values = 1 .. 5 by 2, count = 200, error = 0.2
}
"""


def test_an_atlas_tells_which_targets_designs_come_near(folder: Path, tmp_path: Path) -> None:
    goals = "match mass(scales) to 3 scale 1\nmatch balance(scales) to 1 scale 1\n"
    design = metac.compile(MODELS + goals + ATLAS)
    arrays = candidates(design.run(out=tmp_path / "run"))
    assert arrays["least_error"].shape == (1, 3, 3)
    assert arrays["values"].tolist() == [1, 3, 5]
    assert arrays["least_error"][0, 1, 0] < 0.2, "three beads, one of them more on the left"
    assert arrays["least_error"][0, 0, 2] > 1, "one bead cannot be five more on the left"
    assert arrays["share_within"][0, 1, 0] > 0 == arrays["share_within"][0, 0, 2]
    with (tmp_path / "run" / "atlas.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(float(row["mass"]), float(row["balance"])) for row in rows] == [(a, b) for a in (1, 3, 5) for b in (1, 3, 5)]
    assert (tmp_path / "run" / "atlas.png").is_file()
    asked = iter(range(100))
    conditions = Conditions(progress=NoProgress(), stop_requested=lambda: next(asked) >= 4)
    kept = create_run_folder(design, tmp_path / "parts", conditions)
    with pytest.raises(Interrupted):
        pursue(design, kept, conditions)
    kept.close()
    again = RunFolder.open(tmp_path / "parts")
    result = resume(again, stored_design(again), Conditions())
    again.close()
    np.testing.assert_array_equal(candidates(result)["least_error"], arrays["least_error"])


@pytest.mark.parametrize(
    ("fields", "part"),
    [('labels = ["mass", "mass"]', "two labels"), ('labels = ["mass", "size"]', "no goal matches size")],
)
def test_a_map_needs_two_goals(folder: Path, fields: str, part: str) -> None:
    text = ATLAS.replace('labels = ["mass", "balance"]', fields)
    with pytest.raises(DiagnosticError) as caught:
        metac.compile(MODELS + "match mass(scales) to 3\n" + text).run()
    (problem,) = caught.value.diagnostics
    assert problem.code == "M0596"
    assert part in problem.message
