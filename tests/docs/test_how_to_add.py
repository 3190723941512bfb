"""docs/how_to_add.md, run as it stands."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import metac

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
    monkeypatch.chdir(tmp_path)
    return tmp_path


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
    assert metac.load("cell.meta").diagnostics == ()
    # The model is used by nothing yet, which is a warning.
    assert {found.severity for found in metac.load("model.meta").diagnostics} == {"warning"}


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
