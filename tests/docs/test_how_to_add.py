"""docs/how_to_add.md, run as it stands."""

from __future__ import annotations

import importlib.util
import json
import re
import signal
from pathlib import Path
from types import ModuleType

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import metac
from metac.commands import exit_codes
from metac.commands.main import main
from metac.runtime.runs.recorder import Recorder

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how_to_add.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(?:meta|python)\n# (?P<path>\S+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
FILES = {block["path"]: block["text"] for block in BLOCK.finditer(PAGE)}
KINDS = ("Material", "Measure", "Load", "Generator", "Data set", "Model", "Study")


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files of the page."""
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    np.savez(tmp_path / "cells.npz", allow_pickle=False, **labelled())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def labelled() -> dict[str, np.ndarray]:
    """Designs of six features; E11 is linear in them and in the number of cells D1, nu12 is not."""
    random = np.random.default_rng(0)
    designs, sizes = (random.random((200, 6)) < 0.5).astype(np.uint8), random.integers(1, 4, (200, 1)).astype(float)
    linear = 2 + designs @ [1.0, -2, 3, 0.5, 0, 4] - 0.25 * sizes[:, 0]
    return {
        "designs": designs,
        "labels": np.stack([linear, np.asarray(designs[:, 0] ^ designs[:, 1], float)], axis=1),
        "label_names": np.array(["E11", "nu12"]),
        "label_units": np.array(["MPa", ""]),
        "settings": sizes,
        "setting_names": np.array(["D1"]),
    }


def module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def test_every_kind_has_a_recipe_and_every_file_that_is_named_exists() -> None:
    assert all(f"\n## {kind}\n" in PAGE for kind in KINDS)
    named = set(re.findall(r"`((?:stdlib|runtime|compiler)/[\w/]+\.\w+)`", PAGE))
    assert len(named) > 10
    assert [name for name in sorted(named) if not (ROOT / name).is_file()] == []


def test_the_specs_are_right() -> None:
    # A generator that nothing uses yet, and goals without a study, are warnings.
    expected = {"cell": [], "surrogate": [], "model": ["M0512"], "pull": ["M0503"]}
    found = {name: [each.code for each in metac.load(f"{name}.meta").diagnostics] for name in expected}
    assert found == expected


def test_the_material_has_the_stiffness_of_its_constants() -> None:
    """A uniform cell is the phase itself: C11 = lam + 2 mu, C12 = lam, C66 = mu in plane strain."""
    text = FILES["cell.meta"].split("maximize")[0].replace("density = field", "density = rho").replace("generator", "# ")
    text = f"param rho: Grid\n{text}match stiffness(rve) to 1 MPa * [[40, 20, 0], [20, 40, 0], [0, 0, 10]]\n"
    program = metac.compile(text, rho=np.ones((4, 4))).program()
    (goal,) = program.evaluate(program.init(jax.random.key(0))).goals.values()
    np.testing.assert_allclose(goal.value, [[40, 20, 0], [20, 40, 0], [0, 0, 10]], atol=1e-8)


def test_the_measure_is_the_spread_of_densities(project: Path) -> None:
    measure = module(project / "lab" / "contrast.py").Contrast

    class Body:
        density = jnp.asarray([[0.0, 1.0], [1.0, 0.0]])

    assert float(measure(of=Body()).value) == pytest.approx(0.5)


def test_the_study_keeps_the_best_draw() -> None:
    result = metac.load("cell.meta").run(seed=1)
    losses = [record["loss"] for record in result.history]
    assert len(losses) == 4
    assert result.history[-1]["best"] == min(losses)
    again = metac.load("cell.meta").run(seed=1)
    np.testing.assert_array_equal(again.theta["field"], result.theta["field"])


def test_the_study_runs_and_resumes_from_the_command(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`metac run`, stopped after three draws, continues with the fourth."""
    step, stopped = Recorder.step, []

    def step_and_stop(self, record, state):
        if record["step"] == 3 and not stopped:
            stopped.append(True)
            signal.raise_signal(signal.SIGINT)
        step(self, record, state)

    monkeypatch.setattr(Recorder, "step", step_and_stop)
    assert main(["run", "cell.meta", "--out", "a", "--seed", "1"]) == exit_codes.INTERRUPTED
    assert main(["resume", "a"]) in (exit_codes.MET, exit_codes.MISSED)
    printed = capsys.readouterr()
    assert "resuming after step 3" in printed.out + printed.err
    records = [json.loads(line) for line in (project / "a" / "history.jsonl").read_text().splitlines()]
    assert [record["step"] for record in records] == [1, 2, 3, 4]
    losses = [record["loss"] for record in records]
    assert [record["best"] for record in records] == [min(losses[: n + 1]) for n in range(4)]


def test_the_data_set_has_stripes(project: Path) -> None:
    stripes = module(project / "lab" / "stripes.py").Stripes(count=3, pixels=(2, 6), width=2)
    samples = stripes.samples()
    assert samples.shape == (3, 2, 6) and samples.dtype == np.float32
    assert samples[:, 0].tolist() == [[1, 1, -1, -1, 1, 1], [1, -1, -1, 1, 1, -1], [-1, -1, 1, 1, -1, -1]]


def test_a_model_learns_from_the_data_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("METAC_CACHE", str(tmp_path / "cache"))
    generator = metac.load("model.meta").program().generators["noise"]
    field = generator.at(generator.init(jax.random.key(0)))
    assert field.shape == (8, 8) and bool(jnp.isfinite(field).all())


def test_the_surrogate_is_exact_where_labels_are_linear() -> None:
    surrogate = metac.load("surrogate.meta").program().linked.host.object("linear").surrogate
    known = labelled()
    found = surrogate.predict(known["designs"], known["settings"])
    np.testing.assert_allclose(found[:, 0], known["labels"][:, 0], atol=1e-4)
    # Of the exclusive or, its mean is the best that a linear function tells.
    assert np.ptp(found[:, 1]) < 0.5
    assert np.mean(found[:, 1]) == pytest.approx(known["labels"][:, 1].mean(), abs=1e-5)


def test_the_control_stretches_both_axes_alike() -> None:
    """A period with the symmetry of a square is stressed alike along both axes, and less than its solid would be alone."""
    more = "".join(f"match stress(pull, component = {component}) to e -> 60 MPa * e\n" for component in ("yy", "xy"))
    program = metac.compile(FILES["pull.meta"] + more + "match volume_fraction(period) to 0.8\n").program()
    evaluation = program.evaluate(program.init(jax.random.key(0)))
    xx, yy, xy, solid = (np.asarray(goal.value).item() for goal in evaluation.goals.values())
    modulus = 50 / (1.3 * 0.4)  # of the solid: stress over the strain that is the same along both axes, in plane strain
    assert 0.3 * modulus * 0.02 < xx < solid * modulus * 0.02
    assert yy == pytest.approx(xx, rel=0.02)
    assert abs(xy) < 0.02 * xx
