"""The study `least_squares`: fits of laws to what they gave, what it tells of the parameters, what it refuses."""

from __future__ import annotations

import json

import numpy as np
import pytest

import metac
from metac.api.conditions import Conditions
from metac.api.resume import resume
from metac.api.run_folders import create_run_folder
from metac.dsl.diagnostics.diagnostic import DiagnosticError
from metac.runtime.runs.failures import Interrupted
from metac.runtime.runs.folder import RunFolder

SPEC = """
param G: Pressure = 0.2 MPa in 0.1 MPa .. 1 MPa
param K: Pressure = 1 MPa in 0.5 MPa .. 5 MPa
material rubber = compressible_neo_hookean { G = G, K = K }
load pull = material_test { material = rubber, strain = 80 %, increments = 6 }
load grow = material_test { material = rubber, strain = 40 %, increments = 4, mode = equibiaxial }
match stress(pull) to pulled
match stress(grow) to grown
study fit = least_squares { vary = [G, K], profile = 5 }
"""
TRUE = SPEC.replace("= 0.2 MPa in", "= 0.45 MPa in").replace("= 1 MPa in", "= 2.5 MPa in").split("match")[0]


def load(tmp_path, text):
    spec = tmp_path / "fit.meta"
    spec.write_text(text)
    return metac.load(spec)


@pytest.fixture(scope="module")
def spec(tmp_path_factory):
    """Targets are what the law gives with G = 0.45 MPa and K = 2.5 MPa, and a little scatter."""
    folder = tmp_path_factory.mktemp("made")
    reports = load(folder, TRUE + "report stress(pull)\nreport stress(grow)\n").run().reports
    text, random = SPEC, np.random.default_rng(5)
    for name, target in (("stress(pull)", "pulled"), ("stress(grow)", "grown")):
        own = reports[name].own
        scattered = np.array(own.value) * (1 + 0.01 * random.normal(size=len(own.value)))
        points = ", ".join(f"[{x:.9g}, {y:.9g} MPa]" for x, y in zip(own.abscissa, scattered, strict=True))
        text = text.replace(f"to {target}\n", f"to curve([[0, 0 MPa], {points}])\n")
    return text


@pytest.fixture(scope="module")
def result(tmp_path_factory, spec):
    return load(tmp_path_factory.mktemp("fit"), spec).run()


def test_the_law_is_found_within_its_errors(result):
    for name, true in (("G", 0.45), ("K", 2.5)):
        entry = result.varied[name]
        assert entry["unit"] == "MPa" and entry["at_bound"] is None
        assert abs(entry["value"] - true) < 4 * entry["standard_error"] < 0.8 * true
        low, high = entry["interval"]
        assert low < entry["value"] < high
    # Stress is linear in G, so that its profile is what the covariance says; it is not in K, which is hardly bounded above.
    assert result.varied["G"]["profile_interval"] == pytest.approx(result.varied["G"]["interval"], rel=0.05)
    assert result.varied["K"]["profile_interval"][0] > result.varied["K"]["interval"][0]


def test_the_whole_is_told(result, tmp_path):
    folder = result.save(tmp_path / "kept")
    told = json.loads((folder / "result.json").read_text())
    assert told["fit"]["degrees_of_freedom"] == 8
    assert told["fit"]["correlation"]["G"]["K"] == pytest.approx(told["fit"]["correlation"]["K"]["G"])
    assert told["varied"]["G"]["start"] == 0.2
    assert {"profiles.png", "profiles.csv"} <= {file.name for file in folder.iterdir()}
    assert "standard error" in metac.open(folder).table()


@pytest.mark.slow
def test_a_run_is_resumed_where_it_was(tmp_path, spec, result):
    design, path, asked = load(tmp_path, spec), tmp_path / "run", []

    def stop():
        asked.append(None)
        return len(asked) > 3

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
    assert again.varied["G"]["value"] == pytest.approx(result.varied["G"]["value"], rel=1e-6)
    assert len(again.history) < 2 * len(result.history)


@pytest.mark.slow
def test_what_the_data_do_not_tell_is_told(tmp_path):
    text = SPEC.split("match")[0].replace("G = G,", "G = 0.3 MPa + 0 * G,") + (
        "match last(stress(pull)) to 0.4 MPa\nmatch last(stress(grow)) to 0.5 MPa\nmatch stress(grow)(20 %) to 0.3 MPa\n"
        "study fit = least_squares { vary = [G, K], profile = 0 }\n"
    )
    result = load(tmp_path, text).run()
    told = [each for each in result.warnings if each.code == "M0627"]
    assert len(told) == 1 and "`G`" in told[0].message
    assert result.varied["G"]["standard_error"] is None


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("match stress(grow) to grown", "minimize last(stress(grow))", "M0598"),
        ("vary = [G, K]", "vary = []", "M0537"),
    ],
)
def test_what_it_cannot_fit_is_refused(tmp_path, old, new, code):
    text = SPEC.replace("to pulled", "to e -> 1 MPa * e").replace(old, new).replace("to grown", "to e -> 1 MPa * e")
    with pytest.raises(DiagnosticError) as raised:
        load(tmp_path, text).run()
    assert raised.value.diagnostics[0].code == code
