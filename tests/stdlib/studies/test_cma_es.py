"""The study `cma_es`, on a formula of parameters: what it finds and tells, how it is resumed, what it refuses."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest

import metac
from metac.api.conditions import Conditions
from metac.api.resume import resume
from metac.api.run_folders import create_run_folder
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.optimise.optimisation_loop import StepFailed
from metac.runtime.runs.failures import Interrupted
from metac.runtime.runs.folder import RunFolder
from tests.library import make

SPEC = """
param x: Length = 3 mm in -5 mm .. 5 mm
param y: Scalar = -2 in -5 .. 5
let u = x / 1 mm
minimize u^2 + y^2 + 20 - 10*cos(2*pi*u) - 10*cos(2*pi*y)
require  x <= 4 mm
study fit = cma_es { vary = [x, y], steps = 60, restarts = 2 }
"""


def load(tmp_path, text):
    spec = tmp_path / "fit.meta"
    spec.write_text(text)
    return metac.load(spec)


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return load(tmp_path_factory.mktemp("fit"), SPEC).run()


def test_a_minimum_is_found_and_its_starts_are_told(result, tmp_path):
    # The strategy itself is tested where it stands; sixty generations find a minimum near integers.
    values = np.array([result.varied["x"]["value"], result.varied["y"]["value"]])
    assert values == pytest.approx(np.round(values), abs=0.05)
    folder = result.save(tmp_path / "kept")
    lines = (folder / "starts.csv").read_text().splitlines()
    assert lines[0] == "start,x,y,loss,evaluations,converged"
    assert (folder / "starts.png").exists()
    assert json.loads((folder / "result.json").read_text())["ended"] == "step limit"
    assert {record["restart"] for record in result.history} == {0}


def test_a_run_is_resumed_to_the_same_bits(result, tmp_path):
    design, path, asked = load(tmp_path, SPEC), tmp_path / "run", []

    def stop():
        asked.append(None)
        return len(asked) > 20

    def pursue(conditions):
        folder = RunFolder.open(path)
        try:
            return resume(folder, design, conditions, {})
        finally:
            folder.close()

    create_run_folder(design, path, Conditions()).close()
    with pytest.raises(Interrupted):
        pursue(Conditions(stop_requested=stop))
    again = pursue(Conditions())
    assert [again.varied[name]["value"] for name in "xy"] == [result.varied[name]["value"] for name in "xy"]
    assert [each["loss"] for each in again.history] == [each["loss"] for each in result.history]


def test_what_cannot_be_simulated_at_all_fails_with_its_reason(tmp_path):
    text = SPEC.replace("minimize u^2", "minimize sqrt(-1 - u^2)").replace("steps = 60", "steps = 2")
    with pytest.raises(StepFailed, match="not a finite number"):
        load(tmp_path, text).run()


def test_something_varies_and_there_are_no_stages():
    with pytest.raises(FieldError, match="nothing varies"):
        make("study", "cma_es", vary=())
    study = make("study", "cma_es", vary=(object(),))
    with pytest.raises(FieldError, match="stages") as raised:
        study.run(SimpleNamespace(inputs={}), None, None, stages=[{}, {}])
    assert raised.value.code == "M0598"
