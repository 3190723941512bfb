"""Runs side by side: what differs, what each reached, one chart for all of them."""

import json

import pytest

from metac.api.report_page import comparison
from metac.api.report_page.charts import NOT_THERE, Chart, Series
from metac.api.run_content import read_run
from metac.commands import exit_codes
from metac.commands.main import main
from tests.metac.report_page.test_page import Page, run


@pytest.fixture
def runs(fake, tmp_path, monkeypatch, fake_everywhere):
    """A run that meets its goal, one that stops too soon, and one that fails at once."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("METAC_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("metac.api.compilation_cache.enable", lambda: None)
    wanted = (exit_codes.MET, exit_codes.MISSED, exit_codes.FAILED)
    designs = (fake(steps=60), fake(steps=2), fake(limit=0.0))
    folders = [tmp_path / name for name in "abc"]
    assert tuple(run(design, folder) for design, folder in zip(designs, folders, strict=True)) == wanted
    (folders[1] / "spec.meta").write_text("param wanted: Scalar = 3\n# <script>alert(1)</script>\n")
    # The plan of this design knows no parameters.
    for folder, parameters in zip(folders, ({"wanted": 2}, {"wanted": 3, "grid": [[0.1] * 9] * 9}, {}), strict=True):
        (folder / "plan.json").write_text(json.dumps({"parameters": parameters}))
    return folders


def table(folders):
    return {row.name: row for row in comparison.rows([read_run(folder) for folder in folders])}


def test_table_command_and_page(runs, tmp_path, capsys):
    check_table(runs)
    check_page(runs, tmp_path, capsys)
    check_refusals(runs, tmp_path, capsys)


def check_table(runs):
    rows = table(runs)
    assert rows["wanted"].cells[1] == "3" and rows["wanted"].differs
    assert rows["grid"].cells[0] == comparison.OPEN and rows["grid"].cells[1].startswith("9 entries, ")
    met, missed, failed = rows["position(pull)"].cells
    assert met.endswith(", met") and "fresh mesh" in met and missed.endswith(", missed") and failed == comparison.OPEN
    assert rows["outcome"].cells[2] == "The run failed."
    assert rows["steps"].cells[:2] == ("60", "2") and "seed" not in rows and "machine" not in rows

    # Whatever a run lacks is said to be missing: nothing of the others is left out for it.
    names = {verdict.name for folder in runs for verdict in read_run(folder).verdicts}
    assert names and names <= set(rows) and names <= set(table(runs[::-1]))


def check_page(runs, tmp_path, capsys):
    assert main(["compare", *map(str, runs), "--page", "side.html"]) == exit_codes.MET
    told = capsys.readouterr().out
    assert "position(pull)" in told and "side.html" in told
    page = Page((tmp_path / "side.html").read_text())
    assert "3 runs side by side" in page.texts and "wanted" in page.texts
    assert any("<script>alert(1)</script>" in text for text in page.texts) and len(page.scripts) == 3
    loss = page.data["progress"][0]
    assert [line["label"] for line in loss["series"]] == ["a", "b"]
    assert [line["role"] for line in loss["series"]] == ["run1", "run2"]
    assert loss["series"][1]["values"][3:] == [NOT_THERE] * 58
    assert all(address.startswith(("data:", "#")) for address in page.addresses)


def check_refusals(runs, tmp_path, capsys):
    assert main(["compare", str(runs[0])]) == exit_codes.USAGE
    assert main(["compare", str(runs[0]), str(runs[0])]) == exit_codes.USAGE
    assert "two or more different folders" in capsys.readouterr().err
    assert main(["compare", str(runs[0]), str(tmp_path / "none")]) == exit_codes.FAILED
    (runs[1] / "plan.json").write_text("[]")
    assert main(["compare", *map(str, runs)]) == exit_codes.FAILED
    assert "plan.json is not what metac writes" in " ".join(capsys.readouterr().err.split())


def test_folders_of_one_name_are_told_apart(tmp_path):
    paths = [tmp_path / "x" / "run", tmp_path / "y" / "run", tmp_path / "z"]
    assert comparison.labels(paths) == ["x/run", "y/run", str(tmp_path.name) + "/z"]
    assert comparison.labels([tmp_path / "a", tmp_path / "b"]) == ["a", "b"]


def test_one_target_is_drawn_once_and_two_are_drawn_both():
    def chart(places, reached, target):
        lines = [Series("reached", reached, "marked"), Series("target", [target] * len(places), "dashed", "target")]
        return Chart("nu", "strain", "value", places, lines, [])

    (same,) = comparison.overlaid([[chart([0, 1], [1, 2], 5)], [chart([0, 1], [3, None], 5)]], ["a", "b"])
    assert [(line.label, line.role, list(line.values)) for line in same.series] == [
        ("a", "run1", [1, 2]),
        ("b", "run2", [3, None]),
        ("target", "target", [5, 5]),
    ]
    (two,) = comparison.overlaid([[chart([0, 1], [1, 2], 5)], [chart([0, 2], [3, 4], 6)]], ["a", "b"])
    assert two.abscissa == [0, 1, 2]
    assert [list(line.values) for line in two.series] == [
        [1, 2, NOT_THERE],
        [3, NOT_THERE, 4],
        [5, 5, NOT_THERE],
        [6, NOT_THERE, 6],
    ]
