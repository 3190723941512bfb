"""The pages of results and the README's picture are what recorded runs gave, and their specs have not changed since."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def results():
    folder = str(ROOT / "benchmarks")
    sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location("results", ROOT / "benchmarks" / "results.py")
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look their module up.
    sys.modules["results"] = module
    spec.loader.exec_module(module)
    yield module
    sys.path.remove(folder)


def test_records_agree_with_specs_pictures_and_pages(results):
    assert results.faults() == []


def test_recipes_name_specs_and_pages(results):
    for recipe in results.recipes().values():
        assert (ROOT / "specs" / recipe.spec).is_file()
        assert (ROOT / "docs" / "results" / f"{recipe.page}.md").is_file()


def test_the_readmes_picture_is_recorded(results):
    record = json.loads(results.recipes()["quickstart"].record.read_text())
    assert "quickstart.png" in record["pictures"]
    assert record["command"] == "metac run specs/quickstart.meta" and record["command"] in (ROOT / "README.md").read_text()
    assert record["result"]["met"] and record["exit_code"] == 0


def test_what_has_changed_is_told(results, tmp_path, monkeypatch):
    recipe = results.recipes()["quickstart"]
    record = json.loads(recipe.record.read_text())
    record["spec_hash"], record["pictures"]["quickstart.png"] = "0", "0"
    record["result"]["steps"] += 1
    monkeypatch.setattr(sys.modules["results_pages"], "RECORDS", tmp_path)
    (tmp_path / "quickstart.json").write_text(json.dumps(record))
    found = results.faults()
    assert len([each for each in found if each.startswith("quickstart:")]) == 2
    assert any("flows.md" in each for each in found)


def test_tables_of_a_run_stand_on_its_page(results, tmp_path, monkeypatch):
    record = json.loads(results.recipes()["quickstart"].record.read_text())
    record["tables"] = {"assembly.csv": [["round", "sheet", "rrmse"], ["1", "all | pixels", "-0.0453718"]]}
    monkeypatch.setattr(sys.modules["results_pages"], "RECORDS", tmp_path)
    (tmp_path / "bridge.json").write_text(json.dumps(record))
    begin, end = (getattr(sys.modules["results_pages"], name) for name in ("BEGIN", "END"))
    page = results.written("multiscale", f"{begin}{end}")
    assert "`assembly.csv` of bridge of 4 × 30 cells:\n\n| round | sheet | rrmse |\n| --- | --- | --- |\n" in page
    assert "| 1 | all \\| pixels | −0.04537 |" in page
