"""A small real design that is remeshed within its run: what is reported and saved, and that it can be resumed."""

# What is missing fails the test.
# pyright: reportOptionalMemberAccess=false

import json
import os
from typing import Any

import jax
import numpy as np
import pytest

from metac.api.compilation_cache import enable
from metac.api.conditions import Conditions
from metac.api.design import Design
from metac.api.execution import execute, pursue
from metac.api.resume import resume
from metac.api.run_folders import create_run_folder, stored_design
from metac.dsl.diagnostics.diagnostic import DiagnosticError
from metac.dsl.source import Source
from metac.runtime.runs.checkpoints import latest
from metac.runtime.runs.failures import Interrupted
from metac.runtime.runs.folder import RunFolder
from metac.runtime.runs.history import read

SPEC = """\
symmetry  g      = p4 { cell = 20 mm }
material  rubber = neo_hookean { E = 50 MPa, nu = 0.4 }
shape     pores  = tiled { motif = circle { radius = 3 mm, at = [0.25, 0.25] }, symmetry = g }
body      sheet  = specimen { shape = pores, cells = [1, 1], material = rubber, order = 1, size = 6 mm, across = 1 }
generator warp   = flow { symmetry = g, hidden = [3], steps = 2, start = 0.03 }
body      design = deformed { body = sheet, by = warp }
load      pull   = tension { body = design, along = y, strain = 2 %, increments = 1 }
match   poisson_ratio(pull) to -0.5
study fit = optimize { vary = warp, using = adam { rate = 0.02 }, steps = 6, remesh = 0.8 }
"""


def design_in(folder, text=SPEC):
    (folder / "sheet.meta").write_text(text)
    return Design(Source(str(folder / "sheet.meta"), text), folder=folder)


@pytest.fixture(scope="module", autouse=True)
def private_cache(tmp_path_factory):
    """Runs that repeat each other compile once; the cache is switched off again afterwards."""
    before = os.environ.get("METAC_CACHE")
    os.environ["METAC_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    enable()
    yield
    jax.config.update("jax_compilation_cache_dir", None)
    os.environ.pop("METAC_CACHE") if before is None else os.environ.update(METAC_CACHE=before)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("remeshing")
    return execute(design_in(folder), seed=1, out=folder / "whole"), folder


@pytest.mark.slow
def test_the_report_says_how_often_and_what_changed(finished):
    result, folder = finished
    told = [record for record in result.history if "remeshed" in record]
    assert told and len(result.frozen) == len(told)
    kept = json.loads((folder / "whole" / "result.json").read_text())
    assert [entry["step"] for entry in kept["remeshed"]] == [record["step"] for record in told]
    for entry in kept["remeshed"]:
        assert (
            entry["why"] == "distorted mesh"
            and entry["jacobian"]["before"] < 0.8
            and entry["jacobian"]["after"] == pytest.approx(1)
        )
        assert entry["loss"]["before"] == pytest.approx(entry["loss"]["after"], rel=0.3)
        assert set(entry["goals"]["poisson_ratio(pull)"]) == {"of", "before", "after"}
    assert all("jacobian" in record for record in result.history)


@pytest.mark.slow
def test_all_that_follows_is_of_the_composed_geometry(finished):
    result, folder = finished
    body = result.program.objects(result.theta)["design"]
    np.testing.assert_array_equal(result.body.mesh.nodes, body.mesh.nodes)
    assert result.drawings[-1].mesh is body.mesh
    loss = float(jax.jit(result.program.loss)(result.theta))
    assert loss == pytest.approx(result.summary["loss"], rel=1e-9)
    first, second = design_in(folder).program(), result.theta
    for layer in result.frozen:
        first, second = first.remeshed(layer, "warp")
    np.testing.assert_array_equal(
        first.objects(second)["sheet"].mesh.nodes, result.program.objects(second)["sheet"].mesh.nodes
    )
    with np.load(folder / "whole" / "theta.npz") as kept:
        names = {name.rsplit("/", 1)[0] for name in kept if "/" in name}
        assert kept["frozen-generators"].tolist() == ["warp"] * len(result.frozen)
    assert names == {"warp"} | {f"frozen/{number}/warp" for number in range(len(result.frozen))}


@pytest.mark.slow
def test_resumed_after_new_meshes_it_ends_in_the_same_bits(finished):
    result, parent = finished
    number = next(n for n, record in enumerate(result.history) if "remeshed" in record)
    for name, records in (("before", number), ("after", number + 2)):
        out, seen = parent / name, []

        def wanted(seen=seen, records=records):
            seen.append(1)
            return len(seen) == records

        conditions = Conditions(seed=1, stop_requested=wanted)
        folder = create_run_folder(design_in(parent), out, conditions)
        with pytest.raises(Interrupted):
            pursue(design_in(parent), folder, conditions)
        folder.close()
        assert latest(out)[0].records == records
        folder = RunFolder.open(out)
        again = resume(folder, stored_design(folder), Conditions())
        folder.close()
        ours, theirs = read(parent / "whole" / "history.jsonl"), read(out / "history.jsonl")
        assert [record | {"seconds": 0} for record in ours] == [record | {"seconds": 0} for record in theirs]
        with np.load(parent / "whole" / "theta.npz") as a, np.load(out / "theta.npz") as b:
            assert set(a) == set(b) and all(np.array_equal(a[key], b[key]) for key in a)
        assert again.summary["goals"] == result.summary["goals"] and again.summary["remeshed"] == result.summary["remeshed"]


def test_what_is_in_the_way_is_told_at_the_field(tmp_path):
    text = SPEC + "match volume_fraction(sheet) to 0.7\n"
    with pytest.raises(DiagnosticError) as raised:
        execute(design_in(tmp_path, text), seed=1)
    (found,) = raised.value.diagnostics
    assert found.code == "M0536" and "used in another place" in found.message
    assert found.labels[0].span.text == "0.8"


def test_a_generator_without_rest_never_remeshes_and_says_so_where_it_should(tmp_path):
    (tmp_path / "wave.meta").write_text(
        '## Nothing moves.\ndefine generator wave {\n    form = mesh\n    python "wave.py:Wave"\n}\n'
    )
    (tmp_path / "wave.py").write_text(
        "import jax.numpy as jnp\n\n\nclass Wave:\n    def init(self, key):\n        return jnp.zeros(1)\n\n"
        "    def at(self, theta):\n        return self\n\n    def move(self, points, domain):\n        return points\n"
    )
    text = 'import "wave.meta"\n' + SPEC.replace("flow { symmetry = g, hidden = [3], steps = 2, start = 0.03 }", "wave {}")
    with pytest.raises(DiagnosticError) as raised:
        design_in(tmp_path, text).program()
    assert [found.code for found in raised.value.diagnostics] == ["M0536"]
    assert raised.value.diagnostics[0].labels[0].span.text == "0.8"
    study: Any = design_in(tmp_path, text.replace(", remesh = 0.8", "")).program().studies["fit"]
    assert study.remesh is None
